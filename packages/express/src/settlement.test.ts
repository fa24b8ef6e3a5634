import { request as httpRequest } from 'node:http';
import { OutcomeUnknownError } from '@torii/engine';
import type { ErrorRequestHandler, Express, RequestHandler } from 'express';
import { guard } from './guard.ts';
import { toriiMiddleware } from './middleware.ts';
import type { ToriiOptions } from './options.ts';
import { toriiOf } from '@torii/engine/http';
import { bearer, versions, world, type World } from './world.test-support.ts';

let at: World;
beforeEach(async () => {
  at = await world();
});
afterEach(() => at.close());

/** Both doors that lead to a handler. */
const doors = [
  {
    door: 'guard',
    mount: (app: Express, handler: RequestHandler, options: ToriiOptions) =>
      app.get('/tool', guard(handler, { torii: at.torii, ...options })),
  },
  {
    door: 'middleware',
    mount: (app: Express, handler: RequestHandler, options: ToriiOptions) =>
      app.get('/tool', toriiMiddleware(at.torii, options), handler),
  },
];
const cases = versions.flatMap((version) => doors.map((door) => ({ ...version, ...door })));

const price = { tool: 'search', price: '1.00 USD' } as const;

/** A promise and the function that resolves it. */
function signal(): { readonly given: Promise<void>; readonly give: () => void } {
  let give = (): void => undefined;
  const given = new Promise<void>((resolve) => (give = resolve));
  return { given, give };
}

