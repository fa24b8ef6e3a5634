import type { ErrorRequestHandler, RequestHandler } from 'express';
import { guard } from './guard.ts';
import { toriiMiddleware } from './middleware.ts';
import type { ToriiOptions } from './options.ts';
import { bearer, bodyOf, versions, world, type World } from './world.test-support.ts';

let at: World;
beforeEach(async () => {
  at = await world();
});
afterEach(() => at.close());

const price = { tool: 'search', price: '1.00 USD' } as const;
const boom = new Error('boom');

function raise(thrown: unknown): never {
  // oxlint-disable-next-line typescript/only-throw-error -- hostile code throws anything.
  throw thrown;
}

describe.each(versions)('Express $version', ({ express: make }) => {
  let runs = 0;
  const handler: RequestHandler = (request, response) => {
    runs += 1;
    response.json({ headers: request.headers, raw: request.rawHeaders, distinct: request.headersDistinct });
  };
  const failed: ErrorRequestHandler = (error: { message?: string }, _request, response, _next) =>
    void response.status(599).json({ message: error.message });
  beforeEach(() => {
    runs = 0;
  });

  const forged = {
    'X-Policy-Allowed': 'true',
    'X-Tool': 'admin',
    'X-Cost-Usd': '0',
    RateLimit: '"p";r=9',
    'RateLimit-Policy': '"p";q=9',
    'X-Agent-Id': 'root',
    'X-Session-ID': 's9',
    'X-Owner-Id': 'root',
    'X-Approver-Id': 'ada@example.com',
    'X-Torii-Anything': '1',
  };

  test('copies of our own headers never reach the handler, and other headers do', async () => {
    const app = make();
    app.use(toriiMiddleware(at.torii, price)).get('/tool', handler);
    const url = await at.serve(app);

    const response = await fetch(`${url}/tool`, {
      headers: { ...bearer(await at.agentToken()), ...forged, 'X-Kept': 'yes' },
    });

    const seen = JSON.stringify(await response.json()).toLowerCase();
    for (const name of Object.keys(forged)) expect(seen).not.toContain(`"${name.toLowerCase()}"`);
    expect(seen.match(/"x-kept"/g)).toHaveLength(3);
    expect(response.headers.get('x-tool')).toBe('search');
  });

  test('copies of our own headers are stripped also where the guard is skipped', async () => {
    const app = make();
    app.get('/tool', guard(handler, { torii: at.torii, ...price, skip: () => true }));
    const url = await at.serve(app);

    const response = await fetch(`${url}/tool`, { headers: { 'X-Policy-Allowed': 'true' } });

    expect(JSON.stringify(await response.json()).toLowerCase()).not.toContain('x-policy-allowed');
    expect(response.headers.has('x-policy-allowed')).toBe(false);
  });

  test('an agent that a header, the query or the body names is nobody', async () => {
    const app = make();
    app.use(make.json()).post('/tool', guard(handler, { torii: at.torii, ...price }));
    const url = await at.serve(app);
    const headers = { 'x-agent-id': 'bot', 'content-type': 'application/json' };

    const response = await fetch(`${url}/tool?agent=bot`, {
      method: 'POST',
      headers,
      body: '{"agent":"bot"}',
    });

    expect([response.status, runs]).toEqual([401, 0]);
  });

  const functions: readonly (keyof ToriiOptions)[] = [
    'identify',
    'tool',
    'price',
    'arguments',
    'skip',
    'onDecision',
  ];
  const thrown: readonly [string, unknown][] = [
    ['an error', boom],
    ['nothing', undefined],
    ['the text `route`', 'route'],
    ['the text `router`', 'router'],
  ];
  const throwing = functions.flatMap((name) => thrown.map(([what, value]) => ({ name, what, value })));
  test.each(throwing)(
    'a function `$name` that throws $what ends in the error handlers',
    async ({ name, value }) => {
      const app = make();
      app.use(toriiMiddleware(at.torii, { ...price, [name]: () => raise(value) }));
      app.get('/tool', handler).use(failed);
      const url = await at.serve(app);

      const response = await fetch(`${url}/tool`, { headers: bearer(await at.agentToken()) });

      expect([response.status, runs, (await at.money()).held]).toEqual([599, 0, '0.00']);
    },
  );

  test.each(functions)('a function `%s` that rejects ends in the error handlers', async (name) => {
    const app = make();
    app
      .get('/tool', guard(handler, { torii: at.torii, ...price, [name]: () => Promise.reject(boom) }))
      .use(failed);
    const url = await at.serve(app);

    const response = await fetch(`${url}/tool`, { headers: bearer(await at.agentToken()) });

    expect([response.status, await response.json(), runs]).toEqual([599, { message: 'boom' }, 0]);
  });

  test.each([[undefined], ['route'], ['router']])(
    '`onDenied` that calls next(%s) does not open the door',
    async (value) => {
      const app = make();
      app.use(
        toriiMiddleware(at.torii, { ...price, tool: 'other', onDenied: (_answer, { next }) => next(value) }),
      );
      app.get('/tool', handler).use(failed);
      const url = await at.serve(app);

      const response = await fetch(`${url}/tool`, { headers: bearer(await at.agentToken()) });

      expect([response.status, runs]).toEqual([599, 0]);
    },
  );

  test('`onDenied` answers in its own words', async () => {
    const onDenied: ToriiOptions['onDenied'] = (answer, { response }) =>
      void response.status(402).json({ kind: answer.kind });
    const app = make();
    app.get('/tool', guard(handler, { torii: at.torii, ...price, tool: 'other', onDenied }));
    app.get('/ask', guard(handler, { torii: at.torii, ...price, tool: 'publish', onDenied }));
    const url = await at.serve(app);
    const headers = bearer(await at.agentToken());

    const answers = await Promise.all(['tool', 'ask'].map((path) => fetch(`${url}/${path}`, { headers })));

    expect(answers.map(({ status }) => status)).toEqual([402, 402]);
    expect(await Promise.all(answers.map(bodyOf))).toEqual([{ kind: 'denied' }, { kind: 'waiting' }]);
  });

  test('`onDecision` is told of every verdict', async () => {
    const told: string[] = [];
    const app = make();
    const onDecision: ToriiOptions['onDecision'] = (_request, verdict) => void told.push(verdict.kind);
    app.get(
      '/:tool',
      guard(handler, {
        torii: at.torii,
        price: '1 USD',
        tool: (request) => String(request.params['tool']),
        onDecision,
      }),
    );
    const url = await at.serve(app);
    const headers = bearer(await at.agentToken());

    for (const tool of ['search', 'other', 'publish']) await fetch(`${url}/${tool}`, { headers });

    expect(told).toEqual(['allowed', 'denied', 'waiting']);
  });

  test('only `true` skips: what merely looks true is guarded', async () => {
    const app = make();
    app.get('/tool', guard(handler, { torii: at.torii, ...price, skip: () => 'yes' as unknown as boolean }));
    const url = await at.serve(app);

    expect((await fetch(`${url}/tool`)).status).toBe(401);
  });

  test('a body that no parser has read is refused: nobody could say what is approved', async () => {
    const app = make();
    app.use(make.json()).post('/tool', guard(handler, { torii: at.torii, ...price }));
    const url = await at.serve(app);
    const headers = { ...bearer(await at.agentToken()), 'content-type': 'text/plain' };

    const response = await fetch(`${url}/tool`, { method: 'POST', headers, body: 'something' });

    const message =
      'no parser has read the body, so nobody can say what the call does; expected a type that this route takes, such as `application/json`';
    expect(await bodyOf(response)).toEqual({
      type: 'urn:torii:problem:CALL_INVALID',
      title: 'The body was not read',
      status: 415,
      detail: message,
      advice: 'do not repeat this call as it is: a corrected one may pass',
      code: 'CALL_INVALID',
      reasons: [{ code: 'CALL_INVALID', message }],
    });
    expect([response.status, response.headers.get('content-type'), runs]).toEqual([
      415,
      'application/problem+json',
      0,
    ]);
    expect(await at.count('call.denied')).toBe(1);
  });

  test('a body that no parser has read is told only to somebody who proves who they are', async () => {
    const app = make();
    app.use(make.json()).post('/tool', guard(handler, { torii: at.torii, ...price }));
    const url = await at.serve(app);
    const headers = { 'content-type': 'text/plain' };

    const response = await fetch(`${url}/tool`, { method: 'POST', headers, body: 'something' });

    expect(await bodyOf(response)).toMatchObject({ status: 401, code: 'IDENTITY_MISSING' });
  });

  test('`arguments` speaks for a body that no parser has read', async () => {
    const app = make();
    app.post(
      '/tool',
      guard(handler, { torii: at.torii, ...price, arguments: () => ({ what: 'something' }) }),
    );
    const url = await at.serve(app);

    const response = await fetch(`${url}/tool`, {
      method: 'POST',
      headers: bearer(await at.agentToken()),
      body: 'something',
    });

    expect([response.status, runs]).toEqual([200, 1]);
  });

  const keyed: readonly Record<string, string>[] = [{}, { 'idempotency-key': 'k' }];
  test.each(keyed)(
    'a request that two guards guard is told so, whoever guards it (headers %j)',
    async (key) => {
      const app = make();
      app.use(toriiMiddleware(at.torii, price));
      app.get('/guard', guard(handler, { torii: at.torii, ...price }));
      app.get('/dear', guard(handler, { torii: at.torii, tool: 'free', price: '2.00 USD' }));
      app.get('/middleware', toriiMiddleware(at.torii, price), handler);
      app.use(failed);
      const url = await at.serve(app);
      const headers = bearer(await at.agentToken());

      for (const [index, path] of ['guard', 'dear', 'middleware'].entries()) {
        const named = 'idempotency-key' in key ? { 'idempotency-key': path } : {};
        const response = await fetch(`${url}/${path}`, { headers: { ...headers, ...named } });

        expect([response.status, await bodyOf(response)]).toEqual([
          599,
          { message: expect.stringMatching(/^this request is guarded already; expected one guard for it/) },
        ]);
        expect(await at.watch.ended(index + 1)).toEqual(Array(index + 1).fill('release'));
      }
      expect([runs, await at.money()]).toEqual([0, { spent: '0.00', held: '0.00' }]);
    },
  );

  test('a request that the first of two guards skips is the call of the second', async () => {
    const app = make();
    app.use(toriiMiddleware(at.torii, { ...price, skip: (request) => request.path === '/free' }));
    app.get('/free', guard(handler, { torii: at.torii, tool: 'free', price: '0 USD' }));
    const url = await at.serve(app);

    const response = await fetch(`${url}/free`, { headers: bearer(await at.agentToken()) });

    expect([response.status, response.headers.get('x-tool'), runs]).toEqual([200, 'free', 1]);
  });

  test.each`
    body                                          | what
    ${'{"__proto__":{"polluted":1}}'}             | ${'names a prototype'}
    ${`{"a":${'['.repeat(40)}${']'.repeat(40)}}`} | ${'is too deep'}
    ${'{"a":"\\ud800"}'}                          | ${'holds half a character'}
  `('a body that $what is denied and recorded', async ({ body }: { body: string }) => {
    const app = make();
    app.use(make.json()).post('/tool', guard(handler, { torii: at.torii, ...price }));
    const url = await at.serve(app);
    const headers = { ...bearer(await at.agentToken()), 'content-type': 'application/json' };

    const response = await fetch(`${url}/tool`, { method: 'POST', headers, body });

    expect([(await bodyOf(response))['code'], runs]).toEqual(['CALL_INVALID', 0]);
    expect(await at.count('call.denied')).toBe(1);
  });

  test('bytes are told apart by their hash', async () => {
    const app = make();
    app.use(make.raw({ limit: '1mb' })).post('/tool', guard(handler, { torii: at.torii, ...price }));
    const url = await at.serve(app);
    const headers = {
      ...bearer(await at.agentToken()),
      'idempotency-key': 'k',
      'content-type': 'application/octet-stream',
    };
    const post = (byte: number): Promise<Response> =>
      fetch(`${url}/tool`, { method: 'POST', headers, body: new Uint8Array(300_000).fill(byte) });

    expect([(await post(1)).status, (await post(1)).status, (await post(2)).status]).toEqual([200, 409, 422]);
  });

  const one = { method: 'POST', path: '/a/x?q=1', body: '{"b":1}' };
  test.each`
    changed      | other
    ${'method'}  | ${{ ...one, method: 'PUT' }}
    ${'path'}    | ${{ ...one, path: '/b/x?q=1' }}
    ${'query'}   | ${{ ...one, path: '/a/x?q=2' }}
    ${'body'}    | ${{ ...one, body: '{"b":2}' }}
    ${'nothing'} | ${one}
  `(
    'a request under the same key with another $changed is another call',
    async ({ changed, other }: { changed: string; other: typeof one }) => {
      const app = make();
      const inner = make.Router().all('/:name', guard(handler, { torii: at.torii, ...price }));
      app.use(make.json()).use(['/a', '/b'], inner);
      const url = await at.serve(app);
      const headers = {
        ...bearer(await at.agentToken()),
        'idempotency-key': 'k',
        'content-type': 'application/json',
      };
      const ask = ({ path, method, body }: typeof one): Promise<Response> =>
        fetch(url + path, { method, body, headers });
      await ask(one);

      expect((await ask(other)).status).toBe(changed === 'nothing' ? 409 : 422);
    },
  );

  test('a request with a body of nothing has none', async () => {
    const app = make();
    app.post('/tool', guard(handler, { torii: at.torii, ...price }));
    const url = await at.serve(app);

    const response = await fetch(`${url}/tool`, { method: 'POST', headers: bearer(await at.agentToken()) });

    expect(response.status).toBe(200);
  });
});
