import {
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReserveAnswer } from '../../nouns/hold.ts';
import type { Store } from '../../nouns/store.ts';
import { link } from '../../record/chain.ts';
import { allEntries, assertSound, totals } from '../../testing/contract/contract-case.ts';
import { charge, cost, reservation } from '../../testing/contract/samples.ts';
import { fakeClock } from '../../testing/fake-clock.ts';
import { type Connection, type Driver, libsql, loadDriver, nodeSqlite } from './driver.ts';
import { SqliteFailure } from './failure.ts';
import { sqliteStore, sqliteStoreWith } from './sqlite-store.ts';

let folder: string;
let path: string;
let driver: Driver;

beforeAll(async () => {
  driver = await loadDriver();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'torii-file-'));
  path = join(folder, 'torii.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(options?: Parameters<typeof sqliteStore>[1]): Promise<Store> {
  return sqliteStore(path, options).open({ clock: fakeClock() });
}

async function hold(store: Store, id: string): Promise<ReserveAnswer> {
  return store.reserve(reservation(id, { budgets: [charge('a', { limit: 1_000_000n })] }));
}

/** A file with one held call, closed again. */
async function written(): Promise<void> {
  const store = await open();
  await hold(store, 'c1');
  await store.close();
}

function withConnection(file: string, use: (connection: Connection) => void): void {
  const connection = driver(file);
  use(connection);
  connection.close();
}

/** A store on a driver whose main connection the test can trouble. */
async function troubled(before: (sql: string) => void): Promise<Store> {
  const watched: Driver = (file) => {
    const connection = driver(file);
    if (file.endsWith('-lock')) return connection;
    return { ...connection, exec: (sql) => (before(sql), connection.exec(sql)) };
  };
  return sqliteStoreWith(() => Promise.resolve(watched), path).open({ clock: fakeClock() });
}