describe.each(cases)('the $door of Express $version', ({ express: make, mount }) => {
  async function serve(handler: RequestHandler, options: Partial<ToriiOptions> = {}): Promise<string> {
    const app = make();
    mount(app, handler, { ...price, ...options });
    return `${await at.serve(app)}/tool`;
  }

  const call = async (url: string): Promise<Response> =>
    fetch(url, { headers: bearer(await at.agentToken()) });

  test('charges the price when the handler succeeds, once', async () => {
    const url = await serve((_request, response) => void response.json({}));

    await call(url);

    expect(await at.watch.ended(1)).toEqual(['settle']);
    expect(await at.money()).toEqual({ spent: '1.00', held: '0.00' });
    expect([await at.count('call.reserved'), await at.count('call.settled')]).toEqual([1, 1]);
  });

  test('charges what the handler says, within the hold', async () => {
    const url = await serve((request, response) => {
      expect(toriiOf(request)?.budgets[0]).toMatchObject({ held: 1_000_000n });
      toriiOf(request)?.charge('0.30 USD');
      response.json({ callId: toriiOf(request)?.callId });
    });

    const response = await call(url);

    await at.watch.ended(1);
    expect(await response.json()).toEqual({ callId: expect.stringMatching(/^call_/) });
    expect(await at.money()).toEqual({ spent: '0.30', held: '0.00' });
  });

  test('charges what the option says of the ended response, and asks it once', async () => {
    let asked = 0;
    const url = await serve((_request, response) => void response.set('x-used', '3').json({}), {
      charged: (_request, response) => {
        asked += 1;
        return `0.0${String(response.getHeader('x-used'))} USD`;
      },
    });

    await call(url);

    await at.watch.ended(1);
    expect([asked, await at.money()]).toEqual([1, { spent: '0.03', held: '0.00' }]);
  });

  test.each([[400], [404], [500], [503]])('returns the money when the handler answers %s', async (status) => {
    const url = await serve((_request, response) => void response.status(status).json({}));

    await call(url);

    expect(await at.watch.ended(1)).toEqual(['release']);
    expect(await at.money()).toEqual({ spent: '0.00', held: '0.00' });
  });

  test.each([[200], [204], [302], [399]])('charges when the handler answers %s', async (status) => {
    const url = await serve((_request, response) => void response.status(status).end());

    await fetch(url, { headers: bearer(await at.agentToken()), redirect: 'manual' });

    expect(await at.watch.ended(1)).toEqual(['settle']);
  });

  test('asks the option whether a response means success', async () => {
    const url = await serve((_request, response) => void response.json({ error: 'none' }), {
      succeeded: () => false,
    });

    await call(url);

    expect(await at.watch.ended(1)).toEqual(['release']);
  });

  test('leaves errors of the handler to Express, and returns the money', async () => {
    const url = await serve(() => {
      throw Object.assign(new Error('teapot'), { status: 418 });
    });

    const response = await call(url);

    expect(response.status).toBe(418);
    expect(await at.watch.ended(1)).toEqual(['release']);
  });

  test('charges what a handler has spent before it failed', async () => {
    const url = await serve((request) => {
      toriiOf(request)?.charge('0.40 USD');
      throw new Error('too late');
    });

    const response = await call(url);

    await at.watch.ended(1);
    expect([response.status, await at.money()]).toEqual([500, { spent: '0.40', held: '0.00' }]);
  });

  test('charges a handler that fails halfway through its answer, unless it says what it cost', async () => {
    const url = await serve((request, response) => {
      if (request.query['free'] === 'yes') toriiOf(request)?.charge('0 USD');
      response.write('first');
      throw new Error('halfway');
    });
    const read = async (query: string): Promise<string> => (await call(url + query)).text();

    await expect(read('')).rejects.toThrow('terminated');
    await at.watch.ended(1);
    const halfway = await at.money();
    await expect(read('?free=yes')).rejects.toThrow('terminated');

    expect(await at.watch.ended(2)).toEqual(['settle', 'settle']);
    expect([halfway, await at.money()]).toEqual([
      { spent: '1.00', held: '0.00' },
      { spent: '1.00', held: '0.00' },
    ]);
  });

  test.each([
    [200, 'settle'],
    [500, 'release'],
  ])('takes the word of an error handler that answers %s', async (status, end) => {
    const app = make();
    mount(app, () => raise(new Error('no')), price);
    const recover: ErrorRequestHandler = (_error, _request, response, _next) =>
      void response.status(status).end();
    const url = await at.serve(app.use(recover));

    const response = await call(`${url}/tool`);

    expect([response.status, await at.watch.ended(1)]).toEqual([status, [end]]);
  });

  test('keeps the hold when the handler says that nobody knows what it cost', async () => {
    const url = await serve((request, response) => {
      toriiOf(request)?.suspend('the reply of the seller was lost');
      response.status(502).json({});
    });

    await call(url);

    expect(await at.watch.ended(1)).toEqual(['suspend']);
    expect(await at.money()).toEqual({ spent: '0.00', held: '1.00' });
    expect(await at.torii.calls.unresolved()).toHaveLength(1);
  });

  test.each(['finish', 'close'])('keeps the hold when who hears of the `%s` says so', async (event) => {
    const url = await serve((request, response) => {
      response.on(event, () => toriiOf(request)?.suspend('the seller never confirmed'));
      response.json({});
    });

    await call(url);

    expect(await at.watch.ended(1)).toEqual(['suspend']);
  });

  test('knows the call of a request on which a parser has put what it calls `raw`', async () => {
    const app = make();
    app.use((request, _response, next) => {
      Object.assign(request, { raw: Buffer.from('{}') });
      next();
    });
    mount(app, (request, response) => void response.json({ tool: toriiOf(request)?.call.tool }), price);

    const response = await call(`${await at.serve(app)}/tool`);

    expect(await response.json()).toEqual({ tool: 'search' });
  });

  test('keeps the hold when an amount is none, and the handler is told', async () => {
    const url = await serve((request) => toriiOf(request)?.charge('lots'));

    const response = await call(url);

    expect([response.status, await at.watch.ended(1)]).toEqual([500, ['suspend']]);
  });

  test.each([
    ['charged', { charged: () => Promise.reject(new Error('no')) }],
    ['succeeded', { succeeded: () => raise(new Error('no')) }],
    ['charged', { charged: () => 'lots' }],
  ])('keeps the hold when `%s` fails', async (_name, options) => {
    const url = await serve((_request, response) => void response.json({}), options);

    const response = await call(url);

    expect([response.status, await at.watch.ended(1)]).toEqual([200, ['suspend']]);
  });

  test('streams chunk by chunk, and charges once at the end', async () => {
    const received = signal();
    const url = await serve(async (_request, response) => {
      response.write('first');
      await received.given;
      response.end('second');
    });

    const response = await call(url);
    const chunks: string[] = [];
    for await (const chunk of response.body ?? []) {
      chunks.push(Buffer.from(chunk).toString());
      if (chunks.length === 1) {
        expect((await at.money()).held).toBe('1.00');
        received.give();
      }
    }

    expect(chunks).toEqual(['first', 'second']);
    await at.watch.ended(1);
    expect([await at.count('call.settled'), await at.money()]).toEqual([1, { spent: '1.00', held: '0.00' }]);
  });

  test('charges a client that leaves while its handler works, whatever `succeeded` would say', async () => {
    const working = signal();
    const done = signal();
    const handler: RequestHandler = async (_request, response) => {
      working.give();
      await done.given;
      response.json({});
    };
    const url = await serve(handler, { succeeded: () => false });
    const client = httpRequest(url, { headers: bearer(await at.agentToken()) }).on('error', () => undefined);
    client.end();
    await working.given;

    client.destroy();

    expect(await at.watch.ended(1)).toEqual(['settle']);
    done.give();
    expect([await at.money(), await at.count('call.settled')]).toEqual([{ spent: '1.00', held: '0.00' }, 1]);
  });

  test('charges a client that leaves a stream what the handler has said so far', async () => {
    const url = await serve((request, response) => {
      toriiOf(request)?.charge('0.20 USD');
      response.write('first');
    });
    const client = httpRequest(url, { headers: bearer(await at.agentToken()) }).on('error', () => undefined);
    client.end();
    client.on('response', (response) =>
      response.on('error', () => undefined).once('data', () => client.destroy()),
    );

    expect(await at.watch.ended(1)).toEqual(['settle']);
    expect((await at.money()).spent).toBe('0.20');
  });

  test('charges the price of a stream that its client leaves, whatever `charged` would say of the half', async () => {
    const url = await serve((_request, response) => void response.write('first'), {
      charged: () => '0.20 USD',
    });
    const client = httpRequest(url, { headers: bearer(await at.agentToken()) }).on('error', () => undefined);
    client.end();
    client.on('response', (response) =>
      response.on('error', () => undefined).once('data', () => client.destroy()),
    );

    expect(await at.watch.ended(1)).toEqual(['settle']);
    expect((await at.money()).spent).toBe('1.00');
  });

  test('charges once when the client leaves after the answer', async () => {
    const url = await serve((_request, response) => void response.json({}));
    const client = httpRequest(url, { headers: bearer(await at.agentToken()) }).on('error', () => undefined);
    client.end();
    const left = signal();
    client.on('response', (response) => {
      response.resume().once('end', () => client.destroy());
      client.once('close', left.give);
    });
    await left.given;

    expect(await at.watch.ended(1)).toEqual(['settle']);
    expect(await at.count('call.settled')).toBe(1);
  });

  test('runs nothing and costs nothing when the client left while we were deciding', async () => {
    let runs = 0;
    const closed = signal();
    const decided = signal();
    const app = make();
    app.use((_request, response, next) => {
      response.once('close', closed.give);
      next();
    });
    mount(app, () => void (runs += 1), price);
    const url = await at.serve(app);
    at.watch.gate = decided.given;
    const client = httpRequest(`${url}/tool`, { headers: bearer(await at.agentToken()) }).on(
      'error',
      () => undefined,
    );
    client.end();
    await at.watch.reserved();

    client.destroy();
    await closed.given;
    decided.give();

    expect(await at.watch.ended(1)).toEqual(['release']);
    expect([runs, await at.money()]).toEqual([0, { spent: '0.00', held: '0.00' }]);
  });

  test('runs nothing when a timeout has answered while we were deciding', async () => {
    let runs = 0;
    const decided = signal();
    const app = make();
    app.use((_request, response, next) => {
      void at.watch.reserved().then(() => response.status(503).end());
      next();
    });
    mount(app, () => void (runs += 1), price);
    const url = await at.serve(app);
    at.watch.gate = decided.given;

    const response = await call(`${url}/tool`);
    decided.give();

    expect([response.status, await at.watch.ended(1), runs]).toEqual([503, ['release'], 0]);
  });

  test.each([
    ['allowed', [], ['release']],
    ['denied', ['reserve'], []],
  ] as const)(
    'leaves another answer alone that has begun while we were deciding that the call is %s',
    async (_verdict, broken, ends) => {
      let runs = 0;
      const decided = signal();
      const over = signal();
      const app = make();
      app.use((_request, response, next) => {
        void at.watch.reserved().then(async () => {
          response.write('an answer ');
          await over.given;
          response.end('of another');
        });
        next();
      });
      const onDecision = (): void => void setImmediate(() => setImmediate(over.give));
      mount(app, () => void (runs += 1), { ...price, onDecision });
      const url = await at.serve(app);
      at.watch.gate = decided.given;
      at.watch.broken = broken;

      const response = await call(`${url}/tool`);
      decided.give();

      expect([await response.text(), runs]).toEqual(['an answer of another', 0]);
      expect(await at.watch.ended(ends.length)).toEqual(ends);
    },
  );

  test('survives a store that goes down while the handler works: the answer is sent and the hold stays', async () => {
    const url = await serve((_request, response) => {
      at.watch.broken = ['settle'];
      response.json({ ran: true });
    });

    const response = await call(url);

    expect([response.status, await response.json()]).toEqual([200, { ran: true }]);
    expect(await at.money()).toEqual({ spent: '0.00', held: '1.00' });
  });

  test('returns the money of a request that no route answers', async () => {
    const url = await serve((_request, _response, next) => next());

    const response = await call(url);

    expect([response.status, await at.watch.ended(1)]).toEqual([404, ['release']]);
  });
});

