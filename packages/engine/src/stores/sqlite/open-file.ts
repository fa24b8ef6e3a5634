import { statSync } from 'node:fs';
import { ToriiError } from '../../nouns/errors.ts';
import { follow } from '../../record/chain.ts';
import { integerOf } from './columns.ts';
import type { Connection, Driver, Row } from './driver.ts';
import { SqliteFailure, unavailable } from './failure.ts';
import { migrate } from './migration.ts';
import { APPLICATION_ID, createTables, FIRST_VERSION, SCHEMA_VERSION } from './schema.ts';
import { sqliteTables } from './sqlite-tables.ts';

/** Files up to this size are read whole when opened; of larger ones only what is needed. */
const CHECKED_WHOLE_BYTES = 256 * 1024 * 1024;

/** A file that is ours, up to date and undamaged. */
export interface OpenFile {
  readonly connection: Connection;
  readonly tables: ReturnType<typeof sqliteTables>;
}

/**
 * Opens the file, creates it where there is none, and brings an older one up to date. Throws STORE_CORRUPT for what is no
 * store of ours, is damaged, or was written by a newer or an unreleased Torii, and leaves that file as it is.
 */
export function openFile(driver: Driver, path: string): OpenFile {
  let connection: Connection | undefined;
  try {
    connection = driver(path);
    return prepared(connection, path);
  } catch (error) {
    connection?.close();
    throw failureOf(path, error);
  }
}

/** What a failure means for who asked: an outage, or a file that is no store of ours. */
export function failureOf(path: string, error: unknown): ToriiError {
  if (ToriiError.is(error)) return error;
  if (SqliteFailure.isCorruption(error)) return corrupt(path, 'is damaged or no SQLite database', error);
  if (SqliteFailure.isOutage(error)) return unavailable(path, error);
  return corrupt(path, 'does not have the tables of a store', error);
}

function prepared(connection: Connection, path: string): OpenFile {
  connection.exec('PRAGMA busy_timeout = 0');
  const version = versionOf(connection, path);
  if (version > 0) requireIntact(connection, path);
  useWriteAheadLog(connection, path);
  connection.exec('PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
  if (version === 0) createTables(connection);
  else if (version < SCHEMA_VERSION) migrate(connection, version);
  const tables = sqliteTables(connection);
  requireLinkedEnd(tables, path);
  return { connection, tables };
}

/** The version of a file of ours, maybe an older one, 0 for an empty one. Throws STORE_CORRUPT for any other file. */
export function versionOf(connection: Connection, path: string): number {
  const version = pragma(connection, 'user_version');
  const application = pragma(connection, 'application_id');
  const { tables } = one(connection, 'SELECT count(*) AS tables FROM sqlite_master');
  const ours = application === APPLICATION_ID || (application === 0 && version === 0 && tables === 0);
  if (!ours) throw corrupt(path, 'is the database of another program');
  if (version === 0 || (version >= FIRST_VERSION && version <= SCHEMA_VERSION)) return version;
  const versions = `version ${version} of the tables, and this Torii knows ${SCHEMA_VERSION}`;
  const remedy =
    version > SCHEMA_VERSION
      ? 'use the newer Torii that wrote it'
      : 'it is from before the first release, so choose another path';
  throw new ToriiError('STORE_CORRUPT', `\`${path}\` has ${versions}; ${remedy}`);
}

function requireIntact(connection: Connection, path: string): void {
  if (statSync(path).size > CHECKED_WHOLE_BYTES) return;
  const found = one(connection, 'PRAGMA quick_check(1)')['quick_check'];
  if (found !== 'ok') throw corrupt(path, `is damaged (${String(found).trim()})`);
}

function useWriteAheadLog(connection: Connection, path: string): void {
  const mode = one(connection, 'PRAGMA journal_mode = WAL')['journal_mode'];
  if (mode === 'wal') return;
  throw new ToriiError(
    'STORE_UNAVAILABLE',
    `\`${path}\` cannot have a write-ahead log; put it on a local disk`,
  );
}

function requireLinkedEnd(tables: OpenFile['tables'], path: string): void {
  const { seq } = tables.head();
  const [last] = tables.entries({ afterSeq: seq - 1, limit: 1 });
  if (last === undefined) return;
  const end = follow({ seq: seq - 1, at: last.at, hash: last.previous }, [last]);
  if ('kind' in end) throw corrupt(path, `has a journal that was changed (${end.message})`);
}

function pragma(connection: Connection, name: string): number {
  return integerOf(one(connection, `PRAGMA ${name}`), name);
}

function one(connection: Connection, sql: string): Row {
  return connection.prepare(sql).get() ?? {};
}

function corrupt(path: string, what: string, cause?: unknown): ToriiError {
  return new ToriiError('STORE_CORRUPT', `\`${path}\` ${what}; restore a copy or choose another path`, {
    cause,
  });
}
