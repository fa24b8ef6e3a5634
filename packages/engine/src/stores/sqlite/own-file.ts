import { ToriiError } from '../../nouns/errors.ts';
import { integerOf } from './columns.ts';
import type { Connection } from './driver.ts';

/** A file of Torii that is no store: what says so, and its tables. */
export interface OwnFile {
  /** What it is, for people: "ledger". */
  readonly name: string;
  readonly applicationId: number;
  readonly version: number;
  readonly tables: string;

  /** `FULL` survives a power cut; `NORMAL` may lose the last steps to one, and nothing to the death of a process. */
  readonly synchronous: 'FULL' | 'NORMAL';
}

/**
 * Makes an empty file one of ours, whole or not at all, and sets up the connection. Throws STORE_CORRUPT for any other file,
 * and leaves that as it is. Throws SqliteFailure while somebody else has it locked.
 */
export function prepareOwnFile(connection: Connection, path: string, own: OwnFile): void {
  connection.exec('PRAGMA busy_timeout = 0');
  isNew(connection, path, own);
  connection.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${own.synchronous}`);
  connection.exec('BEGIN IMMEDIATE');
  try {
    // Somebody else may have made the tables since the first look.
    if (isNew(connection, path, own))
      connection.exec(
        `${own.tables} PRAGMA application_id = ${own.applicationId}; PRAGMA user_version = ${own.version};`,
      );
    connection.exec('COMMIT');
  } catch (error) {
    rollBack(connection);
    throw error;
  }
}

/** Takes back what a transaction did. */
export function rollBack(connection: Connection): void {
  try {
    connection.exec('ROLLBACK');
  } catch {
    // SQLite rolls back by itself after some failures; then there is nothing left to roll back.
  }
}

function isNew(connection: Connection, path: string, own: OwnFile): boolean {
  const version = pragma(connection, 'user_version');
  const { tables } = connection.prepare('SELECT count(*) AS tables FROM sqlite_master').get() ?? {};
  if (version === 0 && tables === 0) return true;
  if (pragma(connection, 'application_id') === own.applicationId && version === own.version) return false;
  throw new ToriiError('STORE_CORRUPT', `\`${path}\` is no ${own.name} of this Torii; choose another path`);
}

function pragma(connection: Connection, name: string): number {
  return integerOf(connection.prepare(`PRAGMA ${name}`).get() ?? {}, name);
}
