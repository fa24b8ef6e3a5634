import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RedisServer, startRedis } from '@torii/sandbox/redis';
import type { Entry } from '../../nouns/entry.ts';
import { carveOutKey } from '../../nouns/hold.ts';
import type { PromisedStore } from '../../nouns/store.ts';
import { verifyJournal } from '../../record/record.ts';
import { sqliteLedger } from '../../stores/sqlite/sqlite-ledger.ts';
import { fakeClock, type FakeClock } from '../../testing/fake-clock.ts';
import { allEntries, standing, standingOf, totals } from '../../testing/contract/contract-case.ts';
import { carving, ofCarveOut, spendingOf } from '../../testing/contract/account-samples.ts';
import {
  call,
  charge,
  cost,
  HOUR_MS,
  hourly,
  refusing,
  reservation,
  rolling,
} from '../../testing/contract/samples.ts';
import { slotKeys } from '../keys.ts';
import { eventually, redisStoreAt } from '../redis-store.test-support.ts';

let server: RedisServer;
let clock: FakeClock;
let directory = '';
const opened: PromisedStore[] = [];
const JOURNAL = slotKeys('torii', 'default')[3] ?? '';
const facts = { note: '' };

beforeAll(async () => {
  server = await startRedis({ appendonly: 'yes' });
});

beforeEach(async () => {
  clock = fakeClock();
  await server.command('FLUSHALL');
  directory = await mkdtemp(join(tmpdir(), 'torii-ledger-'));
});

afterEach(async () => {
  await closeAll();
  await rm(directory, { recursive: true });
});

afterAll(() => server.stop());

async function open(kind: 'with a ledger' | 'without' = 'with a ledger'): Promise<PromisedStore> {
  const ledger = kind === 'without' ? {} : { ledger: sqliteLedger(join(directory, 'ledger.db')) };
  const store = await redisStoreAt({ redis: server.url, commandTimeoutMs: 2_000, ...ledger }).open({ clock });
  opened.push(store);
  return store;
}

async function closeAll(): Promise<void> {
  await Promise.all(opened.splice(0).map((store) => store.close()));
}

const holding = (id: string, key = 'budget') =>
  reservation(id, { budgets: [charge(key)], ttlMs: 10 * HOUR_MS });

async function ask<T>(step: () => Promise<T>): Promise<T> {
  return eventually(clock, step);
}

function typesOf(entries: readonly Entry[]): readonly string[] {
  return entries.map(({ type }) => type);
}

describe('a ledger', () => {
  test('takes the journal over, and every entry is read as before', async () => {
    const store = await open();
    for (const id of ['c1', 'c2', 'c3']) await store.reserve(holding(id));
    await store.refuse(refusing('c4'));
    const before = await allEntries(store);

    await store.drain();
    await store.settle(cost('c1', 5n));

    expect(await server.command('XLEN', JOURNAL)).toBe(1);
    expect((await allEntries(store)).slice(0, 4)).toEqual(before);
    expect(await store.denials(call('c4'), 5)).toHaveLength(1);
    expect(await verifyJournal(store)).toMatchObject({ kind: 'intact', entries: 5 });
  });

  test('is not needed to see how an agent stands: denials that were moved are left out', async () => {
    const [keeper, other] = [await open(), await open('without')];
    await keeper.refuse(refusing('moved'));
    await keeper.drain();
    await keeper.refuse(refusing('here'));

    const seen = [await keeper.denials(call('any'), 5), await other.denials(call('any'), 5)];

    expect(seen.map((entries) => entries.map(({ callId }) => callId))).toEqual([['here', 'moved'], ['here']]);
  });

  test('takes over the journals of all tenants', async () => {
    const store = await open();
    for (const tenant of ['a', 'b']) {
      await store.of(tenant).reserve(holding('c1'));
      await store.of(tenant).drain();
    }

    await closeAll();
    const again = await open();

    expect(typesOf(await allEntries(again.of('a')))).toEqual(['call.reserved']);
    expect(await totals(again.of('b'), 'budget')).toEqual([0n, 10n]);
  });

  test('is kept by a process that dies before it takes out of Redis what it kept: the next one does', async () => {
    const store = await open();
    for (const id of ['c1', 'c2']) await store.reserve(holding(id));
    const entries = await allEntries(store);
    await closeAll();
    const ledger = await sqliteLedger(join(directory, 'ledger.db')).open();
    await ledger.keep('default', entries);
    await ledger.close();
    const again = await open();

    await again.drain();

    expect(await server.command('XLEN', JOURNAL)).toBe(0);
    expect(await allEntries(again)).toEqual(entries);
  });

  test('is had by one process', async () => {
    await open();

    await expect(open()).rejects.toMatchObject({ code: 'STORE_IN_USE' });
  });
});

