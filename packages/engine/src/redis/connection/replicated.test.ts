import {
  type FaultProxy,
  type ReplicatedRedis,
  startFaultProxy,
  startReplicated,
} from '@torii/sandbox/redis';
import type { PromisedStore } from '../../nouns/store.ts';
import { allEntries } from '../../testing/contract/contract-case.ts';
import { charge, cost, reservation, starting } from '../../testing/contract/samples.ts';
import { fakeClock, type FakeClock } from '../../testing/fake-clock.ts';
import { eventually, redisStoreAt } from '../redis-store.test-support.ts';

let redis: ReplicatedRedis;
let proxy: FaultProxy;
let clock: FakeClock;
let store: PromisedStore;

/** Where the proxy leads to; a failover moves it. */
let target: { port: number };

beforeEach(async () => {
  redis = await startReplicated(1, { appendonly: 'yes' });
  target = { port: redis.primary.port };
  proxy = await startFaultProxy(target);
  clock = fakeClock();
  const replicated = {
    durability: 'replicated',
    replicationTimeoutMs: 500,
    commandTimeoutMs: 2_000,
  } as const;
  store = await redisStoreAt({ redis: proxy.url, ...replicated }).open({ clock });
});

afterEach(async () => {
  await store.close();
  await proxy.stop();
  await redis.stop();
});

const [primary, replica] = [() => redis.primary, () => redis.replicas[0] ?? redis.primary];
const holding = (id: string, attempt = id) => reservation(id, { budgets: [charge('budget')], attempt });

/** How many things were written since the server was started. */
async function changes(): Promise<number> {
  const info = String(await primary().command('INFO', 'persistence'));
  return Number(/rdb_changes_since_last_save:(\d+)/.exec(info)?.[1]);
}

test('what is handed out is on the replica too', async () => {
  await store.reserve(holding('c1'));
  await primary().kill();
  await replica().command('REPLICAOF', 'NO', 'ONE');
  target.port = replica().port;
  // The promoted one has no replica yet, and is refused until it has.
  await primary().restart({ replicaof: ['127.0.0.1', String(replica().port)] });
  await primary().logged('Finished with success');

  const record = await eventually(clock, () => store.call('c1'));

  expect(record).toMatchObject({ state: 'started' });
});

test('a primary that became a replica while everybody stayed connected is left for the new one', async () => {
  await store.reserve(holding('c1'));
  await replica().command('REPLICAOF', 'NO', 'ONE');
  target.port = replica().port;
  await primary().command('REPLICAOF', '127.0.0.1', String(replica().port));

  const answer = await eventually(clock, () => store.reserve(holding('c2')));

  expect(answer).toMatchObject({ kind: 'reserved', budgets: [{ held: 20n }] });
});

test('64 reservations at once wait for the replica together', async () => {
  const answers = await Promise.all(
    Array.from({ length: 64 }, (_, index) => store.reserve(holding(`c${index}`))),
  );

  expect(answers.filter(({ kind }) => kind === 'reserved')).toHaveLength(10);
  expect(answers.filter(({ kind }) => kind === 'refused')).toHaveLength(54);
});

test('what the replica does not have in time is not handed out, and its start is taken back', async () => {
  replica().pause();
  await expect(store.reserve(holding('c1'))).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('0 of 1 replicas'),
  });
  replica().resume();

  const types = await eventually(clock, async () => {
    const found = (await allEntries(store)).map(({ type }) => type);
    return found.includes('call.released')
      ? found
      : eventually(clock, () => store.reserve(holding('c2')).then(() => found));
  });
  expect(types.slice(0, 2)).toEqual(['call.reserved', 'call.released']);
  // The id is as if it had never been used.
  expect(await store.reserve(holding('c1', 'another'))).toMatchObject({ kind: 'reserved', fresh: true });
});

test('a held call whose start the replica does not have is not started', async () => {
  await store.reserve({ ...holding('c1'), then: { kind: 'hold' } });
  replica().pause();

  await expect(store.start(starting('c1'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  await expect(store.settle(cost('c1', 1n))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  replica().resume();
});

test('an answer that is given again writes something: newer servers wait for nothing else', async () => {
  await store.reserve(holding('c1'));
  const before = await changes();

  expect(await store.reserve(holding('c1'))).toMatchObject({ kind: 'reserved' });

  expect(await changes()).toBeGreaterThan(before);
  expect(await allEntries(store)).toHaveLength(1);
});

test('reading waits for nobody', async () => {
  await store.reserve(holding('c1'));
  replica().pause();

  expect(await store.call('c1')).toMatchObject({ id: 'c1' });
  replica().resume();
});

test('a replica that was promoted although it is behind is not judged by', async () => {
  await store.reserve(holding('c1'));
  await replica().command('REPLICAOF', 'NO', 'ONE');
  const alone = await redisStoreAt({ redis: primary().url }).open({ clock });
  await alone.reserve(holding('c2'));

  // Both have the same epoch; only the version tells them apart.
  await store.call('c2');
  target.port = replica().port;
  await primary().restart({ replicaof: ['127.0.0.1', String(replica().port)] });
  await primary().logged('Finished with success');

  const message = await eventually(clock, () =>
    store.reserve(holding('c3')).then(
      () => 'granted',
      (error: Error) =>
        error.message.includes('begin with whole budgets') ? error.message : Promise.reject(error),
    ),
  );
  expect(message).toContain('2 entries were seen');
  await expect(redisStoreAt({ redis: replica().url }).open({ clock })).rejects.toMatchObject({
    code: 'STORE_LOST',
  });
  await alone.close();
});
