import { inspect } from 'node:util';
import { type FaultProxy, type RedisServer, startFaultProxy, startRedis } from '@torii/sandbox/redis';
import { Redis } from 'ioredis';
import type { PromisedStore } from '../../nouns/store.ts';
import { fakeClock, type FakeClock } from '../../testing/fake-clock.ts';
import { allEntries, said, totals } from '../../testing/contract/contract-case.ts';
import { charge, cost, refusing, reservation, starting } from '../../testing/contract/samples.ts';
import { redisStore } from '../redis-store.ts';
import { eventually, redisStoreAt } from '../redis-store.test-support.ts';

let server: RedisServer;
let proxy: FaultProxy;
let clock: FakeClock;
let prefixes = 0;
let prefix = '';

beforeAll(async () => {
  server = await startRedis({ appendonly: 'yes' });
});

beforeEach(async () => {
  proxy = await startFaultProxy(server);
  clock = fakeClock();
  prefix = `connection:${prefixes++}`;
});

afterEach(() => proxy.stop());
afterAll(() => server.stop());

function open(change: { readonly commandTimeoutMs?: number } = {}): Promise<PromisedStore> {
  return redisStoreAt({ redis: proxy.url, prefix, commandTimeoutMs: 2_000, ...change }).open({ clock });
}

const funded = charge('budget', { limit: 1_000n });
const holding = (id: string) => reservation(id, { budgets: [funded] });

describe('a server that is not as it has to be is refused when the store is opened', () => {
  test.each`
    code                        | directives                               | options
    ${'REDIS_EVICTS'}           | ${{ 'maxmemory-policy': 'allkeys-lru' }} | ${{}}
    ${'REDIS_NOT_DURABLE'}      | ${{ appendonly: 'no' }}                  | ${{}}
    ${'REDIS_TOO_FEW_REPLICAS'} | ${{}}                                    | ${{ replicas: 1 }}
    ${'REDIS_IS_REPLICA'}       | ${{ replicaof: ['127.0.0.1', '1'] }}     | ${{}}
  `('$code', async ({ code, directives, options }) => {
    const bad = await startRedis({ appendonly: 'yes', ...directives });

    await expect(redisStoreAt({ redis: bad.url, ...options }).open({ clock })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(`127.0.0.1:${bad.port}`),
    });
    await bad.stop();
  });

  test('REDIS_CLOCK_SKEWED', async () => {
    await expect(redisStore({ redis: server.url, prefix }).open({ clock })).rejects.toMatchObject({
      code: 'REDIS_CLOCK_SKEWED',
    });
  });

  test('STORE_UNAVAILABLE where there is none', async () => {
    await proxy.stop();

    await expect(open()).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining(`127.0.0.1:${proxy.port}`),
    });
  });
});

test('a client that is handed over is copied and left alone', async () => {
  const given = new Redis(server.url, { keyPrefix: 'mine:', lazyConnect: true });
  const store = await redisStoreAt({ redis: given, prefix }).open({ clock });

  await store.reserve(holding('c1'));

  expect(given.status).toBe('wait');
  expect(await server.command('EXISTS', `${prefix}:tenants`)).toBe(1);
  await store.close();
});

describe('a step whose reply is lost is asked for once more, and done once', () => {
  const facts = { reason: 'test' };
  const attempt = 'mine';

  test.each<
    [string, (store: PromisedStore) => Promise<unknown>, (store: PromisedStore) => Promise<{ kind: string }>]
  >([
    ['reserve', async () => {}, (store) => store.reserve(holding('c1'))],
    ['refuse', async () => {}, (store) => store.refuse(refusing('c1'))],
    ['start', held, (store) => store.start(starting('c1'))],
    ['settle', started, (store) => store.settle(cost('c1', 5n))],
    ['release', started, (store) => store.release('c1', facts)],
    ['suspend', started, (store) => store.suspend('c1', facts)],
    ['withdraw', started, (store) => store.withdraw({ id: 'c1', attempt }, facts)],
    ['extend', started, (store) => store.extend(more)],
    ['move', async () => {}, (store) => store.move(credit)],
  ])('%s', async (_, prepare, step) => {
    const store = await open();
    await prepare(store);
    const before = (await allEntries(store)).length;

    proxy.cutReplyAfter(0);
    const answer = await step(store);

    const entries = (await allEntries(store)).slice(before);
    expect(answer.kind).toMatch(/^(?:reserved|refused|started|ended|extended|moved)$/);
    expect(answer).not.toMatchObject({ fresh: false });
    // The deadline of an extension is moved again, which is written again.
    expect(entries).toHaveLength(answer.kind === 'extended' ? 2 : 1);
    await store.close();
  });

  const more = {
    callId: 'c1',
    price: { units: 20n, asset: 'USD/6' },
    amounts: new Map([['USD', 20n]]),
    ttlMs: 30_000,
    policies: 'policies-1',
    facts: {},
  };
  const credit = { id: 'm1', from: undefined, to: 'wallet', currency: 'USD', units: 5n, facts: {} };

  async function held(store: PromisedStore): Promise<void> {
    await store.reserve({ ...holding('c1'), then: { kind: 'hold' } });
  }

  async function started(store: PromisedStore): Promise<void> {
    await store.reserve({ ...holding('c1'), attempt });
  }
});

