import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '../../nouns/store.ts';
import { said } from '../../testing/contract/contract-case.ts';
import {
  call,
  charge,
  cost,
  HOUR_MS,
  POLICIES,
  reservation,
  rolling,
  ROLLING_MS,
  SLICE_MS,
} from '../../testing/contract/samples.ts';
import { type FakeClock, fakeClock } from '../../testing/fake-clock.ts';
import { type Connection, type Driver, loadDriver } from './driver.ts';
import { sqliteStore, sqliteStoreWith } from './sqlite-store.ts';

let folder: string;
let path: string;
let driver: Driver;
let clock: FakeClock;
let store: Store;

beforeAll(async () => {
  driver = await loadDriver();
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'torii-forgetting-'));
  path = join(folder, 'torii.db');
  clock = fakeClock();
  store = await sqliteStore(path).open({ clock });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

function withConnection<T>(use: (connection: Connection) => T): T {
  const connection = driver(path);
  try {
    return use(connection);
  } finally {
    connection.close();
  }
}

function count(table: string): unknown {
  return withConnection(
    (connection) => connection.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'],
  );
}

function spend(id: string, amount: bigint): ReturnType<Store['reserve']> {
  return store.reserve(reservation(id, { budgets: [rolling('a', clock.now(), { amount })] }));
}

test('slices that count no more go, but none that holds money or is frozen', async () => {
  const first = charge('a', { startMs: rolling('a', clock.now()).startMs });
  await spend('first', 1n);
  await store.settle(cost('first', 1n));
  clock.set(clock.now() + SLICE_MS);
  await spend('holds', 1n);
  clock.set(clock.now() + SLICE_MS);
  await spend('freezes', 90n);
  await store.settle(cost('freezes', 101n));
  await store.unfreeze('other', {});
  const slices = 3 * (ROLLING_MS / SLICE_MS);
  for (let index = 0; index < slices; index++) {
    clock.set(clock.now() + SLICE_MS);
    await store.unfreeze('a', {});
    await spend(`c${index}`, 1n);
    await store.settle(cost(`c${index}`, 1n));
  }

  // The slices of one window, the current one beside them, and the one that still holds.
  expect(count('buckets')).toBe(ROLLING_MS / SLICE_MS + 2);
  expect((await store.status([first], [])).budgets[0]?.spent).toBe(0n);
});

test('a frozen slice stays until the freeze is lifted', async () => {
  await spend('c1', 90n);
  await store.settle(cost('c1', 101n));
  clock.set(clock.now() + 3 * ROLLING_MS);
  const refused = await spend('c2', 1n);
  await store.unfreeze('a', {});
  await spend('c3', 1n);

  expect([refused.kind, count('buckets')]).toEqual(['refused', 1]);
});

test('a session goes 72 hours after its last decision', async () => {
  for (const session of ['early', 'late']) {
    const use = { call: call(session, { session }), session: { writes: true } };
    await store.reserve(reservation(session, use));
    clock.set(clock.now() + HOUR_MS);
  }
  clock.set(clock.now() + 70 * HOUR_MS + 1);
  await store.expire(10);

  expect(count('sessions')).toBe(1);
  expect((await store.session(call('any', { session: 'early' }))).calls).toBe(0);
  expect((await store.session(call('any', { session: 'late' }))).calls).toBe(1);
});

test('rolling sums, sessions and the active policies are kept over a restart', async () => {
  await spend('c1', 60n);
  await store.reserve(reservation('c2', { session: { writes: true } }));
  const saved = { documents: '[]', author: 'ada', note: '' };
  await store.saveRevision({ hash: POLICIES, ...saved });
  const active = await store.activateRevision({ number: 1, author: 'ada', note: '' });
  await store.close();

  store = await sqliteStore(path).open({ clock });

  expect((await spend('c3', 41n)).kind).toBe('refused');
  expect((await store.session(call('any'))).calls).toBe(1);
  expect(await store.activeRevision()).toStrictEqual(active);
  expect(said(await store.reserve(reservation('c4', { policies: 'other' })))).toEqual({
    kind: 'stale-policies',
    active: POLICIES,
  });
});

test('policies that another connection activated are active at once', async () => {
  for (const hash of [POLICIES, 'newer'])
    await store.saveRevision({ hash, documents: '[]', author: 'ada', note: '' });
  await store.activateRevision({ number: 1, author: 'ada', note: '' });
  await store.reserve(reservation('c1'));

  withConnection((connection) => connection.exec('UPDATE activation SET number = 2'));

  expect(said(await store.reserve(reservation('c2')))).toEqual({ kind: 'stale-policies', active: 'newer' });
});

test('a reservation without rolling windows and sessions reads the file for its call alone', async () => {
  await store.close();
  const read: string[] = [];
  const watched: Driver = (file) => {
    const connection = driver(file);
    const prepare: Connection['prepare'] = (sql) => {
      const statement = connection.prepare(sql);
      const note = (): void => void (sql.includes('FROM') && read.push(sql));
      return {
        ...statement,
        get: (...values) => (note(), statement.get(...values)),
        all: (...values) => (note(), statement.all(...values)),
      };
    };
    return { ...connection, prepare };
  };
  store = await sqliteStoreWith(() => Promise.resolve(watched), path).open({ clock });
  await store.saveRevision({ hash: POLICIES, documents: '[]', author: 'ada', note: '' });
  await store.activateRevision({ number: 1, author: 'ada', note: '' });
  const budgets = [{ ...rolling('a', clock.now()), rollingMs: undefined }];
  await store.reserve(reservation('c1', { budgets }));
  read.length = 0;

  await store.reserve(reservation('c2', { budgets }));

  expect(read).toEqual(['SELECT record FROM calls WHERE id = ?']);
});
