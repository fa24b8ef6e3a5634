import 'reflect-metadata';
import {
  Body,
  Controller,
  Get,
  Headers,
  HttpCode,
  type INestApplication,
  Param,
  ParseIntPipe,
  Post,
  Query,
} from '@nestjs/common';
import type { Principal } from '@torii/engine';
import type { ToriiCall } from '@torii/engine/http';
import { type Answer, answerOf, platforms, policy, serve, type Shop, shop } from './app.test-support.ts';
import { CurrentAgent, CurrentCall, currentCall, Guarded, type HttpRequest, SkipTorii } from './index.ts';

let told: unknown[] = [];

/** How a function may answer. */
const free = { yes: () => true, no: () => false, promised: async () => true };

@Controller()
class ToolsController {
  @Get('search')
  @Guarded({ tool: 'search', price: '0.40 USD' })
  search(@CurrentAgent() agent: Principal, @Headers() headers: Record<string, string>): object {
    told.push(headers);
    const { owner, session } = agent;
    return { agent: agent.agent, owner, session };
  }

  @Get('priced/:cents')
  @Guarded({
    tool: 'shop/buy',
    price: ({ params }) => `${(Number((params as { cents: string }).cents) / 100).toFixed(2)} USD`,
    payee: ({ query }) => ({ recipient: String((query as { to?: string }).to ?? 'shop.example') }),
  })
  priced(@Param('cents', ParseIntPipe) cents: number): object {
    told.push(cents);
    return { cents };
  }

  @Post('charged')
  @HttpCode(200)
  @Guarded({ tool: 'search', price: '0.40 USD', charged: ({ fee }: { fee: string }) => fee })
  charged(@Body() body: { fee: string }): object {
    return body;
  }

  @Post('said')
  @Guarded({ tool: 'search', price: '0.40 USD' })
  said(@CurrentCall() call: ToriiCall): object {
    call.charge('0.07 USD');
    return { same: currentCall()?.callId === call.callId };
  }

  @Post('publish')
  @HttpCode(200)
  @Guarded({ tool: 'publish', price: '1.00 USD' })
  publish(@Body() body: object): object {
    told.push(body);
    return { done: true };
  }

  @Get('deleted')
  @Guarded({ tool: 'shop/delete', price: '0 USD' })
  deleted(): void {
    told.push('deleted');
  }

  @Get('unpriced')
  @Guarded({ tool: 'search', price: () => undefined })
  unpriced(): void {
    told.push('unpriced');
  }

  @Get('broken')
  @Guarded({
    tool: 'search',
    price: () => {
      throw new Error('no prices today');
    },
  })
  broken(): void {
    told.push('broken');
  }

  @Get('skipped')
  @Guarded({
    tool: 'search',
    price: '0.40 USD',
    skip: ({ query }: HttpRequest) => free[(query as { free: keyof typeof free }).free](),
  })
  skipped(@Query() query: object, @CurrentCall() call: ToriiCall | undefined): object {
    return { query, guarded: call !== undefined };
  }

  @Get('tried')
  @Guarded({
    tool: 'shop/delete',
    price: '0.40 USD',
    mode: ({ query }) => (query as { in?: 'shadow' }).in ?? 'enforce',
  })
  tried(): object {
    return { tried: true };
  }

  @Get('health')
  health(@CurrentAgent() agent: Principal | undefined): object {
    return { ok: true, agent: agent ?? null };
  }
}

@Controller('whole')
@Guarded({ tool: 'shop/list', price: '0.10 USD' })
class GuardedController {
  @Get('list')
  list(@CurrentCall() { call }: ToriiCall): object {
    return { tool: call.tool };
  }

  @Get('own')
  @Guarded({ tool: 'search', price: '0.20 USD' })
  own(@CurrentCall() { call }: ToriiCall): object {
    return { tool: call.tool };
  }

  @Get('open')
  @SkipTorii()
  open(@CurrentCall() call: ToriiCall | undefined): object {
    return { guarded: call !== undefined };
  }
}

