import type { Effect } from '@torii/engine';
import type { RequestHandler } from 'express';
import { guard } from './guard.ts';
import { toriiMiddleware } from './middleware.ts';
import type { ToriiOptions } from './options.ts';
import { toriiOf } from '@torii/engine/http';
import { bearer, bodyOf, versions, world, type World } from './world.test-support.ts';

type Named = Pick<ToriiOptions, 'payee' | 'effect'>;

let at: World;
beforeEach(async () => {
  at = await world();
});
afterEach(() => at.close());

const shop = { recipient: 'shop.example', network: 'eip155:8453', category: 'api_usage', scheme: 'exact' };

/** What the compiler would not let through. */
const paying = (value: unknown): Named => ({ payee: () => value as typeof shop });
const acting = (value: unknown): Named => ({ effect: () => value as 'read' });
const failing = (): never => {
  throw new Error('nobody knows');
};

describe.each(versions)('what Express $version tells of a call', ({ express: make }) => {
  let ran = 0;
  const handler: RequestHandler = (request, response) => {
    ran += 1;
    const { payee, effect, framework } = toriiOf(request)?.call ?? {};
    response.json({ payee, effect, framework });
  };
  beforeEach(() => {
    ran = 0;
  });

  async function ask(named: Named, query = ''): Promise<Response> {
    const app = make();
    const options = { tool: 'search', price: '0.10 USD', ...named };
    app.get('/one', guard(handler, { torii: at.torii, ...options }));
    app.use('/two', toriiMiddleware(at.torii, options)).get('/two', handler);
    const url = await at.serve(app);
    const headers = bearer(await at.agentToken());
    const [one, two] = [
      await fetch(`${url}/one${query}`, { headers }),
      await fetch(`${url}/two${query}`, { headers }),
    ];
    expect(one.status).toBe(two.status);
    return one;
  }

  test('names the door, and neither payee nor effect where the options do not', async () => {
    const response = await ask({});

    expect(await bodyOf(response)).toEqual({ payee: {}, framework: 'express' });
  });

  const night = { allow: [{ from: '22:00', to: '23:00' }] };

  test.each`
    policy                                        | named                                        | status | code
    ${{ match: { frameworks: ['express'] } }}     | ${{}}                                        | ${200} | ${undefined}
    ${{ match: { frameworks: ['vercel-ai'] } }}   | ${{}}                                        | ${403} | ${'NO_POLICY'}
    ${{ effects: { allow: ['read'] } }}           | ${{ effect: 'read' }}                        | ${200} | ${undefined}
    ${{ effects: { allow: ['read'] } }}           | ${{ effect: 'admin' }}                       | ${403} | ${'EFFECT_NOT_ALLOWED'}
    ${{ merchants: { allow: ['shop.example'] } }} | ${{ payee: shop }}                           | ${200} | ${undefined}
    ${{ merchants: { allow: ['shop.example'] } }} | ${{}}                                        | ${403} | ${'PAYEE_UNKNOWN'}
    ${{ merchants: { allow: ['shop.example'] } }} | ${{ payee: { recipient: 'other.example' } }} | ${403} | ${'MERCHANT_NOT_ALLOWED'}
    ${{ networks: { deny: ['eip155:8453'] } }}    | ${{ payee: shop }}                           | ${403} | ${'NETWORK_DENIED'}
    ${{ categories: { deny: ['api_usage'] } }}    | ${{ payee: shop }}                           | ${403} | ${'CATEGORY_DENIED'}
    ${{ schedule: night }}                        | ${{}}                                        | ${403} | ${'SCHEDULE_CLOSED'}
  `('lets $policy decide on $named: $status $code', async ({ policy, named, status, code }) => {
    await at.close();
    at = await world({ policies: [{ id: 'p', ...policy }] });

    const response = await ask(named);

    expect([response.status, (await bodyOf(response))['code']]).toEqual([status, code]);
    // The schedule opens at ten in the evening; the clock of these tests stands at 12:33:09.
    expect(response.headers.get('retry-after')).toBe(code === 'SCHEDULE_CLOSED' ? '34011' : null);
  });

  const promising: Named = { payee: async () => shop, effect: async (): Promise<Effect> => 'destructive' };

  test.each<[string, Named]>([
    ['values', { payee: shop, effect: 'destructive' }],
    ['functions', { payee: () => shop, effect: () => 'destructive' }],
    ['functions that promise', promising],
  ])('names payee and effect as the options do: %s', async (_how, named) => {
    const response = await ask(named);

    expect(await bodyOf(response)).toMatchObject({ payee: shop, effect: 'destructive' });
  });

  test('names them after the request, where a function says so', async () => {
    const shops = new Map([['/one?city=oslo', 'oslo.example']]);
    const named: Named = {
      payee: ({ url }) => ({ recipient: shops.get(url) ?? 'shop.example' }),
      effect: ({ method }) => (method === 'GET' ? 'read' : 'mutating'),
    };

    const response = await ask(named, '?city=oslo');

    expect(await bodyOf(response)).toMatchObject({ payee: { recipient: 'oslo.example' }, effect: 'read' });
  });

  test('names nobody and nothing where functions answer undefined', async () => {
    const response = await ask({ payee: () => undefined, effect: () => undefined });

    expect(await bodyOf(response)).toEqual({ payee: {}, framework: 'express' });
  });

  test.each([
    ['payee null', paying(null)],
    ['payee of text', paying('shop.example')],
    ['payee without a name', paying({ recipient: '' })],
    ['payee of a list of names', paying({ recipient: ['shop.example'] })],
    ['payee on an unknown network', paying({ network: 'base' })],
    ['payee that breaks when it is read', paying({ get recipient() { return failing(); } })], // prettier-ignore
    ['effect null', acting(null)],
    ['effect of another case', acting('READ')],
    ['effect of no kind', acting('write')],
    ['effect in a list', acting(['read'])],
  ])('denies a call whose options name a %s', async (_what, named) => {
    const response = await ask(named);

    expect([ran, await bodyOf(response)]).toEqual([
      0,
      expect.objectContaining({ status: 400, code: 'CALL_INVALID' }),
    ]);
  });

  test.each<[string, Named]>([
    ['payee', { payee: failing }],
    ['payee, as promised', { payee: async () => failing() }],
    ['effect', { effect: failing }],
    ['effect, as promised', { effect: async () => failing() }],
  ])('leads to the error handlers where the function fails that names the %s', async (_what, named) => {
    const response = await ask(named);

    expect([ran, response.status]).toEqual([0, 500]);
  });
});