describe('a file', () => {
  test('keeps calls, budgets and journal over a restart', async () => {
    await written();

    const store = await open();

    expect((await hold(store, 'c1')).kind).toBe('reserved');
    expect(await totals(store, 'a')).toEqual([0n, 10n]);
    await store.settle(cost('c1', 4n));
    await assertSound(store);
    await store.close();
  });

  test('does not decrease the time of its entries after a restart with a slow clock', async () => {
    await written();
    const slow = fakeClock();
    slow.set(slow.now() - 299_000);
    const store = await sqliteStore(path).open({ clock: slow });

    await store.append([{ type: 'engine.started', facts: {} }]);

    await assertSound(store);
    await store.close();
  });

  test('is refused while the clock is far behind its last entry, which would stop time', async () => {
    await written();
    const wrong = fakeClock();
    wrong.set(wrong.now() - 301_000);

    await expect(sqliteStore(path).open({ clock: wrong })).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('ahead of the clock'),
    });
    await (await open()).close();
  });

  test('has one name and one writer, also behind a link that was made before it', async () => {
    const link = join(folder, 'link.db');
    symlinkSync(path, link);
    const store = await sqliteStore(link).open({ clock: fakeClock() });

    await expect(open()).rejects.toMatchObject({ code: 'STORE_IN_USE' });
    await store.close();
  });

  test('is readable for its owner alone', async () => {
    await written();

    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('can be read by others while it is written, and a long read does not stop the writing', async () => {
    const store = await open();
    await hold(store, 'c1');
    const reader = driver(path);
    reader.exec('PRAGMA query_only = ON; BEGIN');
    const count = reader.prepare('SELECT count(*) AS entries FROM entries');
    expect(count.get()).toEqual({ entries: 1 });

    await hold(store, 'c2');

    expect(count.get()).toEqual({ entries: 1 });
    reader.exec('COMMIT');
    expect(count.get()).toEqual({ entries: 2 });
    reader.close();
    await store.close();
  });

  test.each([
    'UPDATE entries SET at = 1',
    'DELETE FROM entries',
    'INSERT OR REPLACE INTO entries SELECT * FROM entries WHERE seq = 1',
    'INSERT INTO entries SELECT 9, at, type, call_id, facts, previous, hash, null FROM entries',
  ])('refuses to others: %s', async (sql) => {
    await written();

    withConnection(path, (connection) => expect(() => connection.exec(sql)).toThrow(/journal/));
  });

  test('goes on after an entry that another connection wrote', async () => {
    const store = await open();
    await hold(store, 'c1');
    const [first] = await allEntries(store);
    const added = link(
      first ?? { seq: 0, at: 0, hash: '' },
      { type: 'engine.started', facts: {} },
      first?.at ?? 0,
    );
    withConnection(path, (connection) => {
      const insert = connection.prepare("INSERT INTO entries VALUES (?, ?, ?, null, '{}', ?, ?, null)");
      insert.run(added.seq, added.at, added.type, added.previous, added.hash);
    });

    await hold(store, 'c2');

    expect((await allEntries(store)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    await assertSound(store);
    await store.close();
  });
});

describe('a second writer', () => {
  test('is refused with a word about Redis, by whichever name it opens the file', async () => {
    const store = await open();
    const other = join(folder, 'other.db');
    symlinkSync(path, other);

    for (const name of [path, other]) {
      const refused = sqliteStore(name).open({ clock: fakeClock() });
      await expect(refused).rejects.toMatchObject({
        code: 'STORE_IN_USE',
        message: expect.stringContaining('Redis'),
      });
    }

    expect((await hold(store, 'c1')).kind).toBe('reserved');
    await store.close();
  });

  test('is welcome once the first has closed', async () => {
    await written();

    const store = await open();

    await expect(store.close()).resolves.toBeUndefined();
  });

  test('is one of two that open at the same instant', async () => {
    const opened = await Promise.allSettled([open(), open()]);

    expect(opened.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    for (const one of opened) if (one.status === 'fulfilled') await one.value.close();
  });
});

describe('opening', () => {
  const refusals: readonly (readonly [string, () => unknown, RegExp])[] = [
    ['text', () => writeFileSync(path, 'not a database '.repeat(999)), /no SQLite database/],
    ['a file that was cut short', () => truncateSync(path, 4096 * 5), /damaged/],
    ['a damaged page', () => overwrite(4096 * 3), /damaged/],
    [
      'a newer version',
      () => withConnection(path, (connection) => connection.exec('PRAGMA user_version = 99')),
      /version 99 .* newer Torii/,
    ],
    [
      'the version before the first release',
      () => withConnection(path, (connection) => connection.exec('PRAGMA user_version = 1')),
      /version 1 .* before the first release/,
    ],
    [
      'missing tables',
      () => withConnection(path, (connection) => connection.exec('DROP TABLE buckets')),
      /does not have the tables/,
    ],
    ['a journal whose end was changed', changeEntry, /journal that was changed/],
  ];

  function overwrite(position: number): void {
    const file = openSync(path, 'r+');
    writeSync(file, Buffer.alloc(4096, 0xa5), 0, 4096, position);
    closeSync(file);
  }

  function changeEntry(): void {
    withConnection(path, (connection) =>
      connection.exec("DROP TRIGGER entries_never_change; UPDATE entries SET facts = '{}'"),
    );
  }

  test.each(refusals)('refuses %s, says what to do, and leaves the lock free', async (_, spoil, message) => {
    await written();
    spoil();

    for (let again = 0; again < 2; again++) {
      const expected = { code: 'STORE_CORRUPT', message: expect.stringMatching(message) };
      await expect(open()).rejects.toMatchObject(expected);
      await expect(open()).rejects.toMatchObject({
        message: expect.stringMatching(/restore a copy|use the newer|choose another path/),
      });
    }
  });

  test('refuses the database of another program and leaves it as it is', async () => {
    withConnection(path, (connection) => connection.exec('CREATE TABLE theirs (a)'));
    const before = readFileSync(path);

    await expect(open()).rejects.toMatchObject({
      code: 'STORE_CORRUPT',
      message: expect.stringContaining('another program'),
    });

    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test.each(['', ':memory:', 'file:torii.db?mode=memory'])(
    'refuses the path `%s` at construction',
    (name) => {
      expect(() => sqliteStore(name)).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }));
    },
  );

  test.each([-1, 1.5, Number.NaN, 60_001])('refuses to wait %d ms for a lock', (busyTimeoutMs) => {
    expect(() => sqliteStore(path, { busyTimeoutMs })).toThrow(
      expect.objectContaining({ code: 'OPTIONS_INVALID' }),
    );
  });

  test('says that the folder is missing, or that the path is a folder', async () => {
    const unavailable = { code: 'STORE_UNAVAILABLE', message: expect.stringContaining('folder') };
    writeFileSync(join(folder, 'file'), '');
    for (const name of [join(folder, 'none', 'torii.db'), join(folder, 'file', 'torii.db'), folder]) {
      await expect(sqliteStore(name).open({ clock: fakeClock() })).rejects.toMatchObject(unavailable);
    }
  });

  test('names what to install where there is no SQLite', async () => {
    const none = () => Promise.resolve(undefined);

    await expect(loadDriver([none, none])).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('npm install libsql'),
    });
  });

  test('takes the SQLite of Node where it has one, and libsql elsewhere', async () => {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
    const builtIn = major > 22 || (major === 22 && minor >= 13);

    expect((await nodeSqlite()) !== undefined).toBe(builtIn);
    expect(builtIn || (await libsql()) !== undefined).toBe(true);
  });
});