describe('after a loss of data', () => {
  test('every process goes on by itself, with what the ledger has, and every budget is frozen', async () => {
    const store = await open();
    const other = await open('without');
    await spendAndHold(store);
    await store.drain();
    const before = await pictureOf(store);
    await other.call('spent');

    await server.command('FLUSHALL');

    expect(await ask(() => pictureOf(store))).toEqual(before);
    expect(await ask(() => totals(other, 'budget'))).toEqual([7n, 10n]);
    expect((await allEntries(store)).at(-1)).toMatchObject({
      type: 'store.rebuilt',
      facts: { by: 'ledger' },
    });
    expect(await verifyJournal(store)).toMatchObject({ kind: 'intact' });
    expect(await other.reserve(holding('c9'))).toMatchObject({ denial: { code: 'BUDGET_FROZEN' } });
    expect(await other.move(debit)).toMatchObject({ kind: 'frozen' });
  });

  test('what somebody was answered and no ledger has stays unknown, and nothing is spent of its budgets', async () => {
    const store = await open();
    await store.reserve(holding('known'));
    await store.drain();
    await store.reserve(holding('unknown', 'another'));

    await server.command('FLUSHALL');

    expect(await ask(() => store.call('unknown'))).toBeUndefined();
    expect(await store.reserve(holding('c9', 'another'))).toMatchObject({
      denial: { code: 'BUDGET_FROZEN' },
    });
  });

  test('every budget is frozen when the store was started after the loss', async () => {
    await spendAndHold(await open());
    await closeLast();
    await server.command('FLUSHALL');

    const store = await open();

    expect(await store.reserve(holding('c9'))).toMatchObject({ denial: { code: 'BUDGET_FROZEN' } });
    expect((await allEntries(store)).at(-1)?.type).toBe('call.denied');
    expect(await verifyJournal(store)).toMatchObject({ kind: 'intact' });
  });

  test('a budget that the ledger never heard of is frozen too, unless its window began afterwards', async () => {
    await spendAndHold(await open());
    await closeLast();
    await server.command('FLUSHALL');
    const store = await open();
    const fresh = (id: string, budgets: readonly ReturnType<typeof charge>[]) =>
      store.reserve(reservation(id, { budgets, ttlMs: 10 * HOUR_MS }));

    expect(await fresh('n1', [charge('never seen')])).toMatchObject({ denial: { code: 'BUDGET_FROZEN' } });
    expect(await fresh('n2', [hourly('hourly', clock.now())])).toMatchObject({
      denial: { code: 'BUDGET_FROZEN' },
    });
    expect(await fresh('n3', [rolling('rolling', clock.now())])).toMatchObject({
      denial: { code: 'BUDGET_FROZEN' },
    });

    await clock.advance(3 * HOUR_MS);
    expect(await fresh('n4', [hourly('later', clock.now())])).toMatchObject({ kind: 'reserved' });
    expect(await fresh('n5', [rolling('later rolling', clock.now())])).toMatchObject({ kind: 'reserved' });
    expect(await fresh('n6', [charge('lifetime')])).toMatchObject({ denial: { code: 'BUDGET_FROZEN' } });
  });

  test('what a call sets aside afterwards can be spent at once', async () => {
    await spendAndHold(await open());
    await closeLast();
    await server.command('FLUSHALL');
    const store = await open();

    await store.reserve(carving('parent', 50n, { budgets: [] }));

    expect(await store.reserve(reservation('child', { budgets: [ofCarveOut('parent')] }))).toMatchObject({
      kind: 'reserved',
    });
  });

  test('lines that are left in Redis and that the ledger had not taken yet are not lost', async () => {
    const store = await open();
    await store.reserve(holding('taken'));
    await store.drain();
    await store.reserve(holding('left'));
    const before = await allEntries(store);
    await server.command('DEL', slotKeys('torii', 'default')[0] ?? '');

    expect(await ask(() => totals(store, 'budget'))).toEqual([0n, 20n]);
    expect((await allEntries(store)).slice(0, 2)).toEqual(before);
    expect(await store.reserve(holding('left'))).toMatchObject({ kind: 'conflict' });
  });

  test('what an operator unfreezes is whole again, less what is known to be spent and held', async () => {
    await spendAndHold(await open());
    await closeLast();
    await server.command('FLUSHALL');
    const store = await open();
    await store.reserve(holding('c9', 'never seen'));

    expect(await store.unfreeze('budget', facts)).toBe(true);
    expect(await store.unfreeze('never seen', facts)).toBe(true);

    expect(await totals(store, 'budget')).toEqual([7n, 10n]);
    expect(await store.reserve(holding('c10'))).toMatchObject({ kind: 'reserved' });
    expect(await store.reserve(holding('c11', 'never seen'))).toMatchObject({ kind: 'reserved' });
  });

  test('open calls hold their money until somebody says what became of them, and no id runs twice', async () => {
    const before = await open();
    await spendAndHold(before);
    await closeLast();
    await server.command('FLUSHALL');
    const store = await open();

    expect((await store.unresolved(10)).map(({ id }) => id).sort()).toEqual(['carved', 'held']);
    expect(await store.reserve(holding('held'))).toMatchObject({ kind: 'conflict' });
    expect(await store.reserve(holding('spent'))).toMatchObject({ kind: 'conflict' });
    expect(await store.call('spent')).toMatchObject({ state: 'settled' });
    expect(await store.settle(cost('held', 4n))).toMatchObject({ kind: 'ended', first: true });
    expect(await totals(store, 'budget')).toEqual([11n, 0n]);
  });

  test('who set money aside and is revoked stops those who spend it, also of what was set aside again', async () => {
    const before = await open();
    await before.reserve(carving('one', 50n, { ttlMs: HOUR_MS }));
    const two = call('two', { agent: 'two' });
    await before.reserve(
      carving('two', 40n, { call: two, budgets: [ofCarveOut('one', 40n)], ttlMs: HOUR_MS }),
    );
    await closeLast();
    await server.command('FLUSHALL');
    const store = await open();
    await store.unfreeze(carveOutKey('two'), facts);
    const { issuer, tenant, owner, agent } = call('any');

    await store.revoke({ kind: 'agent', issuer, tenant, owner, agent }, 'stolen', facts);

    expect(await store.reserve(spendingOf('c8', 'two', 5n))).toMatchObject({
      denial: { code: 'REVOKED', message: 'the agent `bot` is revoked: stolen' },
    });
    await store.restore({ kind: 'agent', issuer, tenant, owner, agent }, facts);
    expect(await store.reserve(spendingOf('c9', 'two', 5n))).toMatchObject({ kind: 'reserved' });
  });

  test('who was revoked stays revoked', async () => {
    await spendAndHold(await open());
    await closeLast();
    await server.command('FLUSHALL');
    const store = await open();

    expect(await store.revocations(10)).toMatchObject([{ reason: 'lost key', subject: { agent: 'thief' } }]);
    const stolen = reservation('c9', { call: call('c9', { agent: 'thief' }) });
    expect(await store.reserve(stolen)).toMatchObject({ denial: { code: 'REVOKED' } });
    expect(await store.restore(thief, facts)).toBe(true);
    expect(await store.reserve({ ...stolen, call: call('c10', { agent: 'thief' }) })).toMatchObject({
      kind: 'reserved',
    });
  });

  test('tenants are found again, each with its own money', async () => {
    const store = await open();
    const other = await open('without');
    for (const tenant of ['a', 'b']) {
      await store.of(tenant).reserve(holding('c1'));
      await store.of(tenant).drain();
    }
    await other.of('a').call('c1');
    await server.command('FLUSHALL');

    expect(await ask(() => store.all())).toEqual([store, store.of('a'), store.of('b')]);
    for (const tenant of ['a', 'b'])
      expect(await ask(() => totals(store.of(tenant), 'budget'))).toEqual([0n, 10n]);
    expect(await ask(() => totals(other.of('a'), 'budget'))).toEqual([0n, 10n]);
    expect(await ask(() => other.all())).toHaveLength(3);
  });

  test('an older copy of the data is replaced by what the ledger has', async () => {
    const store = await open();
    await spendAndHold(store);
    await store.drain();
    const before = await pictureOf(store);
    await server.command('HSET', slotKeys('torii', 'default')[0] ?? '', 'seq', '2');

    expect(await ask(() => pictureOf(store))).toEqual(before);
  });

  test('a journal that does not go on where the ledger ends is not taken over', async () => {
    const store = await open();
    await store.reserve(holding('c1'));
    await store.drain();
    await closeAll();
    await server.command('FLUSHALL');
    const stranger = await open('without');
    for (const id of ['x1', 'x2']) await stranger.reserve(holding(id));
    await closeAll();

    const again = await open();

    await expect(again.drain()).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
  });

  async function closeLast(): Promise<void> {
    await opened.at(-1)?.drain();
    await closeAll();
  }
});

