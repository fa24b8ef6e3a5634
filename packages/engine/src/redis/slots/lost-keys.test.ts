import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RedisServer, startRedis } from '@torii/sandbox/redis';
import type { PromisedStore } from '../../nouns/store.ts';
import { verifyJournal } from '../../record/record.ts';
import { sqliteLedger } from '../../stores/sqlite/sqlite-ledger.ts';
import { carving, credit, ofCarveOut, ofWallet } from '../../testing/contract/account-samples.ts';
import { allEntries, assertSound, totals } from '../../testing/contract/contract-case.ts';
import {
  call,
  charge,
  cost,
  HOUR_MS,
  POLICIES,
  refusing,
  reservation,
  rolling,
  waitFor,
} from '../../testing/contract/samples.ts';
import { fakeClock, type FakeClock } from '../../testing/fake-clock.ts';
import { PARTS, slotKeys } from '../keys.ts';
import { eventually, redisStoreAt } from '../redis-store.test-support.ts';
import { run, type Slot } from '../script.ts';
import { EXPIRE } from '../scripts/expire.ts';

let server: RedisServer;
let clock: FakeClock;
let directory = '';
const opened: PromisedStore[] = [];

beforeAll(async () => {
  server = await startRedis({ appendonly: 'yes' });
});

beforeEach(async () => {
  clock = fakeClock();
  await server.command('FLUSHALL');
  directory = await mkdtemp(join(tmpdir(), 'torii-lost-'));
});

afterEach(async () => {
  await closeAll();
  await rm(directory, { recursive: true });
});

afterAll(() => server.stop());

async function closeAll(): Promise<void> {
  await Promise.all(opened.splice(0).map((store) => store.close()));
}

type Change = { readonly acceptLoss?: string; readonly ledger?: ReturnType<typeof sqliteLedger> };

async function open(change: Change = {}): Promise<PromisedStore> {
  const store = await redisStoreAt({ redis: server.url, commandTimeoutMs: 2_000, ...change }).open({ clock });
  opened.push(store);
  return store;
}

const keyOf = (part: (typeof PARTS)[number], tenant = 'default'): string =>
  slotKeys('torii', tenant)[PARTS.indexOf(part)] ?? '';
const facts = { note: 'test' };
const thief = {
  kind: 'agent',
  issuer: 'https://issuer.test',
  tenant: 'acme',
  owner: 'ada',
  agent: 'thief',
} as const;
const spending = (id: string) => reservation(id, { budgets: [charge('budget')], ttlMs: 10 * HOUR_MS });

/** One of everything, 90 of 100 of the budget among it. */
async function fill(store: PromisedStore): Promise<void> {
  const documents = '{}';
  await store.saveRevision({ hash: POLICIES, documents, author: 'ada', note: '' });
  await store.activateRevision({ number: 1, author: 'ada', note: '' });
  for (let index = 0; index < 9; index++) await store.reserve(spending(`c${index}`));
  for (let index = 0; index < 6; index++) await store.settle(cost(`c${index}`, 10n));
  await store.reserve(reservation('over', { budgets: [charge('frozen')] }));
  await store.settle(cost('over', 101n));
  await store.reserve(reservation('rolled', { budgets: [rolling('slices', clock.now())] }));
  await store.move(credit('m1', { units: 50n }));
  await store.reserve(reservation('paid', { budgets: [ofWallet(10n)] }));
  await store.reserve(carving('carved', 50n, { ttlMs: 10 * HOUR_MS }));
  await store.reserve(reservation('delegated', { budgets: [ofCarveOut('carved')] }));
  await store.reserve(reservation('waits', { then: waitFor('a1') }));
  await store.refuse(refusing('denied'));
  await store.revoke(thief, 'stolen', facts);
}

/** The name of the loss that a process tells once it has looked; undefined where it goes on. */
async function lossToldBy(store: PromisedStore): Promise<string | undefined> {
  const message = await eventually(clock, () =>
    store.expire(0).then(
      () => 'goes on',
      (error: Error) =>
        /looked at|lost its data/.test(error.message) ? Promise.reject(error) : error.message,
    ),
  );
  return /acceptLoss: '(\w+)'/.exec(message)?.[1];
}

/** What may never happen, whatever was lost and whoever accepted it; `known` where money has to be. */
async function assertNothingGiven(store: PromisedStore): Promise<void> {
  expect(await store.reserve(reservation('t1', { call: call('t1', { agent: 'thief' }) }))).toMatchObject({
    denial: { code: 'REVOKED' },
  });
  expect(await store.reserve(reservation('s1', { policies: 'older' }))).toMatchObject({
    kind: 'stale-policies',
  });
  expect(await store.reserve(reservation('f1', { budgets: [charge('frozen')] }))).toMatchObject({
    denial: { code: 'BUDGET_FROZEN' },
  });
  expect(await totals(store, 'budget')).toEqual([60n, 30n]);
  expect(await store.reserve(spending('c0'))).toMatchObject({ kind: 'reserved', fresh: false });
  expect(await store.move(credit('m1', { units: 50n }))).toMatchObject({ kind: 'moved', first: false });
  expect(
    await store.reserve(reservation('big', { budgets: [charge('budget', { amount: 11n })] })),
  ).toMatchObject({
    denial: { code: 'BUDGET_EXCEEDED' },
  });
}

