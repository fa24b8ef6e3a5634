import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '../../nouns/store.ts';
import {
  askingWallet,
  carveOutAt,
  carving,
  credit,
  debit,
  historyOf,
  spendingOf,
  transfer,
  walletAt,
} from '../../testing/contract/account-samples.ts';
import { assertSound, said } from '../../testing/contract/contract-case.ts';
import { cost } from '../../testing/contract/samples.ts';
import { fakeClock } from '../../testing/fake-clock.ts';
import { type Connection, type Driver, loadDriver } from './driver.ts';
import { SqliteFailure } from './failure.ts';
import { sqliteStore, sqliteStoreWith } from './sqlite-store.ts';

let folder: string;
let path: string;
let driver: Driver;
let store: Store;

beforeAll(async () => {
  driver = await loadDriver();
});
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'torii-accounts-'));
  path = join(folder, 'torii.db');
  store = await sqliteStore(path).open({ clock: fakeClock() });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function reopened(watch: (connection: Connection) => Connection = (same) => same): Promise<Store> {
  await store.close();
  const watched: Driver = (file) => (file.endsWith('-lock') ? driver(file) : watch(driver(file)));
  return sqliteStoreWith(() => Promise.resolve(watched), path).open({ clock: fakeClock() });
}

test('wallets, movements, histories and what was set aside are kept over a restart', async () => {
  await store.move(credit('m1'));
  await store.reserve(askingWallet('c1', 20n));
  await store.settle(cost('c1', 15n));
  await store.reserve(carving('parent'));
  await store.reserve(spendingOf('child', 'parent', 5n));
  await store.closeCarveOut('parent', {});

  store = await reopened();

  expect(await walletAt(store)).toEqual([100n, 15n, 0n]);
  expect(said(await store.move(credit('m1')))).toEqual({ kind: 'moved', first: false });
  expect(said(await store.move(debit('m1')))).toEqual({ kind: 'conflict' });
  expect(await historyOf(store)).toEqual(['call.settled c1', 'wallet.credited m1']);
  expect(await carveOutAt(store, 'parent')).toEqual([50n, 0n, 5n]);
  expect((await store.reserve(spendingOf('late', 'parent', 1n))).kind).toBe('refused');
  await assertSound(store);
});

test('a commit that fails moves nothing, and is not remembered either', async () => {
  await store.move(credit('m1'));
  let failing = false;
  store = await reopened((connection) => ({
    ...connection,
    exec(sql) {
      if (failing && sql === 'COMMIT') throw new SqliteFailure(10, 'disk I/O error');
      connection.exec(sql);
    },
  }));
  await store.reserve(carving('parent'));
  failing = true;

  const lost = await Promise.allSettled([
    store.move(transfer('m2', { units: 60n })),
    store.closeCarveOut('parent', {}),
  ]);

  failing = false;
  expect(lost.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await walletAt(store)).toEqual([100n, 0n, 0n]);
  expect(await historyOf(store)).toEqual(['wallet.credited m1']);
  expect((await store.reserve(spendingOf('child', 'parent', 50n))).kind).toBe('reserved');
  expect(said(await store.move(transfer('m2', { units: 100n })))).toEqual({ kind: 'moved', first: true });
  await assertSound(store);
});

test('a wallet that another connection changed is read anew', async () => {
  await store.move(credit('m1'));
  const other = driver(path);
  other.exec('UPDATE accounts SET funds = 7');
  other.close();

  expect(said(await store.move(debit('m2', { units: 8n })))).toEqual({ kind: 'insufficient', left: 7n });
  const restored = driver(path);
  restored.exec('UPDATE accounts SET funds = 100');
  restored.close();
});

test('a reservation of a wallet that was lately used reads the file for its call alone', async () => {
  await store.move(credit('m1'));
  const read: string[] = [];
  store = await reopened((connection) => ({
    ...connection,
    prepare(sql) {
      const statement = connection.prepare(sql);
      const note = (): void => void (sql.includes('FROM') && read.push(sql));
      return {
        ...statement,
        get: (...values) => (note(), statement.get(...values)),
        all: (...values) => (note(), statement.all(...values)),
      };
    },
  }));
  await store.reserve(askingWallet('c1', 1n));
  read.length = 0;

  await store.reserve(askingWallet('c2', 1n));

  expect(read).toEqual(['SELECT record FROM calls WHERE id = ?']);
});

test('a history is found by its wallet and not by a search of the journal', () => {
  const connection = driver(path);
  const plan = connection
    .prepare(
      `EXPLAIN QUERY PLAN SELECT seq FROM entries WHERE seq IN
         (SELECT seq FROM account_entries WHERE account = ? AND seq < ? ORDER BY seq DESC LIMIT ?)
       ORDER BY seq DESC`,
    )
    .all('w', 10, 5)
    .map((row) => String(row['detail']));
  connection.close();

  expect(plan.filter((step) => step.startsWith('SCAN') && step.includes('entries'))).toEqual([]);
});
