import type { Entry } from '../../nouns/entry.ts';
import { ToriiError } from '../../nouns/errors.ts';
import type { Ledger, OpenLedger } from '../../nouns/ledger.ts';
import type { Journal } from '../../nouns/store.ts';
import { EMPTY, follow, type Head } from '../../record/chain.ts';
import { integerOf, textOf } from './columns.ts';
import { type Connection, type Driver, loadDriver } from './driver.ts';
import { ENTRY_COLUMNS, entryOf } from './entry-rows.ts';
import { oneName, requireFilePath } from './file-identity.ts';
import { failureOf } from './open-file.ts';
import { type OwnFile, prepareOwnFile } from './own-file.ts';
import { takeWriterLock } from './writer-lock.ts';

/** "ToLe", so that a file says that it is a ledger and no store. */
const APPLICATION_ID = 0x546f4c65;

const TABLES = `
CREATE TABLE entries (
  tenant TEXT NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  call_id TEXT,
  facts TEXT NOT NULL,
  previous TEXT NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (tenant, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX entries_by_type ON entries (tenant, type, seq);
CREATE TRIGGER entries_never_change BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'entries of the journal never change'); END;
CREATE TRIGGER entries_never_go BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'entries of the journal are never deleted'); END;
CREATE TRIGGER entries_without_gaps BEFORE INSERT ON entries
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM entries WHERE tenant = NEW.tenant)
BEGIN SELECT RAISE(ABORT, 'an entry of the journal follows the last one'); END;
`;

const LEDGER: OwnFile = {
  name: 'ledger',
  applicationId: APPLICATION_ID,
  version: 1,
  tables: TABLES,
  synchronous: 'FULL',
};

/**
 * Keeps the journals of all tenants of a Redis store in one SQLite file, for good: what was kept survives the crash of the
 * machine. One process has it; a second is refused with STORE_IN_USE.
 */
export function sqliteLedger(path: string): Ledger {
  requireFilePath(path);
  return {
    async open() {
      const driver = await loadDriver();
      const name = oneName(path);
      const lock = await takeWriterLock(driver, name);
      try {
        const connection = openLedger(driver, name);
        return ledgerOf(connection, name, () => lock.release());
      } catch (error) {
        lock.release();
        throw error;
      }
    },
  };
}

function openLedger(driver: Driver, path: string): Connection {
  let connection: Connection | undefined;
  try {
    connection = driver(path);
    prepareOwnFile(connection, path, LEDGER);
    return connection;
  } catch (error) {
    connection?.close();
    throw failureOf(path, error);
  }
}

function ledgerOf(connection: Connection, path: string, release: () => void): OpenLedger {
  const last = connection.prepare(
    `SELECT ${ENTRY_COLUMNS} FROM entries WHERE tenant = ? ORDER BY seq DESC LIMIT 1`,
  );
  const tenants = connection.prepare('SELECT DISTINCT tenant FROM entries ORDER BY tenant');
  let open = true;
  const answered = async <T>(step: () => T): Promise<T> => {
    if (!open) throw new ToriiError('STORE_UNAVAILABLE', `the ledger \`${path}\` is closed`);
    try {
      return step();
    } catch (error) {
      throw failureOf(path, error);
    }
  };
  const head = (tenant: string): Head => {
    const row = last.get(tenant);
    return row === undefined ? EMPTY : entryOf(row);
  };
  const put = putting(connection);
  const listed = listing(connection);
  return {
    tenants: () => answered(() => tenants.all().map((row) => textOf(row, 'tenant'))),
    head: (tenant) => answered(() => head(tenant)),
    keep: (tenant, entries) => answered(() => put(tenant, following(head(tenant), entries, path))),
    journal: (tenant) => ({ entries: (query) => answered(() => listed(tenant, query)) }),
    async close() {
      if (!open) return;
      open = false;
      connection.close();
      release();
    },
  };
}

/** Those that are not kept yet, which have to follow what is. */
function following(head: Head, entries: readonly Entry[], path: string): readonly Entry[] {
  const added = entries.filter(({ seq }) => seq > head.seq);
  const end = follow(head, added);
  if ('kind' in end)
    throw new ToriiError(
      'STORE_CORRUPT',
      `the journal in redis does not go on where the ledger \`${path}\` ends (${end.message}); it belongs to other data`,
    );
  return added;
}

function putting(connection: Connection): (tenant: string, entries: readonly Entry[]) => void {
  const put = connection.prepare(
    `INSERT INTO entries (tenant, ${ENTRY_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  return (tenant, entries) => {
    if (entries.length === 0) return;
    connection.exec('BEGIN IMMEDIATE');
    try {
      for (const { seq, at, type, callId = null, facts, previous, hash } of entries)
        put.run(tenant, seq, at, type, callId, JSON.stringify(facts), previous, hash);
      connection.exec('COMMIT');
    } catch (error) {
      connection.exec('ROLLBACK');
      throw error;
    }
  };
}

type Query = Parameters<Journal['entries']>[0];

function listing(connection: Connection): (tenant: string, query: Query) => readonly Entry[] {
  const all = connection.prepare(
    `SELECT ${ENTRY_COLUMNS} FROM entries WHERE tenant = ? AND seq > ? ORDER BY seq LIMIT ?`,
  );
  const bySeq = connection.prepare(`SELECT ${ENTRY_COLUMNS} FROM entries WHERE tenant = ? AND seq = ?`);
  const ofType = connection.prepare(
    'SELECT seq FROM entries WHERE tenant = ? AND type = ? AND seq > ? ORDER BY seq LIMIT ?',
  );
  return (tenant, { afterSeq, limit, types }) => {
    if (types === undefined) return all.all(tenant, afterSeq, limit).map(entryOf);
    const wanted = [...new Set(types)].flatMap((type) =>
      ofType.all(tenant, type, afterSeq, limit).map((row) => integerOf(row, 'seq')),
    );
    const first = wanted.sort((a, b) => a - b).slice(0, limit);
    return first.flatMap((seq) => bySeq.all(tenant, seq).map(entryOf));
  };
}