test('a reservation whose reply is lost starts for the one that asked', async () => {
  const store = await open();
  proxy.cutReplyAfter(0);

  expect(await store.reserve(holding('c1'))).toMatchObject({ kind: 'reserved', fresh: true });
  await store.close();
});

test('what is not told apart by an id is never asked for twice', async () => {
  const store = await open();
  proxy.cutReplyAfter(0);

  const append = store.append([{ type: 'identity.refused', facts: { count: 1 } }]);
  await expect(append).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });

  const types = await eventually(clock, async () => (await allEntries(store)).map(({ type }) => type));
  expect(types).toEqual(['identity.refused']);
  await store.close();
});

test('a reply that does not come in time is an outage, and what was done stays done', async () => {
  const store = await open({ commandTimeoutMs: 50 });
  proxy.swallowReplies();

  await expect(store.reserve(holding('c1'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  proxy.heal();

  const answer = await eventually(clock, () => store.reserve(holding('c1')));
  expect(answer).toMatchObject({ kind: 'reserved', fresh: false });
  await store.close();
});

test('a network that cuts replies again and again makes no call be held twice, and none be lost', async () => {
  const store = await open();
  const rounds = 60;
  const kinds: string[] = [];
  for (let round = 0; round < rounds; round++) {
    proxy.cutReplyAfter((round * 37) % 300);
    const asked = Array.from({ length: 8 }, (_, index) => holding(`c${round}-${index}`));
    const answers = await Promise.all(
      asked.map((request) =>
        store.reserve(request).catch(() => eventually(clock, () => store.reserve(request))),
      ),
    );
    kinds.push(
      ...answers.map((answer) => (answer.kind === 'reserved' && answer.fresh ? 'fresh' : answer.kind)),
    );
  }
  proxy.heal();

  const reserved = (await allEntries(store)).filter(({ type }) => type === 'call.reserved');
  expect(reserved).toHaveLength(100);
  expect(kinds.filter((kind) => kind === 'fresh')).toHaveLength(100);
  expect(kinds.filter((kind) => kind === 'refused')).toHaveLength(rounds * 8 - 100);
  expect(await totals(store, 'budget')).toEqual([0n, 1_000n]);
  await store.close();
});

test('a server that forgot the scripts is told them again', async () => {
  const store = await open();
  await server.command('SCRIPT', 'FLUSH');

  const answers = await Promise.all(
    Array.from({ length: 64 }, (_, index) => store.reserve(holding(`c${index}`))),
  );

  expect(answers.every((answer) => answer.kind === 'reserved' && answer.fresh)).toBe(true);
  await store.close();
});

test('while the server is away every step is refused, and afterwards nothing is missing', async () => {
  const own = await startRedis({ appendonly: 'yes', appendfsync: 'always' });
  const store = await redisStoreAt({ redis: own.url }).open({ clock });
  const first = await store.reserve(holding('c1'));

  await own.kill();
  await expect(store.reserve(holding('c2'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  await own.restart();

  const record = await eventually(clock, () => store.call('c1'));
  expect(record).toMatchObject({ id: 'c1', state: 'started' });
  expect(said(await store.reserve(holding('c2')))).toMatchObject({ kind: 'reserved', fresh: true });
  expect(first.version).toBe(1);
  await store.close();
  await own.stop();
});

test('a server that comes back as it must not be gets no calls and is said to be wrong, until it is put right', async () => {
  const own = await startRedis({ appendonly: 'yes', appendfsync: 'always' });
  const store = await redisStoreAt({ redis: own.url }).open({ clock });
  await own.restart({ 'maxmemory-policy': 'allkeys-lru' });

  const message = await eventually(clock, () =>
    store.reserve(holding('c1')).then(
      () => 'granted',
      (error: Error) =>
        error.message.includes('being') || error.message.includes('down')
          ? Promise.reject(error)
          : error.message,
    ),
  );
  expect(message).toContain('allkeys-lru');

  await own.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
  await eventually(clock, () => store.reserve(holding('c2')));
  expect(await store.call('c1')).toBeUndefined();
  await store.close();
  await own.stop();
});

test('a full server denies reservations and lets calls end', async () => {
  const own = await startRedis({ appendonly: 'yes' });
  const store = await redisStoreAt({ redis: own.url }).open({ clock });
  await store.reserve(holding('c1'));
  await own.command('CONFIG', 'SET', 'maxmemory', '1mb');

  await expect(store.reserve(holding('c2'))).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('memory is full'),
  });
  expect(await store.settle(cost('c1', 5n))).toMatchObject({ kind: 'ended', first: true });
  await store.close();
  await own.stop();
});

test('no failure says what was asked', async () => {
  const store = await open();
  const secret = { ...holding('c1'), facts: { note: 'my-secret' } };
  const failures: unknown[] = [];
  const failing = async (): Promise<void> => {
    const failed = store.reserve(secret).catch((error: unknown) => failures.push(error));
    await clock.advance(10_000);
    await failed;
  };

  await server.command('CONFIG', 'SET', 'maxmemory', '1mb');
  await failing();
  await server.command('CONFIG', 'SET', 'maxmemory', '0');
  proxy.reset();
  await failing();
  await failing();

  expect(failures).toHaveLength(3);
  for (const failure of failures) {
    expect(failure).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(inspect(failure, { depth: null, showHidden: true })).not.toContain('my-secret');
  }
  await store.close();
});

test('a store that is closed answers nothing', async () => {
  const store = await open();
  await store.close();
  await store.close();

  await expect(store.call('c1')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
});
