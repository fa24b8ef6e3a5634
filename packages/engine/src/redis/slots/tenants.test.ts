import { testRedis } from '@torii/sandbox/redis';
import { Redis } from 'ioredis';
import type { PromisedStore } from '../../nouns/store.ts';
import { allEntries, totals } from '../../testing/contract/contract-case.ts';
import { charge, reservation } from '../../testing/contract/samples.ts';
import { fakeClock, type FakeClock } from '../../testing/fake-clock.ts';
import { slotKeys } from '../keys.ts';
import { redisStoreAt } from '../redis-store.test-support.ts';

const redis = await testRedis();
const opened: PromisedStore[] = [];
let clock: FakeClock;
let prefix = '';
let prefixes = 0;

beforeEach(() => {
  clock = fakeClock();
  prefix = `${redis.prefix}:${prefixes++}`;
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});

afterAll(() => redis.stop());

async function open(url = redis.url): Promise<PromisedStore> {
  const options = { redis: url, prefix, ephemeral: true, commandTimeoutMs: 5_000 };
  const store = await redisStoreAt(options).open({ clock });
  opened.push(store);
  return store;
}

async function activate(store: PromisedStore, hash: string): Promise<void> {
  const by = { author: 'ada', note: '' };
  const { number } = await store.saveRevision({ hash, documents: '[]', ...by });
  await store.activateRevision({ number, ...by });
}

const holding = (id: string, policies?: string) => reservation(id, { budgets: [charge('budget')], policies });

test('tenants share nothing: no money, no calls, no journal', async () => {
  const store = await open();
  await store.of('a').reserve(holding('c1'));
  await store.of('b').append([{ type: 'identity.refused', facts: { count: 1 } }]);

  expect(await totals(store.of('a'), 'budget')).toEqual([0n, 10n]);
  expect(await totals(store.of('b'), 'budget')).toEqual([0n, 0n]);
  expect(await store.of('b').call('c1')).toBeUndefined();
  expect((await allEntries(store.of('b'))).map(({ seq, type }) => [seq, type])).toEqual([
    [1, 'identity.refused'],
  ]);
});

test('a tenant has one store in a process, and the first is that of the default tenant', async () => {
  const store = await open();

  expect(store.of('a')).toBe(store.of('a'));
  expect(store.of('default')).toBe(store);
  expect(store.of('a').of('default')).toBe(store);
});

test('all stores are those of every process, the default one first', async () => {
  const [one, other] = [await open(), await open()];
  await one.of('b').call('c1');
  await other.of('a').call('c1');

  expect(await one.all()).toEqual([one, one.of('a'), one.of('b')]);
  expect(await one.of('a').all()).toEqual([one, one.of('a'), one.of('b')]);
});

test('a name with braces chooses no slot', async () => {
  const store = await open();
  await store.of('{x}:a').reserve(holding('c1'));

  expect(await totals(store.of('{x}:b'), 'budget')).toEqual([0n, 0n]);
});

test('policies that are activated anywhere are active for every tenant of every process', async () => {
  const [one, other] = [await open(), await open()];
  await one.of('a').call('c1');
  await activate(other.of('b'), 'new');

  for (const store of [one, one.of('a'), other.of('b'), other.of('later')]) {
    expect(await store.reserve(holding('c1', 'old'))).toMatchObject({
      kind: 'stale-policies',
      active: 'new',
    });
    expect(await store.reserve(holding('c1', 'new'))).toMatchObject({ kind: 'reserved' });
    expect(await store.activeRevision()).toMatchObject({ revision: { hash: 'new' } });
  }
});

test('nobody is served by a tenant that others cannot know of: they would not tell it of policies', async () => {
  const client = new Redis(redis.url);
  await client.acl('SETUSER', prefix, 'on', '>secret', '~*', '&*', '+@all');
  const url = new URL(redis.url);
  const store = await open(`redis://${encodeURIComponent(prefix)}:secret@${url.host}`);
  await client.acl('SETUSER', prefix, '-sadd');
  for (const id of ['c1', 'c2'])
    await expect(store.of('late').reserve(holding(id))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });

  await client.acl('SETUSER', prefix, '+sadd');

  expect(await store.of('late').reserve(holding('c3'))).toMatchObject({ kind: 'reserved' });
  expect(await store.all()).toEqual([store, store.of('late')]);
  await store.close();
  await client.acl('DELUSER', prefix);
  client.disconnect();
});

test('a tenant that missed the news is told by the next sweep of anybody', async () => {
  const [one, other] = [await open(), await open()];
  await activate(one, 'first');
  await one.of('a').call('c1');
  const broken = one.of('a');
  await activate(one, 'second');
  // As if nobody could have told it: an older set, and an activation that it does not know of.
  await forgetNews('a');
  expect(await broken.reserve(holding('c1', 'second'))).toMatchObject({ kind: 'stale-policies' });

  await other.expire(1);

  expect(await broken.reserve(holding('c1', 'second'))).toMatchObject({ kind: 'reserved' });
});

async function forgetNews(tenant: string): Promise<void> {
  const client = new Redis(redis.url);
  await client.hset(slotKeys(prefix, tenant)[0] ?? '', { policies: 'first', activation: 1 });
  client.disconnect();
}