const thief = {
  kind: 'agent',
  issuer: 'https://issuer.test',
  tenant: 'acme',
  owner: 'ada',
  agent: 'thief',
} as const;
const debit = { id: 'm9', from: 'wallet', to: undefined, currency: 'USD', units: 1n, facts };
const ofWallet = charge('wallet', { account: 'wallet', limit: 0n });

/** One of everything that holds, spends or stops money. */
async function spendAndHold(store: PromisedStore): Promise<void> {
  await store.reserve(holding('spent'));
  await store.settle(cost('spent', 7n));
  await store.reserve(holding('held'));
  const slice = rolling('slices', clock.now());
  await store.reserve(reservation('rolled', { budgets: [slice] }));
  await store.settle(cost('rolled', 10n));
  await store.reserve(reservation('over', { budgets: [charge('frozen', { limit: 10n })] }));
  await store.settle(cost('over', 11n));
  await store.move({ id: 'm1', from: undefined, to: 'wallet', currency: 'USD', units: 50n, facts });
  await store.reserve(reservation('paid', { budgets: [ofWallet] }));
  await store.settle(cost('paid', 9n));
  const then = { kind: 'carve', currency: 'USD', units: 10n } as const;
  await store.reserve(reservation('carved', { budgets: [charge('parent')], then, ttlMs: 10 * HOUR_MS }));
  await store.revoke(thief, 'lost key', facts);
}

/** How all of that stands. */
async function pictureOf(store: PromisedStore): Promise<unknown> {
  const plain = await Promise.all(['budget', 'frozen', 'parent'].map((key) => standing(store, key)));
  const wallet = await standingOf(store, ofWallet);
  const carved = await standingOf(store, charge(carveOutKey('carved'), { account: 'carve-out', limit: 0n }));
  const slices = await standingOf(store, rolling('slices', clock.now()));
  const history = await store.history('wallet', { limit: 5 });
  const again = await store.move({
    id: 'm1',
    from: undefined,
    to: 'wallet',
    currency: 'USD',
    units: 50n,
    facts,
  });
  return {
    budgets: [...plain, wallet, carved].map(({ key, spent, held, left, limit }) => ({
      key,
      spent,
      held,
      left,
      limit,
    })),
    slices: [slices.spent, slices.held],
    history: history.map(({ hash }) => hash),
    again: again.kind === 'moved' && again.first,
    revoked: await store.revocations(5),
  };
}
