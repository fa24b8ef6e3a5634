import { request as httpRequest } from 'node:http';
import type { Express, RequestHandler } from 'express';
import { guard } from '../guard.ts';
import { bearer, bodyOf, versions, world, type World } from '../world.test-support.ts';
import { toriiRouter } from './router.ts';

let at: World;
let runs = 0;
beforeEach(async () => {
  at = await world();
  runs = 0;
});
afterEach(() => at.close());

const isoTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe.each(versions)('the router in Express $version', ({ express: make }) => {
  async function serve(before: (app: Express) => void = () => undefined): Promise<string> {
    const app = make();
    before(app);
    app.use('/torii', toriiRouter(at.torii));
    app.use(make.json());
    app.post(
      '/publish',
      guard((_request, response) => void response.json({ run: (runs += 1) }), {
        torii: at.torii,
        tool: 'publish',
        price: '0.90 USD',
      }),
    );
    return at.serve(app);
  }

  const json = { 'content-type': 'application/json' };
  const publish = async (url: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${url}/publish`, {
      method: 'POST',
      headers: { ...bearer(await at.agentToken()), ...json, ...headers },
      body: '{"text":"hello"}',
    });

  interface Listed {
    readonly id: string;
    readonly actionHash: string;
  }

  /** The one approval that waits. */
  async function waiting(url: string): Promise<Listed> {
    const list = await fetch(`${url}/torii/approvals?status=pending`, {
      headers: bearer(await at.approverToken()),
    });
    const [approval] = (await bodyOf(list))['approvals'] as readonly Listed[];
    if (approval === undefined) throw new Error('no approval waits');
    return approval;
  }

  async function decide(url: string, body: unknown, headers?: Record<string, string>): Promise<Response> {
    const { id } = await waiting(url);
    const said = { ...bearer(await at.approverToken()), ...json, ...headers };
    return fetch(`${url}/torii/approvals/${id}/decision`, {
      method: 'POST',
      headers: said,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  test.each([[{ 'idempotency-key': 'k-1' }], [{}]])(
    'a call waits, a person approves, the repeat runs once (headers %j)',
    async (headers: Record<string, string>) => {
      const url = await serve();
      const first = await publish(url, headers);
      const { id, actionHash } = await waiting(url);
      expect([first.status, first.headers.get('location')]).toEqual([403, `/torii/approvals/${id}`]);
      expect((await at.money()).held).toBe('0.90');

      const decided = await decide(url, { decision: 'approve', actionHash, comment: 'looks good' });

      expect([decided.status, await bodyOf(decided)]).toEqual([
        200,
        expect.objectContaining({
          id,
          status: 'approved',
          resolvedAt: isoTime,
          votes: [
            {
              approver: 'ada@example.com',
              verdict: 'approve',
              comment: 'looks good',
              via: 'token',
              at: isoTime,
            },
          ],
        }),
      ]);
      const second = await publish(url, headers);
      expect([second.status, await second.json()]).toEqual([200, { run: 1 }]);
      await at.watch.ended(1);
      expect(await at.money()).toEqual({ spent: '0.90', held: '0.00' });
      if ('idempotency-key' in headers) expect((await publish(url, headers)).status).toBe(409);
      expect(runs).toBe(1);
    },
  );

  test('a call that a person denies never runs, and its money is back', async () => {
    const url = await serve();
    await publish(url, { 'idempotency-key': 'k-1' });
    const { actionHash } = await waiting(url);

    const decided = await decide(url, { decision: 'deny', actionHash });
    const repeat = await publish(url, { 'idempotency-key': 'k-1' });

    expect(await bodyOf(decided)).toMatchObject({ status: 'denied' });
    expect(await bodyOf(repeat)).toMatchObject({ status: 403, code: 'APPROVAL_DENIED' });
    expect([runs, await at.money()]).toEqual([0, { spent: '0.00', held: '0.00' }]);
  });

  test('an agent cannot decide, list or vote on what it asked for', async () => {
    const url = await serve();
    await publish(url);
    const { id, actionHash } = await waiting(url);
    const agent = bearer(await at.agentToken());

    const vote = await decide(url, { decision: 'approve', actionHash }, agent);
    const list = await fetch(`${url}/torii/approvals`, { headers: agent });

    expect(await bodyOf(vote)).toMatchObject({ status: 403, code: 'NOT_AN_APPROVER' });
    expect(await bodyOf(list)).toMatchObject({ status: 403, code: 'NOT_AN_APPROVER' });
    expect(await bodyOf(await fetch(`${url}/torii/approvals/${id}`, { headers: agent }))).toMatchObject({
      id,
      status: 'pending',
      votes: [],
    });
  });

  test('an approval is shown to its approvers and to the agent that asks; for everybody else there is none', async () => {
    const url = await serve();
    await publish(url);
    const { id } = await waiting(url);
    const show = async (token: string): Promise<number> =>
      (await fetch(`${url}/torii/approvals/${id}`, { headers: bearer(token) })).status;

    expect(await show(await at.approverToken())).toBe(200);
    expect(await show(await at.agentToken({ session: 's2' }))).toBe(200);
    expect(await show(await at.agentToken({ agent: 'other' }))).toBe(404);
    expect(await show(await at.approverToken('eve@example.com'))).toBe(404);
    expect(await show('nonsense')).toBe(401);
    expect((await fetch(`${url}/torii/approvals/${id}`)).status).toBe(401);
  });

  test('reading never decides, whatever the method', async () => {
    const url = await serve();
    await publish(url);
    const { id } = await waiting(url);
    const headers = bearer(await at.approverToken());
    const read = (method: string): Promise<Response> =>
      fetch(`${url}/torii/approvals/${id}/decision`, { method, headers });

    const answers = await Promise.all(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'].map(read));

    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
    expect(await at.count('approval.decision_submitted')).toBe(0);
  });

  test.each`
    refusal                                   | status | code
    ${'of another action'}                    | ${409} | ${'ACTION_CHANGED'}
    ${'of a person who may not decide it'}    | ${403} | ${'NOT_AN_APPROVER'}
    ${'of an approval that nobody asked for'} | ${404} | ${'APPROVAL_NOT_FOUND'}
    ${'of nobody'}                            | ${401} | ${'IDENTITY_MISSING'}
    ${'of somebody who cannot prove who'}     | ${401} | ${'IDENTITY_INVALID'}
  `(
    'a vote $refusal is $status $code',
    async ({ refusal, status, code }: { refusal: string; status: number; code: string }) => {
      const url = await serve();
      await publish(url);
      const { id, actionHash } = await waiting(url);
      const other = refusal === 'of another action' ? '0'.repeat(64) : actionHash;
      const to = refusal.includes('nobody asked') ? 'apr_none' : id;
      const eve = await at.approverToken('eve@example.com');
      const tokens: Record<string, string | undefined> = {
        'of a person who may not decide it': eve,
        'of somebody who cannot prove who': 'x',
        'of nobody': undefined,
      };
      const token = refusal in tokens ? tokens[refusal] : await at.approverToken();
      const headers = { ...json, ...(token === undefined ? {} : bearer(token)) };

      const body = JSON.stringify({ decision: 'approve', actionHash: other });
      const response = await fetch(`${url}/torii/approvals/${to}/decision`, {
        method: 'POST',
        headers,
        body,
      });

      expect(await bodyOf(response)).toMatchObject({ status, code });
      expect(await bodyOf(await publish(url))).toMatchObject({ code: 'APPROVAL_REQUIRED' });
    },
  );

  test('a second vote of the same person does not count', async () => {
    await at.close();
    const approvals = [{ when: 'always', require: 2, approvers: ['ada@example.com', 'bob@example.com'] }];
    at = await world({ policies: [{ id: 'p', approvals }] });
    const url = await serve();
    await publish(url);
    const { actionHash } = await waiting(url);
    await decide(url, { decision: 'approve', actionHash });

    const again = await decide(url, { decision: 'approve', actionHash });
    const changed = await decide(url, { decision: 'deny', actionHash });
    const bob = await decide(
      url,
      { decision: 'approve', actionHash },
      bearer(await at.approverToken('bob@example.com')),
    );

    // A repeat after a lost answer is told how the approval stands, and counts once.
    expect(await bodyOf(again)).toMatchObject({ status: 'pending', votes: [{ verdict: 'approve' }] });
    expect(await bodyOf(changed)).toMatchObject({ status: 409, code: 'ALREADY_VOTED' });
    expect(await bodyOf(bob)).toMatchObject({ status: 'approved' });
  });

  test('a vote on an approval that is resolved does not count', async () => {
    const url = await serve();
    await publish(url);
    const { id, actionHash } = await waiting(url);
    await decide(url, { decision: 'deny', actionHash });
    const headers = { ...bearer(await at.approverToken()), ...json };

    const late = await fetch(`${url}/torii/approvals/${id}/decision`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ decision: 'approve', actionHash }),
    });

    expect(await bodyOf(late)).toMatchObject({ status: 409, code: 'APPROVAL_RESOLVED' });
  });

  test.each`
    body                                                                                         | status | why
    ${''}                                                                                        | ${400} | ${'is empty'}
    ${'{'}                                                                                       | ${400} | ${'is not JSON'}
    ${'[]'}                                                                                      | ${400} | ${'is a list'}
    ${'null'}                                                                                    | ${400} | ${'is null'}
    ${'{"decision":"approve"}'}                                                                  | ${400} | ${'names no action'}
    ${'{"decision":"yes","actionHash":"HASH"}'}                                                  | ${400} | ${'says something else'}
    ${'{"decision":["approve"],"actionHash":"HASH"}'}                                            | ${400} | ${'says it in a list'}
    ${'{"decision":"approve","actionHash":"HASH","a":1}'}                                        | ${400} | ${'has an unknown key'}
    ${'{"decision":"deny","decision":"approve","actionHash":"HASH"}'}                            | ${400} | ${'says two things'}
    ${'{"__proto__":{},"decision":"approve","actionHash":"HASH"}'}                               | ${400} | ${'names a prototype'}
    ${'{"decision":"approve","actionHash":"HASH","comment":1}'}                                  | ${400} | ${'has a comment that is no text'}
    ${`{"decision":"approve","actionHash":"HASH","comment":${'['.repeat(40)}${']'.repeat(40)}}`} | ${400} | ${'is deep'}
    ${`{"decision":"approve","actionHash":"HASH","comment":"${'x'.repeat(16_384)}"}`}            | ${413} | ${'is large'}
  `('a decision that $why is refused', async ({ body, status }: { body: string; status: number }) => {
    const url = await serve();
    await publish(url);
    const { actionHash } = await waiting(url);

    const response = await decide(url, body.replace('HASH', actionHash));

    expect([response.status, response.headers.get('content-type')]).toEqual([
      status,
      'application/problem+json',
    ]);
    expect(await at.count('approval.decision_submitted')).toBe(0);
  });

  test.each([
    ['text/plain', undefined, 415],
    ['application/x-www-form-urlencoded', undefined, 415],
    ['application/json', 'gzip', 415],
    ['Application/JSON; charset=utf-8', undefined, 200],
  ])('a decision as %s, encoded %s, is %s', async (type, encoding, status) => {
    const url = await serve();
    await publish(url);
    const { actionHash } = await waiting(url);

    const headers = {
      'content-type': type,
      ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
    };
    const response = await decide(url, { decision: 'approve', actionHash }, headers);

    expect(response.status).toBe(status);
  });

  test('a large decision in chunks is refused without being read to its end', async () => {
    const url = await serve();
    const headers = { ...bearer(await at.approverToken()), ...json };
    const client = httpRequest(`${url}/torii/approvals/apr_1/decision`, { method: 'POST', headers });
    client.on('error', () => undefined);

    client.write(Buffer.alloc(10_000, ' '));
    client.write(Buffer.alloc(10_000, ' '));
    const status = await new Promise((resolve) =>
      client.on('response', (response) => resolve(response.statusCode)),
    );
    client.destroy();

    expect(status).toBe(413);
  });

  test('a decision that says it is large is refused before any of it arrives', async () => {
    const url = await serve();
    const headers = { ...bearer(await at.approverToken()), ...json, 'content-length': 16_385 };
    const client = httpRequest(`${url}/torii/approvals/apr_1/decision`, { method: 'POST', headers });
    client.on('error', () => undefined).flushHeaders();

    const status = await new Promise((resolve) =>
      client.on('response', (response) => resolve(response.statusCode)),
    );
    client.destroy();

    expect(status).toBe(413);
  });

  test('bytes that are no UTF-8 are refused', async () => {
    const url = await serve();
    const headers = { ...bearer(await at.approverToken()), ...json };
    const body = Buffer.from(
      `{"decision":"approve","actionHash":"${'0'.repeat(64)}","comment":"\xff"}`,
      'latin1',
    );

    const response = await fetch(`${url}/torii/approvals/apr_1/decision`, { method: 'POST', headers, body });

    expect(await bodyOf(response)).toMatchObject({ status: 400, code: 'BODY_INVALID' });
  });

  test('a body that something else has swallowed is no decision', async () => {
    const url = await serve(
      (app) => void app.use((request, _response, next) => void request.resume().once('end', () => next())),
    );
    const headers = { ...bearer(await at.approverToken()), ...json };

    const response = await fetch(`${url}/torii/approvals/apr_1/decision`, {
      method: 'POST',
      headers,
      body: '{}',
    });

    expect(await bodyOf(response)).toMatchObject({ status: 400, code: 'BODY_INVALID' });
  });

  test('a decision that is large is refused also behind another parser', async () => {
    const url = await serve((app) => void app.use('/torii', make.text({ type: '*/*' })));
    const headers = { ...bearer(await at.approverToken()), ...json, 'transfer-encoding': 'chunked' };
    const client = httpRequest(`${url}/torii/approvals/apr_1/decision`, { method: 'POST', headers });
    client.end(Buffer.alloc(16_385, ' '));

    expect(
      await new Promise((resolve) =>
        client.on('response', (response) => resolve(response.resume().statusCode)),
      ),
    ).toBe(413);
  });

  const parsers: readonly [string, () => RequestHandler][] = [
    ['express.json', () => make.json()],
    ['express.raw', () => make.raw({ type: '*/*' })],
    ['express.text', () => make.text({ type: '*/*' })],
    ['express.urlencoded', () => make.urlencoded({ extended: true })],
  ];
  test.each(parsers)('a decision counts also behind %s', async (name, parser) => {
    const url = await serve((app) => void app.use('/torii', parser()));
    await publish(url);
    const { actionHash } = await waiting(url);

    const polluted = await decide(
      url,
      `{"__proto__":{"a":1},"decision":"approve","actionHash":"${actionHash}"}`,
    );
    const response = await decide(url, { decision: 'approve', actionHash });

    expect([polluted.status, response.status, name]).toEqual([400, 200, name]);
  });

  test('approvals are listed by status', async () => {
    const url = await serve();
    await publish(url);
    const headers = bearer(await at.approverToken());
    const count = async (query: string): Promise<unknown> => {
      const response = await fetch(`${url}/torii/approvals${query}`, { headers });
      const { approvals } = await bodyOf(response);
      return Array.isArray(approvals) ? approvals.length : response.status;
    };

    expect(await Promise.all(['', '?status=pending', '?status=approved'].map(count))).toEqual([1, 1, 0]);
  });

  test('an agent sees how it stands', async () => {
    const url = await serve((app) => {
      app.get(
        '/search',
        guard((_request, response) => void response.json({}), {
          torii: at.torii,
          tool: 'search',
          price: '0.83 USD',
        }),
      );
      app.get(
        '/other',
        guard((_request, response) => void response.json({}), {
          torii: at.torii,
          tool: 'other',
          price: '0.10 USD',
        }),
      );
    });
    const headers = bearer(await at.agentToken());
    await fetch(`${url}/search`, { headers });
    await at.watch.ended(1);
    await fetch(`${url}/other`, { headers });
    await publish(url);

    const response = await fetch(`${url}/torii/authorization/status`, { headers });

    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await bodyOf(response)).toEqual({
      agent: 'bot',
      owner: 'olga@example.com',
      session: 's1',
      policies: [
        { id: 'research', version: 1, allow: ['search', 'publish', 'shop/*', 'free'], deny: ['shop/delete'] },
      ],
      quota_window: {
        'research.rates[0]': { scope: 'agent', per: 'minute', used: 2, limit: 50, reset_in_s: 0 },
      },
      budgets: [
        {
          policy: 'research',
          clause: 'budgets[1]',
          scope: 'agent',
          window: 'day',
          currency: 'USD',
          spent: '0.83',
          held: '0.90',
          left: '8.27',
          limit: '10.00',
          frozen: false,
          resets_at: isoTime,
        },
      ],
      spend_today_usd: '0.83',
      spend_limit_usd: '10.00',
      recent_denials: [{ at: isoTime, tool: 'other', code: 'TOOL_NOT_ALLOWED' }],
    });
  });

  test('the spending of today is that of the tightest day budget of the agent in USD, if there is one', async () => {
    await at.close();
    const day = (scope: string, limit: string, id: string): object => ({
      id,
      budgets: [{ scope, window: 'day', limit }],
    });
    at = await world({
      policies: [
        day('owner', '1.00 USD', 'a'),
        day('agent', '9.00 USD', 'b'),
        day('agent', '5.00 USD', 'c'),
        day('agent', '0.50 EUR', 'd'),
      ],
    });
    const url = await serve();
    const other = await world({ policies: [day('owner', '1.00 USD', 'a')] });
    const app = make();
    const bare = await other.serve(app.use('/torii', toriiRouter(other.torii)));

    const [some, none] = await Promise.all(
      [url, bare].map(async (base) =>
        bodyOf(await fetch(`${base}/torii/authorization/status`, { headers: bearer(await at.agentToken()) })),
      ),
    );
    await other.close();

    expect(some).toMatchObject({ spend_today_usd: '0.00', spend_limit_usd: '5.00' });
    expect(none).not.toHaveProperty('spend_limit_usd');
  });

  test('somebody without a token sees no status', async () => {
    const url = await serve();

    const response = await fetch(`${url}/torii/authorization/status`, { headers: { 'x-agent-id': 'bot' } });

    expect([response.status, response.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer realm="torii"',
    ]);
  });

  test('health follows the store and says no more than whether it answers', async () => {
    const url = await serve();
    const up = await fetch(`${url}/torii/health`);
    at.watch.broken = ['status'];
    const down = await fetch(`${url}/torii/health`);

    expect([up.status, await up.json()]).toEqual([200, { ok: true }]);
    expect([down.status, await down.json()]).toEqual([503, { ok: false }]);
  });

  test('a store that is down is 503 for readers too', async () => {
    const url = await serve();
    at.watch.broken = ['status', 'approvals'];

    const status = await fetch(`${url}/torii/authorization/status`, {
      headers: bearer(await at.agentToken()),
    });
    const list = await fetch(`${url}/torii/approvals`, { headers: bearer(await at.approverToken()) });

    expect([status.status, list.status, list.headers.get('retry-after')]).toEqual([503, 503, '1']);
  });

  test('what the router does not know falls through', async () => {
    const url = await serve(
      (app) =>
        void app.use('/torii', (_request, response, next) => (response.setHeader('x-first', '1'), next())),
    );

    const answers = await Promise.all(
      [
        '/torii',
        '/torii/nothing',
        '/torii/approvals/a/b',
        '/torii/approvals/a%2fb',
        '/torii/constructor',
      ].map((path) => fetch(url + path)),
    );

    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
  });

  test('an `identify` that fails ends in the error handlers', async () => {
    const app = make();
    app.use(toriiRouter(at.torii, { identify: () => Promise.reject(new Error('boom')) }));
    const url = await at.serve(app);

    expect((await fetch(`${url}/authorization/status`)).status).toBe(500);
  });
});
