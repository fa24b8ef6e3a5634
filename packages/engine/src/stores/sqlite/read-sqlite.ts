import { statSync } from 'node:fs';
import type { Verification } from '../../nouns/engine.ts';
import { ToriiError } from '../../nouns/errors.ts';
import type { Journal } from '../../nouns/store.ts';
import { verifyJournal } from '../../record/record.ts';
import { type Run, tableStore } from '../table-store.ts';
import { type Driver, loadDriver, type Opening } from './driver.ts';
import { existingName, requireFilePath } from './file-identity.ts';
import { SqliteFailure, sqliteCodes } from './failure.ts';
import { failureOf, type OpenFile, versionOf } from './open-file.ts';
import { SCHEMA_VERSION } from './schema.ts';
import { sqliteTables } from './sqlite-tables.ts';

/** The journal of a file, for who only reads it. */
export interface JournalReader extends Pick<Journal, 'entries'> {
  /** Reads the whole journal and checks every link. */
  verify(): Promise<Verification>;

  /** Safe to repeat; afterwards every question rejects. */
  close(): Promise<void>;
}

/**
 * Opens the file of a `sqliteStore` to read its journal, also while a process writes it, and changes nothing. Rejects
 * with STORE_CORRUPT for what is no store of ours, and with STORE_UNAVAILABLE where there is no file.
 */
export function readSqlite(path: string): Promise<JournalReader> {
  return readSqliteWith(loadDriver, path);
}

/** As `readSqlite`, over a driver that the caller loads. */
export async function readSqliteWith(load: () => Promise<Driver>, path: string): Promise<JournalReader> {
  requireFilePath(path);
  const driver = await load();
  const name = existingName(path);
  const { connection, tables } = readable(driver, name);
  let open = true;
  const run: Run = async (question) => {
    if (!open) throw new ToriiError('STORE_UNAVAILABLE', `the reader of \`${path}\` is closed`);
    try {
      return question({ tables, now: 0 });
    } catch (error) {
      throw failureOf(name, error);
    }
  };
  const close = async (): Promise<void> => {
    open = false;
    connection.close();
  };
  const store = tableStore(run, close);
  return { entries: (query) => store.entries(query), verify: () => verifyJournal(store), close };
}

function readable(driver: Driver, path: string): OpenFile {
  try {
    return opened(driver, path, 'read');
  } catch (error) {
    if (!lacksLog(path, error)) throw failureOf(path, error);
  }
  try {
    return opened(driver, path, 'immutable');
  } catch (error) {
    throw failureOf(path, error);
  }
}

/** Whether SQLite failed only for want of a log that is not there, and that it may not create in this folder. */
function lacksLog(path: string, error: unknown): boolean {
  const refused = error instanceof SqliteFailure && REFUSED.has(error.code);
  return refused && (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) === 0;
}

const REFUSED: ReadonlySet<number> = new Set([sqliteCodes.READONLY, sqliteCodes.CANTOPEN]);

function opened(driver: Driver, path: string, opening: Opening): OpenFile {
  const connection = driver(path, opening);
  try {
    // A reader meets a lock only for the moment in which a log is recovered or removed.
    connection.exec('PRAGMA busy_timeout = 300; PRAGMA query_only = ON');
    requireUpToDate(versionOf(connection, path), path);
    return { connection, tables: sqliteTables(connection) };
  } catch (error) {
    connection.close();
    throw error;
  }
}

function requireUpToDate(version: number, path: string): void {
  if (version === SCHEMA_VERSION) return;
  const why =
    version === 0
      ? 'is empty; restore a copy or choose another path'
      : `has version ${version} of the tables, and this Torii reads ${SCHEMA_VERSION}; open it with \`sqliteStore\` once`;
  throw new ToriiError('STORE_CORRUPT', `\`${path}\` ${why}`);
}