describe.each(versions)('guard in Express $version', ({ express: make }) => {
  const failures: readonly [string, RequestHandler][] = [
    ['throws', () => raise(new OutcomeUnknownError('the reply was lost'))],
    ['rejects', () => Promise.reject(new OutcomeUnknownError('the reply was lost'))],
    ['passes to next', (_request, _response, next) => next(new OutcomeUnknownError('the reply was lost'))],
    ['times out with', () => Promise.reject(Object.assign(new Error('timed out'), { name: 'TimeoutError' }))],
  ];
  test.each(failures)('keeps the hold of a handler that %s what nobody knows', async (_how, handler) => {
    const app = make();
    app.get('/tool', guard(handler, { torii: at.torii, ...price }));
    const url = await at.serve(app);

    const response = await fetch(`${url}/tool`, { headers: bearer(await at.agentToken()) });

    expect([response.status, await at.watch.ended(1)]).toEqual([500, ['suspend']]);
    expect((await at.money()).held).toBe('1.00');
  });

  test('runs once under one key, and is charged, when a timeout answers while the handler works', async () => {
    let runs = 0;
    const working = signal();
    const done = signal();
    const app = make();
    app.use((_request, response, next) => {
      if (runs === 0) void working.given.then(() => response.status(503).end());
      next();
    });
    const handler: RequestHandler = async () => {
      runs += 1;
      working.give();
      await done.given;
    };
    app.get('/tool', guard(handler, { torii: at.torii, ...price }));
    const url = await at.serve(app);
    const headers = { ...bearer(await at.agentToken()), 'idempotency-key': 'k-1' };

    const response = await fetch(`${url}/tool`, { headers });
    const ends = await at.watch.ended(1);
    const again = await fetch(`${url}/tool`, { headers });
    done.give();

    expect([response.status, ends, again.status, runs]).toEqual([503, ['settle'], 409, 1]);
    expect(await at.money()).toEqual({ spent: '1.00', held: '0.00' });
  });

  test('returns the money of a handler that answers last of all that it failed', async () => {
    const handler: RequestHandler = (_request, response) =>
      new Promise<void>((resolve) => {
        setImmediate(() => {
          response.status(503).end();
          resolve();
        });
      });
    const app = make();
    app.get('/tool', guard(handler, { torii: at.torii, ...price }));
    const url = await at.serve(app);

    await fetch(`${url}/tool`, { headers: bearer(await at.agentToken()) });

    expect(await at.watch.ended(1)).toEqual(['release']);
  });

  test('leaves a rejected handler to the error handlers', async () => {
    const app = make();
    app.get(
      '/tool',
      guard(() => Promise.reject(undefined), { torii: at.torii, ...price }),
    );
    const url = await at.serve(app);

    const response = await fetch(`${url}/tool`, { headers: bearer(await at.agentToken()) });

    expect([response.status, await at.watch.ended(1)]).toEqual([500, ['release']]);
  });
});

function raise(error: Error): never {
  throw error;
}