describe('of a slot without its head', () => {
  test('an operator accepts the loss, and money, calls, stops and policies are as before', async () => {
    const running = await open();
    await fill(running);
    const before = await allEntries(running);
    await server.command('DEL', keyOf('head'));
    const loss = await lossToldBy(running);

    const store = await open({ acceptLoss: loss ?? '' });

    await assertNothingGiven(store);
    const entries = await allEntries(store);
    expect(entries.slice(0, before.length)).toEqual(before);
    expect(entries[before.length]).toMatchObject({
      type: 'store.rebuilt',
      facts: { by: 'operator', budgets: 'kept', journal: 'kept' },
    });
    expect(await store.settle(cost('c7', 10n))).toMatchObject({ first: true });
    await clock.advance(11 * HOUR_MS);
    expect(await store.expire(100)).toBeGreaterThan(0);
    expect((await store.unresolved(100)).map(({ id }) => id)).toContain('c8');
    await assertSound(store);
  });

  test.each([
    ['nothing is linked', 0],
    ['some is linked', 3],
    ['a ledger has the beginning', 30],
  ])('the journal goes on where it ends when %s', async (_, last) => {
    const with30 = last === 30 ? { ledger: sqliteLedger(join(directory, 'ledger.db')) } : {};
    const running = await open(with30);
    for (let index = 0; index < last; index++) await running.reserve(reservation(`c${index}`));
    await running.expire(10);
    await running.reserve(reservation('more'));
    await closeAll();
    const witness = await open();
    await witness.call('more');
    await server.command('DEL', keyOf('head'));
    const loss = await lossToldBy(witness);

    const store = await open({ acceptLoss: loss ?? '' });
    await store.reserve(reservation('later'));

    expect((await store.entries({ afterSeq: last, limit: 5 })).map(({ type }) => type)).toEqual([
      'call.reserved',
      'store.rebuilt',
      'call.reserved',
    ]);
    if (last !== 30) expect(await verifyJournal(store)).toMatchObject({ kind: 'intact', entries: last + 3 });
  });

  test.each([
    ['a line', ['XDEL', keyOf('journal'), '3-0']],
    ['every link', ['DEL', keyOf('links')]],
    ['every line', ['DEL', keyOf('journal')]],
  ])('a journal without %s begins anew, and money does not', async (_, command) => {
    const running = await open();
    for (let index = 0; index < 6; index++) await running.reserve(spending(`c${index}`));
    await running.refuse(refusing('denied', { policies: undefined }));
    await allEntries(running);
    if (command[0] === 'DEL' && command[1] === keyOf('links'))
      await server.command('XTRIM', keyOf('journal'), 'MINID', '2');
    await server.command(...command);
    await server.command('DEL', keyOf('head'));
    const loss = await lossToldBy(running);

    const store = await open({ acceptLoss: loss ?? '' });

    expect(await verifyJournal(store)).toMatchObject({ kind: 'intact', entries: 1 });
    expect(await allEntries(store)).toMatchObject([{ facts: { budgets: 'kept', journal: 'anew' } }]);
    expect(await store.denials(call('any'), 5)).toEqual([]);
    expect(await totals(store, 'budget')).toEqual([0n, 60n]);
    expect(await store.settle(cost('c1', 5n))).toMatchObject({ first: true });
    expect(await store.reserve(spending('c2'))).toMatchObject({ kind: 'reserved', fresh: false });
    expect(await verifyJournal(store)).toMatchObject({ kind: 'intact', entries: 2 });
  });
});

