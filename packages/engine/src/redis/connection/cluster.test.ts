import { type RedisCluster, startCluster } from '@torii/sandbox/redis';
import { Cluster } from 'ioredis';
import type { PromisedStore } from '../../nouns/store.ts';
import { totals } from '../../testing/contract/contract-case.ts';
import { charge, cost, reservation } from '../../testing/contract/samples.ts';
import { fakeClock } from '../../testing/fake-clock.ts';
import { storeContract } from '../../testing/store-contract.ts';
import { eventually, redisStoreAt } from '../redis-store.test-support.ts';

let cluster: RedisCluster;
let given: Cluster;
let prefixes = 0;

beforeAll(async () => {
  cluster = await startCluster({ appendonly: 'yes' });
  given = new Cluster(
    cluster.primaries.map(({ port }) => ({ host: '127.0.0.1', port })),
    { lazyConnect: true },
  );
});

afterAll(async () => {
  given.disconnect();
  await cluster.stop();
});

const holding = (id: string) => reservation(id, { budgets: [charge('budget', { limit: 100n })] });
const clock = fakeClock();

function open(change: { readonly durability?: 'replicated' } = {}): Promise<PromisedStore> {
  const prefix = `cluster:${prefixes++}`;
  return redisStoreAt({ redis: given, prefix, commandTimeoutMs: 5_000, ...change }).open({ clock });
}

describe('on a cluster the contract holds', () => {
  for (const { title, run } of storeContract().filter((_, index) => index % 5 === 0)) {
    test(title, () =>
      run(async () => {
        const still = fakeClock();
        const options = { redis: given, prefix: `cluster:${prefixes++}`, commandTimeoutMs: 10_000 };
        return { store: await redisStoreAt(options).open({ clock: still }), clock: still };
      }),
    );
  }
});

test('tenants lie on every member, and each is one slot', async () => {
  const store = await open();
  const tenants = Array.from({ length: 24 }, (_, index) => `tenant-${index}`);

  const answers = await Promise.all(tenants.map((tenant) => store.of(tenant).reserve(holding('c1'))));

  expect(answers.every(({ kind }) => kind === 'reserved')).toBe(true);
  expect(await store.all()).toHaveLength(25);
  const sizes = await Promise.all(cluster.primaries.map((server) => server.command('DBSIZE')));
  expect(sizes.every((size) => Number(size) > 0)).toBe(true);
  await store.close();
});

test('what is handed out in `replicated` is on the replica of the member that has it', async () => {
  const store = await open({ durability: 'replicated' });
  const tenants = Array.from({ length: 6 }, (_, index) => `tenant-${index}`);

  for (const tenant of tenants) {
    await store.of(tenant).reserve(holding('c1'));
    expect(await store.of(tenant).settle(cost('c1', 3n))).toMatchObject({ kind: 'ended', first: true });
  }
  await store.close();
});

test('when a member is killed its replica takes over, and the others go on meanwhile', async () => {
  const store = await open({ durability: 'replicated' });
  const tenants = Array.from({ length: 12 }, (_, index) => `tenant-${index}`);
  for (const tenant of tenants) await store.of(tenant).reserve(holding('c1'));

  await cluster.primaries[0]?.kill();
  const during = await Promise.allSettled(tenants.map((tenant) => store.of(tenant).call('c1')));
  await cluster.replicas[0]?.logged('Cluster state changed: ok');

  expect(during.some(({ status }) => status === 'fulfilled')).toBe(true);
  await cluster.primaries[0]?.restart();
  for (const tenant of tenants) {
    expect(await eventually(clock, () => totals(store.of(tenant), 'budget'))).toEqual([0n, 10n]);
    expect(await eventually(clock, () => store.of(tenant).reserve(holding('c2')))).toMatchObject({
      kind: 'reserved',
    });
  }
  await store.close();
});
