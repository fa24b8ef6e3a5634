import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RedisServer, startRedis } from '@torii/sandbox/redis';
import type { EndpointRecord } from '../../nouns/outbox.ts';
import type { Store } from '../../nouns/store.ts';
import { sqliteLedger } from '../../stores/sqlite/sqlite-ledger.ts';
import { allEntries } from '../../testing/contract/contract-case.ts';
import { delivery, tryEnded } from '../../testing/contract/samples.ts';
import { type FakeClock, fakeClock } from '../../testing/fake-clock.ts';
import { PARTS, slotKeys } from '../keys.ts';
import { eventually, redisStoreAt } from '../redis-store.test-support.ts';

const ENDPOINT = 'https://hook.test';
const made: EndpointRecord = {
  id: 'e1',
  state: 'active',
  revision: 1,
  settings: { url: ENDPOINT, events: ['approval.*'], secrets: [{ value: 'whsec_c2VjcmV0' }] },
};

let server: RedisServer;
let clock: FakeClock;
let store: Store;
let directory = '';

beforeAll(async () => {
  server = await startRedis({ appendonly: 'yes' });
});

beforeEach(async () => {
  clock = fakeClock();
  await server.command('FLUSHALL');
  directory = await mkdtemp(join(tmpdir(), 'torii-kept-'));
  const ledger = sqliteLedger(join(directory, 'ledger.db'));
  store = await redisStoreAt({ redis: server.url, commandTimeoutMs: 2_000, ledger }).open({ clock });
});

afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true });
});

afterAll(() => server.stop());

function key(part: (typeof PARTS)[number]): string {
  return slotKeys('torii', 'default')[PARTS.indexOf(part)] ?? '';
}

async function append(note: string): Promise<void> {
  await store.append([{ type: 'policies.rejected', facts: { note } }]);
}

/** An endpoint that was made at run time, and a dead letter to it. */
async function prepare(): Promise<void> {
  await store.putEndpoint(made, [{ type: 'webhook.endpoint_saved', facts: { endpoint: 'e1' } }]);
  await store.enqueue(ENDPOINT, 1, [delivery('d1', clock.now()), delivery('d2', clock.now())]);
  await store.finish('d1', tryEnded(clock.now(), 'gave-up'));
  await store.drain();
}

async function told(): Promise<unknown> {
  return [
    await store.endpoints(),
    await store.deliveries({ state: 'gave-up', limit: 9 }),
    await store.due(9),
  ];
}

test('whoever drains finds in the ledger what was written before, also while others drain', async () => {
  for (let round = 0; round < 5; round++) {
    await append('first');
    const first = store.drain();
    await append('second');

    await Promise.all([store.drain(), store.drain()]);

    expect(await server.command('XLEN', key('journal'))).toBe(0);
    await first;
  }
  expect(await allEntries(store)).toHaveLength(10);
});

test('drains again after a failure', async () => {
  await append('first');
  await server.command('DEL', key('links'));
  await server.command('HSET', key('head'), 'linked', '1');
  const answers = await Promise.allSettled([store.drain(), store.drain(), store.drain()]);
  await server.command('HSET', key('head'), 'linked', '0');

  await store.drain();

  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(await server.command('XLEN', key('journal'))).toBe(0);
});

test('messages and their receivers stay where only other data was lost, and are listed as before', async () => {
  await prepare();
  const before = await told();
  await server.command('DEL', key('calls'));

  const after = await eventually(clock, told);

  expect(after).toEqual(before);
  expect((await allEntries(store)).map(({ type }) => type)).toEqual([
    'webhook.endpoint_saved',
    'store.rebuilt',
  ]);
});

test('a server that lost everything forgets messages and receivers, and no entry has a secret', async () => {
  await prepare();
  await server.command('FLUSHALL');

  expect(await eventually(clock, told)).toEqual([[], [], []]);
  expect(JSON.stringify(await allEntries(store))).not.toContain('whsec');
});