describe.each(['calls', 'counters', 'journal', 'moves'] as const)('without %s alone', (part) => {
  test('nothing is granted, and accepting it begins anew what is not there', async () => {
    const running = await open();
    await fill(running);
    await allEntries(running);
    await server.command('DEL', keyOf(part));

    const first = part === 'moves' ? running.move(credit('m1')) : running.reserve(spending('c0'));
    await expect(first).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    const loss = await lossToldBy(running);
    await closeAll();
    await expect(open()).rejects.toMatchObject({ code: 'STORE_LOST' });
    const store = await open({ acceptLoss: loss ?? '' });

    expect(await store.reserve(reservation('s1', { policies: 'older' }))).toMatchObject({
      kind: 'stale-policies',
    });
    const kept = part === 'journal';
    expect(await totals(store, 'budget')).toEqual(kept ? [60n, 30n] : [0n, 0n]);
    const rebuilt = (await allEntries(store)).find(({ type }) => type === 'store.rebuilt');
    expect(rebuilt).toMatchObject({
      facts: { budgets: kept ? 'kept' : 'anew', journal: kept ? 'anew' : 'kept' },
    });
    if (kept) return assertNothingGiven(store);
    await store.reserve(spending('c0'));
    await store.expire(100);
    await assertSound(store);
  });

  test('a ledger makes up for it, with every line that is left', async () => {
    const store = await open({ ledger: sqliteLedger(join(directory, 'ledger.db')) });
    await fill(store);
    await store.drain();
    await store.reserve(reservation('later', { budgets: [charge('another')] }));
    await server.command('DEL', keyOf(part));

    await eventually(clock, () => store.move(credit('m1', { units: 50n })));

    expect(await totals(store, 'budget')).toEqual([60n, 30n]);
    expect(await totals(store, 'another')).toEqual(part === 'journal' ? [0n, 0n] : [0n, 10n]);
    expect(await store.move(credit('m1', { units: 50n }))).toMatchObject({ first: false });
    await assertSound(store);
  });
});

test.each(PARTS)('without %s alone no process gives anything away', async (part) => {
  const store = await open();
  await fill(store);
  await store.drain();
  await server.command('DEL', keyOf(part));

  const answers = await Promise.allSettled([
    store.reserve(reservation('big', { budgets: [charge('budget', { amount: 11n })] })),
    store.reserve(spending('c0')),
    store.start({ callId: 'waits', actionHash: 'action', ttlMs: 1, policies: POLICIES, attempt: 'x' }),
    store.move(credit('m1', { units: 50n })),
    store.reserve(reservation('t1', { call: call('t1', { agent: 'thief' }) })),
  ]);

  for (const answer of answers) {
    if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    else expect(answer.value).not.toMatchObject({ kind: 'reserved', fresh: true });
    if (answer.status === 'fulfilled') expect(answer.value).not.toMatchObject({ kind: 'moved', first: true });
    if (answer.status === 'fulfilled') expect(answer.value).not.toMatchObject({ kind: 'started' });
  }
});

test('a step that failed half way is noticed when the data is opened, and can be accepted', async () => {
  const running = await open();
  await running.reserve(spending('c1'));
  await server.command('DEL', keyOf('index'));
  await server.command('SET', keyOf('index'), 'of somebody else');
  await expect(running.refuse(refusing('denied', { policies: undefined }))).rejects.toThrow(
    'the step failed',
  );
  await server.command('DEL', keyOf('index'));
  const steps = [
    () => running.reserve(spending('c2')),
    () => running.settle(cost('c1', 5n)),
    () => running.release('c1', facts),
    () => running.move(credit('m1')),
  ];
  for (const step of [...steps, ...steps]) await expect(step()).rejects.toThrow('the step failed');
  // A journal that cannot be written moves no money, however often it is asked.
  expect(await totals(running, 'budget')).toEqual([0n, 10n]);
  await closeAll();

  const loss = await open().then(
    () => 'nothing',
    (error: Error) => /acceptLoss: '(\w+)'/.exec(error.message)?.[1],
  );
  const store = await open({ acceptLoss: loss ?? '' });

  expect(await store.reserve(spending('c2'))).toMatchObject({ kind: 'reserved' });
  expect(await totals(store, 'budget')).toEqual([0n, 20n]);
  await assertSound(store);
});

test('an operator who accepted one loss of data that nobody can name has not accepted the next', async () => {
  await (await open()).of('acme').reserve(spending('c1'));
  await closeAll();
  await server.command('DEL', ...slotKeys('torii', 'acme'));
  const loss = await lossToldBy((await open()).of('acme'));
  await closeAll();
  await (await open({ acceptLoss: loss ?? '' })).of('acme').reserve(spending('c1'));
  await closeAll();
  await server.command('DEL', ...slotKeys('torii', 'acme'));

  const again = await open({ acceptLoss: loss ?? '' });

  await expect(again.of('acme').reserve(spending('c1'))).rejects.toMatchObject({ code: 'STORE_LOST' });
});

test('what other data answered late is nothing that the data opened meanwhile is behind of', async () => {
  let epoch = 'before';
  const seen: number[] = [];
  const slot: Slot = {
    keys: slotKeys('torii', 'default'),
    get epoch() {
      return epoch;
    },
    floor: () => 0,
    seen: (version) => void seen.push(version),
    client: {
      evalsha: async () => {
        epoch = 'after';
        return ['expired', 1_000, 1, 0];
      },
      eval: () => Promise.reject(new Error('not expected')),
    },
  };

  await run(slot, EXPIRE, [1]);

  expect(seen).toEqual([]);
});