describe.each(platforms)('on $platform', ({ adapter }) => {
  let at: Shop;
  let app: INestApplication;
  let url: string;

  beforeEach(async () => {
    told = [];
    at = await shop({
      policies: [
        policy,
        { ...policy, id: 'payers', match: { agents: ['payer'] }, merchants: { deny: ['casino.example'] } },
      ],
    });
    const controllers = [ToolsController, GuardedController];
    ({ app, url } = await serve(adapter(), { controllers, options: { torii: at.torii } }));
  });
  afterEach(async () => {
    await app.close();
    await at.close();
  });

  async function get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    const authorization = `Bearer ${await at.token()}`;
    return answerOf(await fetch(`${url}/${path}`, { headers: { authorization, ...headers } }));
  }

  async function post(path: string, body: object, headers: Record<string, string> = {}): Promise<Answer> {
    const authorization = `Bearer ${await at.token()}`;
    const type = { 'content-type': 'application/json' };
    return answerOf(
      await fetch(`${url}/${path}`, {
        method: 'POST',
        headers: { authorization, ...type, ...headers },
        body: JSON.stringify(body),
      }),
    );
  }

  test('an allowed call runs, knows whose it is, says what it may cost, and costs its price', async () => {
    const { status, headers, body } = await get('search');

    expect([status, body]).toEqual([200, { agent: 'bot', owner: 'olga@example.com', session: 's1' }]);
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-policy-allowed': 'true',
      'x-tool': 'search',
      'x-cost-usd': '0.40',
      'ratelimit-policy': '"research.rates[0]";q=50;w=60',
    });
    expect(await at.settled()).toEqual({ spent: '0.40', held: '0.00' });
  });

  test('headers by which a caller would name itself reach no handler', async () => {
    await get('search', {
      'X-Agent-Id': 'root',
      'x-torii-approved': 'true',
      'x-policy-allowed': 'true',
      'x-other': 'kept',
    });

    expect(told[0]).toMatchObject({ 'x-other': 'kept' });
    expect(Object.keys(told[0] as object).filter((name) => /^x-(?:agent|torii|policy)/.test(name))).toEqual(
      [],
    );
  });

  test.each`
    what                       | path            | authorization     | status | code
    ${'no token'}              | ${'search'}     | ${''}             | ${401} | ${'IDENTITY_MISSING'}
    ${'a token that is none'}  | ${'search'}     | ${'Bearer a.b.c'} | ${401} | ${'IDENTITY_INVALID'}
    ${'a tool that is denied'} | ${'deleted'}    | ${undefined}      | ${403} | ${'TOOL_DENIED'}
    ${'no price'}              | ${'unpriced'}   | ${undefined}      | ${403} | ${'PRICE_UNKNOWN'}
    ${'a price above the cap'} | ${'priced/501'} | ${undefined}      | ${403} | ${'PRICE_ABOVE_CAP'}
  `('$what is $status $code, as a problem', async ({ path, authorization, status, code }) => {
    const answer = await get(path, authorization === undefined ? {} : { authorization });

    expect([answer.status, answer.body]).toEqual([
      status,
      expect.objectContaining({ type: `urn:torii:problem:${code}`, code, status }),
    ]);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('www-authenticate') === null).toBe(status !== 401);
    expect([told, await at.money()]).toEqual([[], { spent: '0.00', held: '0.00' }]);
  });

  test('who receives the money is read from the request, and denied where policy says so', async () => {
    const authorization = `Bearer ${await at.token({ agent: 'payer' })}`;
    const [casino, other] = [
      await get('priced/10?to=casino.example', { authorization }),
      await get('priced/10', { authorization }),
    ];

    expect([casino.status, casino.body['code'], other.status]).toEqual([403, 'MERCHANT_DENIED', 200]);
  });

  test('what a day holds is 429 with `Retry-After` once it is spent', async () => {
    await Promise.all([get('priced/500'), get('priced/500')]);
    await at.settled();

    const { status, headers, body } = await get('search');

    expect([status, body['code'], Number(headers.get('retry-after')) > 0]).toEqual([
      429,
      'BUDGET_EXCEEDED',
      true,
    ]);
  });

  test('of calls at once as many run as there is money for', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, (_, index) => get(`priced/${400 - index}`)));

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(4);
    expect(Number((await at.settled()).spent)).toBeLessThanOrEqual(10);
  });

  test('the same key is the same call, and another body under it a conflict', async () => {
    const key = { 'Idempotency-Key': 'key-1' };

    const first = await post('charged', { fee: '0.10 USD' }, key);
    await at.settled();
    const again = await post('charged', { fee: '0.10 USD' }, key);
    const other = await post('charged', { fee: '0.20 USD' }, key);

    expect([first.status, again.status, again.body['code']]).toEqual([200, 409, 'CALL_ENDED']);
    expect([other.status, other.body['code']]).toEqual([422, 'IDEMPOTENCY_CONFLICT']);
    expect(await at.settled()).toEqual({ spent: '0.10', held: '0.00' });
  });

  test('an approval is asked for, and the same request runs once it is given', async () => {
    const key = { 'Idempotency-Key': 'key-2' };

    const first = await post('publish', { page: 1 }, key);
    await at.approveAll();
    const second = await post('publish', { page: 1 }, key);

    expect([first.status, first.body['code'], first.headers.get('retry-after')]).toEqual([
      403,
      'APPROVAL_REQUIRED',
      '5',
    ]);
    expect(first.headers.get('location')).toBe(`/torii/approvals/${String(first.body['approvalId'])}`);
    expect([second.status, told]).toEqual([200, [{ page: 1 }]]);
    expect(await at.settled()).toEqual({ spent: '1.00', held: '0.00' });
  });

  test('a store that is closed is 503', async () => {
    await at.torii.close();

    const { status, body, headers } = await get('search');

    expect([status, body['code'], headers.get('retry-after')]).toEqual([503, 'STORE_UNAVAILABLE', '1']);
  });

  test.each`
    path         | body                   | spent
    ${'charged'} | ${{ fee: '0.25 USD' }} | ${'0.25'}
    ${'said'}    | ${{}}                  | ${'0.07'}
  `('what $path really cost is kept, and the rest returns', async ({ path, body, spent }) => {
    const answer = await post(path, body);

    expect(answer.status).toBeLessThan(300);
    expect(await at.settled()).toEqual({ spent, held: '0.00' });
  });

  test('what a handler says that it cost and is no amount leaves its hold in place', async () => {
    const { status } = await post('charged', { fee: 'cheap' });

    expect([status, await at.settled()]).toEqual([200, { spent: '0.00', held: '0.40' }]);
  });

  test('a service knows the call that asks it', async () => {
    expect((await post('said', {})).body).toEqual({ same: true });
  });

  test('a pipe that refuses after the guard returns the money', async () => {
    const { status } = await get('priced/1e1');

    expect([status, told]).toEqual([400, []]);
    expect(await at.settled()).toEqual({ spent: '0.00', held: '0.00' });
  });

  test('an option that throws is an error of the application, and nothing runs', async () => {
    const { status } = await get('broken');

    expect([status, told, await at.money()]).toEqual([500, [], { spent: '0.00', held: '0.00' }]);
  });

  test.each`
    path                       | guarded
    ${'skipped?free=yes'}      | ${false}
    ${'skipped?free=no'}       | ${true}
    ${'skipped?free=promised'} | ${false}
  `('$path is guarded: $guarded', async ({ path, guarded }) => {
    expect((await get(path)).body['guarded']).toBe(guarded);
  });

  test.each`
    path                 | status | shadowed
    ${'tried?in=shadow'} | ${200} | ${1}
    ${'tried'}           | ${403} | ${0}
    ${'tried?in=doubt'}  | ${403} | ${0}
  `('what policy denies at $path is $status, and recorded', async ({ path, status, shadowed }) => {
    const answer = await get(path);

    expect([answer.status, await at.count('call.denied')]).toEqual([status, 1]);
    expect(await at.count('call.shadowed')).toBe(shadowed);
    expect(await at.money()).toEqual({ spent: '0.00', held: '0.00' });
  });

  test('a handler that says nothing of Torii asks nobody', async () => {
    const { status, body } = await get('health', { authorization: '' });

    expect([status, body]).toEqual([200, { ok: true, agent: null }]);
  });

  test.each`
    path            | body                     | spent
    ${'whole/list'} | ${{ tool: 'shop/list' }} | ${'0.10'}
    ${'whole/own'}  | ${{ tool: 'search' }}    | ${'0.20'}
    ${'whole/open'} | ${{ guarded: false }}    | ${'0.00'}
  `('of a guarded class, $path is $body', async ({ path, body, spent }) => {
    expect((await get(path)).body).toEqual(body);
    expect((await at.settled()).spent).toBe(spent);
  });
});
