import { guard } from './guard.ts';
import { toriiMiddleware } from './middleware.ts';
import { bearer, bodyOf, policy, versions, world, type World } from './world.test-support.ts';

interface Answering {
  readonly status: (code: number) => { readonly json: (body: unknown) => unknown };
}

let at: World;
beforeEach(async () => {
  at = await world();
});
afterEach(() => at.close());

describe.each(versions)('a guarded route of Express $version', ({ express: make }) => {
  async function server(tool = 'search', price = '0.12 USD'): Promise<string> {
    const app = make();
    app.use(make.json());
    app.all(
      '/tool',
      guard((_request, response) => void response.json({ ran: true }), {
        torii: at.torii,
        tool: () => tool,
        price,
      }),
    );
    return at.serve(app);
  }

  test('an allowed call runs, and its answer says what was allowed', async () => {
    const url = await server();

    const response = await fetch(`${url}/tool`, { headers: bearer(await at.agentToken()) });

    expect([response.status, await bodyOf(response)]).toEqual([200, { ran: true }]);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'x-policy-allowed': 'true',
      'x-tool': 'search',
      'x-cost-usd': '0.12',
      'ratelimit-policy': '"research.rates[0]";q=50;w=60',
      ratelimit: '"research.rates[0]";r=49',
    });
  });

  test('a call without a token is asked for one', async () => {
    const url = await server();

    const response = await fetch(`${url}/tool`);

    expect([response.status, response.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer realm="torii"',
    ]);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await bodyOf(response)).toEqual({
      type: 'urn:torii:problem:IDENTITY_MISSING',
      title: 'An agent token is required',
      status: 401,
      detail: 'expected an agent token',
      advice: 'do not repeat this call as it is: it needs a valid token',
      code: 'IDENTITY_MISSING',
      reasons: [{ code: 'IDENTITY_MISSING', message: 'expected an agent token' }],
    });
  });

  test.each([['not a token'], ['a.b.c'], ['']])(
    'the token `%s` is invalid or missing, and never let through',
    async (token) => {
      const url = await server();

      const response = await fetch(`${url}/tool`, { headers: { authorization: `bearer ${token}` } });

      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe(
        token === '' ? 'Bearer realm="torii"' : 'Bearer realm="torii", error="invalid_token"',
      );
    },
  );

  test('another scheme of authorization is no token', async () => {
    const url = await server();

    const response = await fetch(`${url}/tool`, {
      headers: { authorization: `Basic ${await at.agentToken()}` },
    });

    expect(await bodyOf(response)).toMatchObject({ status: 401, code: 'IDENTITY_MISSING' });
  });

  test.each`
    tool             | price         | status | code
    ${'no tool'}     | ${'0.10 USD'} | ${400} | ${'TOOL_NAME_INVALID'}
    ${'shop/delete'} | ${'0.10 USD'} | ${403} | ${'TOOL_DENIED'}
    ${'other'}       | ${'0.10 USD'} | ${403} | ${'TOOL_NOT_ALLOWED'}
    ${'search'}      | ${'0.10 EUR'} | ${403} | ${'ASSET_UNKNOWN'}
    ${'search'}      | ${'5.01 USD'} | ${403} | ${'PRICE_ABOVE_CAP'}
    ${'search'}      | ${'5.00 USD'} | ${200} | ${undefined}
  `(
    '$tool at $price is $status $code',
    async ({ tool, price, status, code }: { tool: string; price: string; status: number; code?: string }) => {
      const url = await server(tool, price);

      const response = await fetch(`${url}/tool`, { headers: bearer(await at.agentToken()) });

      expect([response.status, (await bodyOf(response))['code']]).toEqual([status, code]);
      expect(response.headers.has('retry-after')).toBe(false);
    },
  );

  test('a free call is allowed and costs nothing', async () => {
    const url = await server('free', '0 USD');

    const response = await fetch(`${url}/tool`, { headers: bearer(await at.agentToken()) });

    expect([response.status, response.headers.get('x-cost-usd')]).toEqual([200, '0.00']);
  });

  test('an agent without a policy is forbidden', async () => {
    await at.close();
    at = await world({ policies: [{ ...policy, match: { agents: ['other'] } }] });
    const url = await server();

    const response = await fetch(`${url}/tool`, { headers: bearer(await at.agentToken()) });

    expect(await bodyOf(response)).toMatchObject({ status: 403, code: 'NO_POLICY' });
  });

  test.each`
    window        | limit         | status
    ${'day'}      | ${'0.20 USD'} | ${429}
    ${'hour'}     | ${'0.20 USD'} | ${429}
    ${'lifetime'} | ${'0.20 USD'} | ${403}
    ${'day'}      | ${'0.05 USD'} | ${403}
  `(
    'a $window budget of $limit that is used up is $status, with a wait only where waiting helps',
    async ({ window, limit, status }: { window: string; limit: string; status: number }) => {
      await at.close();
      at = await world({ policies: [{ id: 'p', budgets: [{ scope: 'agent', window, limit }] }] });
      const url = await server();
      const headers = bearer(await at.agentToken());
      await fetch(`${url}/tool`, { headers });

      const response = await fetch(`${url}/tool`, { headers });

      const body = await bodyOf(response);
      expect([response.status, body['code']]).toEqual([status, 'BUDGET_EXCEEDED']);
      expect(response.headers.get('retry-after')).toBe(
        status === 429 ? String(body['retryAfterSeconds']) : null,
      );
      expect(body['reasons']).toEqual([
        expect.objectContaining({ policy: 'p', clause: 'budgets[0]', value: '0.12 USD' }),
      ]);
    },
  );

  test('a rate that is used up is 429 and says when to come back', async () => {
    await at.close();
    at = await world({ policies: [{ id: 'p', rates: [{ scope: 'agent', limit: 1, per: 'minute' }] }] });
    const url = await server();
    const headers = bearer(await at.agentToken());
    const last = await fetch(`${url}/tool`, { headers });

    const response = await fetch(`${url}/tool`, { headers });

    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '61']);
    expect(last.headers.get('ratelimit')).toBe('"p.rates[0]";r=0;t=61');
    expect(response.headers.get('ratelimit')).toBe('"p.rates[0]";r=0;t=61');
    expect(await bodyOf(response)).toMatchObject({ code: 'RATE_EXCEEDED', retryAfterSeconds: 61 });
  });

  test('a denial stays one under its idempotency key, is told so, and a new key is a new question', async () => {
    await at.close();
    at = await world({ policies: [{ id: 'p', rates: [{ scope: 'agent', limit: 1, per: 'minute' }] }] });
    const url = await server();
    const ask = async (key?: string): Promise<Response> => {
      const headers = bearer(await at.agentToken());
      return fetch(`${url}/tool`, {
        headers: key === undefined ? headers : { ...headers, 'idempotency-key': key },
      });
    };
    await ask('k-1');
    const told = 'an equal call may pass in 61 s, as a new call';

    const [first, unnamed] = [await ask('k-2'), await ask()];
    at.clock.advance(61_000);
    const [again, fresh] = [await ask('k-2'), await ask('k-3')];

    expect([first.status, unnamed.status, again.status, fresh.status]).toEqual([429, 429, 429, 200]);
    expect((await bodyOf(first))['advice']).toBe(`${told}: this Idempotency-Key stays denied`);
    expect((await bodyOf(again))['advice']).toBe(`${told}: this Idempotency-Key stays denied`);
    expect((await bodyOf(unnamed))['advice']).toBe(told);
  });

  test.each`
    per         | seconds
    ${'second'} | ${1}
    ${'minute'} | ${60}
    ${'hour'}   | ${3_600}
    ${'day'}    | ${86_400}
    ${'10s'}    | ${10}
    ${'90m'}    | ${5_400}
    ${'12h'}    | ${43_200}
    ${'30d'}    | ${2_592_000}
  `('a rate per $per is told as one of $seconds s', async ({ per, seconds }) => {
    await at.close();
    at = await world({ policies: [{ id: 'p', rates: [{ scope: 'agent', limit: 9, per }] }] });
    const url = await server();

    const response = await fetch(`${url}/tool`, { headers: bearer(await at.agentToken()) });

    expect(response.headers.get('ratelimit-policy')).toBe(`"p.rates[0]";q=9;w=${seconds}`);
  });

  test('a rate of no calls is 403, for waiting does not help', async () => {
    await at.close();
    at = await world({ policies: [{ id: 'p', rates: [{ scope: 'agent', limit: 0, per: 'minute' }] }] });
    const url = await server();

    const response = await fetch(`${url}/tool`, { headers: bearer(await at.agentToken()) });

    expect([response.status, response.headers.get('retry-after')]).toEqual([403, null]);
    expect(response.headers.get('ratelimit')).toBe('"p.rates[0]";r=0');
  });

  test('of several rates, a denial tells those that had no room, and the wait for all of them', async () => {
    await at.close();
    const rates = [
      { scope: 'agent', limit: 1, per: 'second' },
      { scope: 'agent', limit: 9, per: 'minute' },
      { scope: 'owner', limit: 1, per: 'hour' },
    ];
    at = await world({ policies: [{ id: 'p', rates }] });
    const url = await server();
    const headers = bearer(await at.agentToken());
    const last = await fetch(`${url}/tool`, { headers });

    const response = await fetch(`${url}/tool`, { headers });

    expect(last.headers.get('ratelimit')).toBe(
      '"p.rates[0]";r=0;t=2, "p.rates[1]";r=8, "p.rates[2]";r=0;t=3651',
    );
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '3651']);
    expect(response.headers.get('ratelimit')).toBe('"p.rates[0]";r=0;t=3651, "p.rates[2]";r=0;t=3651');
  });

  test('a denial for another reason says nothing of rates', async () => {
    await at.close();
    const rates = [{ scope: 'agent', limit: 9, per: 'minute' }];
    const budgets = [{ scope: 'agent', window: 'day', limit: '0.10 USD' }];
    at = await world({ policies: [{ id: 'p', rates, budgets }] });
    const url = await server();

    const response = await fetch(`${url}/tool`, { headers: bearer(await at.agentToken()) });

    expect([response.status, response.headers.get('ratelimit')]).toEqual([403, null]);
  });

  test('a frozen budget is 403 until somebody lifts the freeze', async () => {
    const app = make();
    app.get(
      '/dear',
      guard((_request, response) => void response.json({}), {
        torii: at.torii,
        tool: 'search',
        price: '1 USD',
        charged: () => '11 USD',
      }),
    );
    const url = await at.serve(app);
    const headers = bearer(await at.agentToken());
    await fetch(`${url}/dear`, { headers });
    await at.watch.ended(1);

    const response = await fetch(`${url}/dear`, { headers });

    expect(await bodyOf(response)).toMatchObject({ status: 403, code: 'BUDGET_FROZEN' });
  });

  test('a store that is down is 503, and the handler does not run', async () => {
    const url = await server();
    at.watch.broken = ['reserve'];

    const response = await fetch(`${url}/tool`, { headers: bearer(await at.agentToken()) });

    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await bodyOf(response)).toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  test('the same idempotency key runs once, whatever becomes of the answer', async () => {
    let runs = 0;
    const app = make();
    const handler = (_request: unknown, response: { json: (body: unknown) => unknown }): void =>
      void response.json({ run: (runs += 1) });
    app.get('/tool', guard(handler, { torii: at.torii, tool: 'search', price: '1 USD' }));
    const url = await at.serve(app);
    const headers = { ...bearer(await at.agentToken()), 'idempotency-key': 'k-1' };

    const answers = await Promise.all(Array.from({ length: 5 }, () => fetch(`${url}/tool`, { headers })));
    const late = await fetch(`${url}/tool`, { headers });

    expect(answers.map(({ status }) => String(status)).sort()).toEqual(['200', '409', '409', '409', '409']);
    expect(await bodyOf(late)).toMatchObject({ status: 409, code: 'CALL_ENDED' });
    expect([runs, (await at.money()).spent]).toEqual([1, '1.00']);
  });

  test('the same idempotency key runs again after an answer that was a failure, and costs once', async () => {
    let runs = 0;
    const app = make();
    const handler = (_request: unknown, response: Answering): void =>
      void response.status((runs += 1) === 1 ? 500 : 200).json({ run: runs });
    app.get('/tool', guard(handler, { torii: at.torii, tool: 'search', price: '1 USD' }));
    const url = await at.serve(app);
    const headers = { ...bearer(await at.agentToken()), 'idempotency-key': 'k-1' };
    const statuses = [];

    for (let ask = 0; ask < 3; ask++) {
      statuses.push((await fetch(`${url}/tool`, { headers })).status);
      // The answer is out before its end is written.
      while ((await at.money()).held !== '0.00');
    }

    expect(statuses).toEqual([500, 200, 409]);
    expect([runs, (await at.money()).spent]).toEqual([2, '1.00']);
  });

  test('the same idempotency key with another body is a conflict', async () => {
    const url = await server();
    const headers = {
      ...bearer(await at.agentToken()),
      'idempotency-key': 'k-1',
      'content-type': 'application/json',
    };
    await fetch(`${url}/tool`, { method: 'POST', headers, body: '{"a":1}' });

    const response = await fetch(`${url}/tool`, { method: 'POST', headers, body: '{"a":2}' });

    expect(await bodyOf(response)).toMatchObject({ status: 422, code: 'IDEMPOTENCY_CONFLICT' });
  });

  test.each([['two words'], ['k'.repeat(256)]])('the idempotency key `%s` is none', async (key) => {
    const url = await server();

    const response = await fetch(`${url}/tool`, {
      headers: { ...bearer(await at.agentToken()), 'idempotency-key': key },
    });

    expect(await bodyOf(response)).toMatchObject({ status: 400, code: 'CALL_INVALID' });
  });

  test('a repeated idempotency key is none', async () => {
    const url = await server();
    const headers = new Headers({ ...bearer(await at.agentToken()), 'idempotency-key': 'one' });
    headers.append('idempotency-key', 'two');

    const response = await fetch(`${url}/tool`, { headers });

    expect(await bodyOf(response)).toMatchObject({ status: 400, code: 'CALL_INVALID' });
  });

  test('a price that is not known is 403', async () => {
    const app = make();
    app.use(toriiMiddleware(at.torii, { tool: 'search', price: () => undefined }));
    app.get('/tool', (_request, response) => void response.json({ ran: true }));
    const url = await at.serve(app);

    const response = await fetch(`${url}/tool`, { headers: bearer(await at.agentToken()) });

    expect(await bodyOf(response)).toMatchObject({ status: 403, code: 'PRICE_UNKNOWN' });
  });

  test('a call that needs a person is 403 with where to look and what to do', async () => {
    const url = await server('publish');
    const headers = bearer(await at.agentToken());

    const named = await fetch(`${url}/tool`, { headers: { ...headers, 'idempotency-key': 'k-1' } });
    const unnamed = await fetch(`${url}/tool`, { headers });

    const body = await bodyOf(named);
    expect(body).toMatchObject({
      status: 403,
      code: 'APPROVAL_REQUIRED',
      approvalId: expect.stringMatching(/^apr_/),
      callId: expect.stringMatching(/^call_/),
      retryAfterSeconds: 5,
      detail:
        'a person has to approve `publish` for 0.12 USD; once it is approved, repeat the request with the same Idempotency-Key',
    });
    expect([named.headers.get('location'), named.headers.get('retry-after')]).toEqual([
      `/torii/approvals/${String(body['approvalId'])}`,
      '5',
    ]);
    expect((await bodyOf(unnamed))['detail']).toMatch(/repeat exactly the same request in the same session$/);
    expect(named.headers.get('cache-control')).toBe('no-store');
  });

  test('a HEAD request is denied with the same status and no body', async () => {
    const url = await server('other');

    const response = await fetch(`${url}/tool`, { method: 'HEAD', headers: bearer(await at.agentToken()) });

    expect([response.status, await response.text()]).toEqual([403, '']);
  });

  test('calls in parallel never spend more than the budget has', async () => {
    const url = await server('search', '1.00 USD');
    const headers = bearer(await at.agentToken());

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => fetch(`${url}/tool?n=${index}`, { headers })),
    );

    expect(answers.map(({ status }) => String(status)).sort()).toEqual([
      ...Array<string>(10).fill('200'),
      ...Array<string>(10).fill('429'),
    ]);
    await at.watch.ended(10);
    expect(await at.money()).toEqual({ spent: '10.00', held: '0.00' });
  });
});
