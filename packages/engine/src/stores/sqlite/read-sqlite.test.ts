import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '../../nouns/store.ts';
import { reservation } from '../../testing/contract/samples.ts';
import { fakeClock } from '../../testing/fake-clock.ts';
import { type Driver, libsql, loadDriver, nodeSqlite } from './driver.ts';
import { SqliteFailure, sqliteCodes } from './failure.ts';
import { readSqlite, readSqliteWith } from './read-sqlite.ts';
import { sqliteStoreWith } from './sqlite-store.ts';

const ALL = { afterSeq: 0, limit: 100 };

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'torii-read-'));
  path = join(folder, 'torii ?#%.db');
});
afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true });
});

function writer(load: () => Promise<Driver> = loadDriver): Promise<Store> {
  return sqliteStoreWith(load, path).open({ clock: fakeClock() });
}

/** A file with one held call, closed again. */
async function written(load?: () => Promise<Driver>): Promise<void> {
  const store = await writer(load);
  await store.reserve(reservation('c1'));
  await store.close();
}

async function change(sql: string): Promise<void> {
  const connection = (await loadDriver())(path);
  connection.exec(sql);
  connection.close();
}

/** A driver that loads, and undefined where this Node or this machine has none of its kind. */
const drivers = (
  await Promise.all(
    [libsql, nodeSqlite].map(async (source) => {
      const driver = await source();
      return driver === undefined ? [] : [[source.name, () => Promise.resolve(driver)] as const];
    }),
  )
).flat();

describe.each(drivers)('a reader over %s', (_, load) => {
  test('reads while somebody writes, and stops nobody', async () => {
    const store = await writer(load);
    await store.reserve(reservation('c1'));
    const reader = await readSqliteWith(load, path);
    const before = await reader.entries(ALL);

    await store.reserve(reservation('c2'));
    const after = await reader.entries(ALL);
    const verified = await reader.verify();
    await reader.close();

    expect([before, after].map((entries) => entries.map(({ callId }) => callId))).toEqual([
      ['c1'],
      ['c1', 'c2'],
    ]);
    expect(verified).toEqual({ kind: 'intact', entries: 2, head: after.at(-1)?.hash });
    await expect(writer(load)).rejects.toMatchObject({ code: 'STORE_IN_USE' });
    expect(await store.reserve(reservation('c3'))).toMatchObject({ kind: 'reserved' });
    await store.close();
  });

  test('reads a file that it may not write, in a folder that it may not write', async () => {
    await written(load);
    for (const name of readdirSync(folder)) if (name !== 'torii ?#%.db') rmSync(join(folder, name));
    chmodSync(path, 0o400);
    chmodSync(folder, 0o500);

    const reader = await readSqliteWith(load, path);

    expect(await reader.verify()).toMatchObject({ kind: 'intact', entries: 1 });
    await reader.close();
  });

  test.each(['read', 'immutable'] as const)('cannot write to what was opened to %s', async (opening) => {
    await written(load);
    const connection = (await load())(path, opening);

    expect(() => connection.exec('DELETE FROM buckets')).toThrow(/readonly/);
    connection.close();
  });
});

test.each`
  refused       | log              | outcome
  ${'READONLY'} | ${undefined}     | ${'intact'}
  ${'CANTOPEN'} | ${''}            | ${'intact'}
  ${'CANTOPEN'} | ${'not written'} | ${'STORE_UNAVAILABLE'}
  ${'IOERR'}    | ${undefined}     | ${'STORE_UNAVAILABLE'}
`('where SQLite says $refused and the log is $log, the answer is $outcome', async (row) => {
  const { refused, log, outcome } = row as {
    refused: keyof typeof sqliteCodes;
    log?: string;
    outcome: string;
  };
  await written();
  const driver = await loadDriver();
  const refusing: Driver = (file, opening) => {
    if (opening === 'read') throw new SqliteFailure(sqliteCodes[refused], 'refused');
    return driver(file, opening);
  };
  rmSync(`${path}-wal`, { force: true });
  if (log !== undefined) writeFileSync(`${path}-wal`, log);

  const found = await readSqliteWith(() => Promise.resolve(refusing), path).then(
    async (reader) => (await reader.verify()).kind,
    (error: { code: string }) => error.code,
  );

  expect(found).toBe(outcome);
});

test('an entry that was changed is found', async () => {
  await written();
  await change("DROP TRIGGER entries_never_change; UPDATE entries SET facts = '{}'");
  const reader = await readSqlite(path);

  expect(await reader.verify()).toMatchObject({ kind: 'broken', seq: 1 });
  await reader.close();
});

test.each([
  ['text', () => writeFileSync(path, 'not a database '.repeat(999)), /no SQLite database/],
  ['an empty file', () => writeFileSync(path, ''), /is empty/],
  ['the database of another program', () => change('CREATE TABLE theirs (a)'), /another program/],
  ['a newer version', () => written().then(() => change('PRAGMA user_version = 99')), /newer Torii/],
  ['missing tables', () => written().then(() => change('DROP TABLE entries')), /not have the tables/],
])('refuses %s and leaves it as it is', async (_, make, message) => {
  await make();
  const before = readFileSync(path);

  const expected = { code: 'STORE_CORRUPT', message: expect.stringMatching(message) };
  await expect(readSqlite(path)).rejects.toMatchObject(expected);

  expect(readFileSync(path).equals(before)).toBe(true);
});

test('says that there is no file, or that it is a folder, and makes nothing', async () => {
  const unavailable = (text: string) => ({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining(text),
  });

  await expect(readSqlite(path)).rejects.toMatchObject(unavailable('found none'));
  await expect(readSqlite(folder)).rejects.toMatchObject(unavailable('folder'));
  await expect(readSqlite('')).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });

  expect(readdirSync(folder)).toEqual([]);
});

test('a reader that is closed says so, and closes once more', async () => {
  await written();
  const reader = await readSqlite(path);
  await reader.close();

  await expect(reader.close()).resolves.toBeUndefined();
  await expect(reader.entries(ALL)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
});
