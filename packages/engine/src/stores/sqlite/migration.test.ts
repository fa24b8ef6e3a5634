import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Entry } from '../../nouns/entry.ts';
import type { Store } from '../../nouns/store.ts';
import { EMPTY, type Head, link } from '../../record/chain.ts';
import { allEntries, assertSound } from '../../testing/contract/contract-case.ts';
import { delivery, tryEnded } from '../../testing/contract/samples.ts';
import { type FakeClock, fakeClock } from '../../testing/fake-clock.ts';
import { type Connection, type Driver, loadDriver, type Row } from './driver.ts';
import { readSqlite } from './read-sqlite.ts';
import { sqliteStore, sqliteStoreWith } from './sqlite-store.ts';
import { createVersion3 } from './version-3.test-support.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ENDPOINT = 'https://hook.test';

let folder: string;
let path: string;
let driver: Driver;
let clock: FakeClock;

beforeAll(async () => {
  driver = await loadDriver();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'torii-migration-'));
  path = join(folder, 'torii.db');
  clock = fakeClock();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function withConnection<T>(file: string, use: (connection: Connection) => T): T {
  const connection = driver(file);
  try {
    return use(connection);
  } finally {
    connection.close();
  }
}

function journal(): readonly Entry[] {
  let head: Head = EMPTY;
  return ['engine.started', 'policies.rejected'].map((by, index) => {
    const entry = link(head, { type: 'policies.rejected', facts: { by } }, clock.now() - HOUR_MS + index);
    head = entry;
    return entry;
  });
}

/** A file of version 3 in which one delivery waits, one was tried, and two are over. */
function write(): readonly Entry[] {
  const entries = journal();
  const now = clock.now();
  withConnection(path, (connection) => {
    createVersion3(connection, entries);
    connection.exec(`INSERT INTO cursors (endpoint, seq) VALUES ('${ENDPOINT}', 2)`);
    const put = connection.prepare(
      'INSERT INTO deliveries (id, state, attempts, due_at, message) VALUES (?, ?, ?, ?, ?)',
    );
    const queue = (id: string, attempts: number, dueAt: number): void => {
      const { attempts: _, dueAt: __, ...message } = delivery(id, dueAt);
      put.run(id, 'queued', attempts, dueAt, JSON.stringify(message));
    };
    queue('waits', 0, now - 2 * HOUR_MS);
    put.run('yes', 'delivered', 1, now - 3 * HOUR_MS, null);
    put.run('no', 'gave-up', 10, now - 3 * HOUR_MS, null);
    queue('tried', 3, now + HOUR_MS);
  });
  return entries;
}

function open(): Promise<Store> {
  return sqliteStore(path).open({ clock });
}

/** What the tables and indexes of a file are called, and how they were made. */
function schemaOf(file: string): readonly Row[] {
  return withConnection(file, (connection) =>
    connection.prepare('SELECT type, name, sql FROM sqlite_master ORDER BY type, name').all(),
  );
}

test('a file of version 3 gets the tables that a new one has', async () => {
  write();
  const other = join(folder, 'new.db');

  await (await open()).close();
  await (await sqliteStore(other).open({ clock })).close();

  expect(schemaOf(path)).toEqual(schemaOf(other));
});

test('a file of version 3 keeps its journal, and its deliveries as far as they were kept', async () => {
  const entries = write();
  const store = await open();
  const [first, second] = await store.due(10);

  expect(await allEntries(store)).toEqual(entries);
  expect([first, second]).toEqual([delivery('waits', clock.now() - 2 * HOUR_MS), undefined]);
  expect(await store.cursor(ENDPOINT)).toBe(2);
  const queuedAt = entries.at(-1)?.at;
  const queued = { ...delivery('tried', clock.now() + HOUR_MS), attempts: 3, state: 'queued', tries: [] };
  expect(await store.delivery('tried')).toEqual({ ...queued, queuedAt });
  const listed = await store.deliveries({ endpoint: ENDPOINT, limit: 10 });
  expect(listed.map(({ id }) => id)).toEqual(['tried', 'waits']);
  await store.finish('tried', tryEnded(clock.now(), 'delivered'));
  expect((await store.delivery('tried'))?.attempts).toBe(4);
  await assertSound(store);
  await store.close();
});

test('of what was over in version 3 the id is known for 30 days more, and nothing else', async () => {
  write();
  const store = await open();
  const queue = async (...ids: string[]): Promise<string> => {
    await store.enqueue(
      ENDPOINT,
      3,
      ids.map((id) => delivery(id, 0)),
    );
    return (await store.due(10)).map(({ id }) => id).join(' ');
  };

  expect([await store.delivery('yes'), await store.requeue(['yes', 'no'], 0)]).toEqual([undefined, []]);
  expect(await queue('yes', 'no')).toBe('waits');
  clock.set(clock.now() + 30 * DAY_MS);
  expect(await queue('yes', 'no')).toBe('waits tried');
  expect(await queue('yes', 'no')).toBe('yes no waits tried');
  await store.close();
});

test('a file whose change fails half way stays as it was, and is brought up to date later', async () => {
  write();
  const before = schemaOf(path);
  const failing: Driver = (file, opening) => {
    const connection = driver(file, opening);
    const exec = (sql: string): void => {
      if (sql.includes('user_version = 4')) throw new Error('the disk is full');
      connection.exec(sql);
    };
    return { ...connection, exec };
  };

  await expect(sqliteStoreWith(() => Promise.resolve(failing), path).open({ clock })).rejects.toThrow();

  expect(schemaOf(path)).toEqual(before);
  const store = await open();
  expect(await store.nextDue()).toBe(clock.now() - 2 * HOUR_MS);
  await store.close();
});

test('a reader changes no file, and says who brings it up to date', async () => {
  write();
  const before = schemaOf(path);

  const refused = { code: 'STORE_CORRUPT', message: expect.stringContaining('open it with `sqliteStore`') };
  await expect(readSqlite(path)).rejects.toMatchObject(refused);

  expect(schemaOf(path)).toEqual(before);
});
