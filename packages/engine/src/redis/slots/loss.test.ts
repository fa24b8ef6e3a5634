import { type RedisServer, startRedis } from '@torii/sandbox/redis';
import type { PromisedStore } from '../../nouns/store.ts';
import { allEntries, totals } from '../../testing/contract/contract-case.ts';
import { charge, reservation } from '../../testing/contract/samples.ts';
import { fakeClock, type FakeClock } from '../../testing/fake-clock.ts';
import { slotKeys } from '../keys.ts';
import { eventually, redisStoreAt } from '../redis-store.test-support.ts';

let server: RedisServer;
let clock: FakeClock;
const opened: PromisedStore[] = [];

beforeAll(async () => {
  server = await startRedis({ appendonly: 'yes' });
});

beforeEach(async () => {
  clock = fakeClock();
  await server.command('FLUSHALL');
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});

afterAll(() => server.stop());

async function open(change: { readonly acceptLoss?: string } = {}): Promise<PromisedStore> {
  const store = await redisStoreAt({ redis: server.url, commandTimeoutMs: 2_000, ...change }).open({ clock });
  opened.push(store);
  return store;
}

const holding = (id: string) => reservation(id, { budgets: [charge('budget')] });
const HEAD = slotKeys('torii', 'default')[0] ?? '';

/** What a process is told once it has looked at what is there. */
function told(store: PromisedStore): Promise<string> {
  return eventually(clock, () =>
    store.reserve(holding('later')).then(
      () => 'granted',
      (error: Error) =>
        /looked at|lost its data/.test(error.message) ? Promise.reject(error) : error.message,
    ),
  );
}

/** The name of the loss that a process tells. */
async function lossToldBy(store: PromisedStore): Promise<string> {
  return /acceptLoss: '(\w+)'/.exec(await told(store))?.[1] ?? '';
}

test('data that was there before is opened as it is', async () => {
  await (await open()).reserve(holding('c1'));

  const again = await open();

  expect(await again.call('c1')).toMatchObject({ id: 'c1' });
  expect(await totals(again, 'budget')).toEqual([0n, 10n]);
});

test.each([
  ['FLUSHALL', ['FLUSHALL']],
  ['DEL of the head', ['DEL', HEAD]],
  ['an older copy', ['HSET', HEAD, 'seq', '1']],
])('after %s nothing is granted by any process, however it was started', async (_, command) => {
  const [one, other] = [await open(), await open()];
  await one.reserve(holding('c1'));
  await one.reserve(holding('c2'));
  await other.call('c1');
  await server.command(...command);

  await expect(one.reserve(holding('c3'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  await expect(other.reserve(holding('c3'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(await told(one)).toContain('2 entries were seen');
  expect(await told(other)).toContain('begin with whole budgets');
  await expect(open()).rejects.toMatchObject({ code: 'STORE_LOST' });
  await expect(open({ acceptLoss: 'another' })).rejects.toMatchObject({ code: 'STORE_LOST' });
});

test('an operator who names the loss begins anew, for every process', async () => {
  const running = await open();
  await running.reserve(holding('c1'));
  await server.command('FLUSHALL');
  const loss = await lossToldBy(running);

  const accepting = await open({ acceptLoss: loss });

  expect(await allEntries(accepting)).toMatchObject([
    { seq: 1, type: 'store.rebuilt', facts: { lost: loss, seen: 1, by: 'operator' } },
  ]);
  expect(await eventually(clock, () => running.reserve(holding('c2')))).toMatchObject({ kind: 'reserved' });
  expect(await totals(accepting, 'budget')).toEqual([0n, 10n]);
});

test('a loss that was accepted once is not accepted again', async () => {
  const running = await open();
  await running.reserve(holding('c1'));
  await server.command('FLUSHALL');
  const loss = await lossToldBy(running);
  const accepting = await open({ acceptLoss: loss });
  await accepting.reserve(holding('c2'));
  await server.command('FLUSHALL');

  expect(await told(accepting)).not.toContain(loss);
  await expect(open({ acceptLoss: loss })).rejects.toMatchObject({ code: 'STORE_LOST' });
});

test('an older copy that an operator accepts goes on with what it has', async () => {
  const running = await open();
  await running.reserve(holding('c1'));
  await server.command('HSET', HEAD, 'seq', '0');
  const loss = await lossToldBy(running);
  await server.command('HSET', HEAD, 'seq', '1');

  const accepting = await open({ acceptLoss: loss });

  expect(await accepting.call('c1')).toMatchObject({ state: 'started' });
  expect(await totals(accepting, 'budget')).toEqual([0n, 10n]);
});

test('data of somebody else in the same place is not judged by', async () => {
  const running = await open();
  await running.reserve(holding('c1'));
  await server.command('FLUSHALL');
  // Started before anybody noticed: it takes the empty server for a new one.
  await open();

  expect(await told(running)).toContain('other data than this process opened');
});

test('a tenant whose data alone is missing is closed alone', async () => {
  const store = await open();
  await store.of('acme').reserve(holding('c1'));
  await server.command('DEL', ...slotKeys('torii', 'acme'));

  expect(await told(store.of('acme'))).toContain('begin with whole budgets');
  expect(await store.reserve(holding('c2'))).toMatchObject({ kind: 'reserved' });
  const another = await open();
  await expect(another.of('acme').call('c1')).rejects.toMatchObject({ code: 'STORE_LOST' });
});

test('a tenant that was used before and has nothing at all is not begun anew by a new process', async () => {
  await (await open()).of('acme').reserve(holding('c1'));
  await server.command('DEL', ...slotKeys('torii', 'acme'));

  const another = await open();

  await expect(another.of('acme').reserve(holding('c2'))).rejects.toMatchObject({
    code: 'STORE_LOST',
    message: expect.stringContaining('unknown'),
  });
});

test('a journal that is ahead of the clock is not opened', async () => {
  await (await open()).reserve(holding('c1'));
  clock.set(clock.now() - 300_001);

  await expect(open()).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('6 minutes ahead'),
  });
});