describe('an outage', () => {
  test('by a lock rejects in time, without stopping the event loop, and is over with the lock', async () => {
    const store = await open({ busyTimeoutMs: 100 });
    const other = driver(path);
    other.exec('BEGIN EXCLUSIVE');
    let turns = 0;
    let waiting = true;
    const count = (): void => void (waiting && (turns++, setImmediate(count)));
    count();

    await expect(hold(store, 'c1')).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('locked'),
    });

    waiting = false;
    expect(turns).toBeGreaterThan(20);
    other.exec('ROLLBACK');
    other.close();
    const answer = await hold(store, 'c1');
    expect(answer).toMatchObject({ kind: 'reserved', fresh: true });
    await store.close();
  });

  test('by a short lock is waited for', async () => {
    const store = await open({ busyTimeoutMs: 10_000 });
    const other = driver(path);
    other.exec('BEGIN IMMEDIATE');
    const waiting = hold(store, 'c1');
    await new Promise((resolve) => setImmediate(resolve));
    other.exec('ROLLBACK');

    await expect(waiting).resolves.toMatchObject({ kind: 'reserved' });

    other.close();
    await store.close();
  });

  test('by a lock is waited for by close', async () => {
    const store = await open({ busyTimeoutMs: 50 });
    const other = driver(path);
    other.exec('BEGIN IMMEDIATE');

    const [held, closed] = await Promise.allSettled([hold(store, 'c1'), store.close()]);

    expect([held.status, closed.status]).toEqual(['rejected', 'fulfilled']);
    other.exec('ROLLBACK');
    other.close();
    await written();
  });

  test('by a full disk rejects everything of that commit, and is over when there is room', async () => {
    let main: Connection | undefined;
    const keep: Driver = (file) => {
      const connection = driver(file);
      if (!file.endsWith('-lock')) main = connection;
      return connection;
    };
    const store = await sqliteStoreWith(() => Promise.resolve(keep), path).open({ clock: fakeClock() });
    await hold(store, 'c0');
    main?.exec('PRAGMA max_page_count = 1');
    const facts = { text: 'x'.repeat(20_000) };

    const full = await Promise.allSettled([
      hold(store, 'c1'),
      store.append([{ type: 'engine.started', facts }]),
    ]);
    main?.exec('PRAGMA max_page_count = 1000000');
    const later = await Promise.allSettled([
      hold(store, 'c1'),
      store.append([{ type: 'engine.started', facts }]),
    ]);

    const reason = expect.objectContaining({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('disk is full'),
    });
    expect(full).toEqual([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ]);
    expect(later.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    expect(await totals(store, 'a')).toEqual([0n, 20n]);
    await assertSound(store);
    await store.close();
  });

  test('by a failing commit changes nothing, and the journal goes on where it was', async () => {
    let failing = false;
    const store = await troubled((sql) => {
      if (failing && sql === 'COMMIT') throw new SqliteFailure(10, 'disk I/O error');
    });
    await hold(store, 'c1');
    failing = true;

    const answers = await Promise.allSettled([hold(store, 'c2'), store.settle(cost('c1', 1n))]);

    failing = false;
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await totals(store, 'a')).toEqual([0n, 10n]);
    await hold(store, 'c2');
    await assertSound(store);
    await store.close();
  });

  test.each(['torii.db', 'torii.db-wal', 'torii.db-lock'])(
    'by the loss of %s lasts until a restart',
    async (name) => {
      const store = await open();
      await hold(store, 'c1');
      const lost = join(folder, name);
      renameSync(lost, `${lost}.away`);
      const expected = { code: 'STORE_UNAVAILABLE', message: expect.stringContaining('restart') };

      await expect(hold(store, 'c2')).rejects.toMatchObject(expected);
      renameSync(`${lost}.away`, lost);
      await expect(store.call('c1')).rejects.toMatchObject(expected);

      await store.close();
      const reopened = await open();
      expect(await totals(reopened, 'a')).toEqual([0n, 10n]);
      await reopened.close();
    },
  );
});

describe('a commit', () => {
  test('is shared by what was asked for in one turn', async () => {
    let commits = 0;
    const store = await troubled((sql) => void (commits += sql === 'COMMIT' ? 1 : 0));

    await Promise.all(Array.from({ length: 64 }, (_, index) => hold(store, `c${index}`)));

    expect(commits).toBe(1);
    await store.close();
  });

  test('is shared again, and once, when one of those who share it makes a mistake', async () => {
    let commits = 0;
    const store = await troubled((sql) => void (commits += sql === 'COMMIT' ? 1 : 0));
    const mistake = store.append([{ type: 'engine.started', facts: { text: '\ud800' } }]);

    const answers = await Promise.allSettled([hold(store, 'c1'), mistake, hold(store, 'c2')]);

    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(commits).toBe(1);
    await assertSound(store);
    await store.close();
  });

  test('is never so large that the event loop waits for all of a crowd', async () => {
    const store = await open();
    let turns = 0;
    let waiting = true;
    const count = (): void => void (waiting && (turns++, setImmediate(count)));
    count();

    await Promise.all(Array.from({ length: 2_000 }, (_, index) => hold(store, `c${index}`)));

    waiting = false;
    expect(turns).toBeGreaterThanOrEqual(7);
    await store.close();
    expect(statSync(path).size).toBeGreaterThan(0);
  });
});
