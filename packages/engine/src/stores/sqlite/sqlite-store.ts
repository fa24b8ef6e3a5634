import type { Clock } from '../../nouns/clock.ts';
import { ToriiError } from '../../nouns/errors.ts';
import type { Store, StoreSource } from '../../nouns/store.ts';
import { tableStore } from '../table-store.ts';
import { integerOf } from './columns.ts';
import { type Connection, type Driver, loadDriver } from './driver.ts';
import { oneName, requireFilePath, watchFiles } from './file-identity.ts';
import { type Group, groupCommit } from './group-commit.ts';
import { openFile, type OpenFile } from './open-file.ts';
import { takeWriterLock, type WriterLock } from './writer-lock.ts';

/** How far the journal may be ahead of the clock when it is opened, in milliseconds. */
const AHEAD_MS = 300_000;

export interface SqliteOptions {
  /** How long a call waits while another connection keeps the file locked, in milliseconds. @default 300 */
  readonly busyTimeoutMs?: number;
}

/**
 * Keeps everything in one SQLite file: what a promise of it resolved survives the crash of the machine. One process
 * writes; a second is refused with STORE_IN_USE. Any number may read the file meanwhile: `readSqlite`.
 */
export function sqliteStore(path: string, options: SqliteOptions = {}): StoreSource {
  return sqliteStoreWith(loadDriver, path, options);
}

/** As `sqliteStore`, over a driver that the caller loads. */
export function sqliteStoreWith(
  load: () => Promise<Driver>,
  path: string,
  options: SqliteOptions = {},
): StoreSource {
  const { busyTimeoutMs = 300 } = options;
  requireFilePath(path);
  if (!Number.isInteger(busyTimeoutMs) || busyTimeoutMs < 0 || busyTimeoutMs > 60_000) {
    throw new ToriiError(
      'OPTIONS_INVALID',
      `expected \`busyTimeoutMs\` from 0 to 60000, got \`${busyTimeoutMs}\``,
    );
  }
  return {
    async open({ clock }) {
      const driver = await load();
      const name = oneName(path);
      const lock = await takeWriterLock(driver, name);
      try {
        const file = openFile(driver, name);
        requireTime(file, name, clock.now());
        return storeOf({ ...file, lock, clock, path: name, busyTimeoutMs });
      } catch (error) {
        lock.release();
        throw error;
      }
    },
  };
}

interface Opened extends OpenFile {
  readonly path: string;
  readonly lock: WriterLock;
  readonly clock: Clock;
  readonly busyTimeoutMs: number;
}

/** A journal from the future would stop time: no window would end until the clock has caught up. */
function requireTime({ connection, tables }: OpenFile, path: string, nowMs: number): void {
  const aheadMs = tables.head().at - nowMs;
  if (aheadMs <= AHEAD_MS) return;
  connection.close();
  const minutes = Math.ceil(aheadMs / 60_000);
  throw new ToriiError(
    'STORE_UNAVAILABLE',
    `the last entry of \`${path}\` is ${minutes} minutes ahead of the clock; set the clock right, or restore a backup`,
  );
}

function storeOf(opened: Opened): Store {
  const commits = groupCommit(groupOf(opened));
  let closing: Promise<void> | undefined;
  return tableStore(commits.run, () => {
    closing ??= commits.drain().then(() => closeFile(opened));
    return closing;
  });
}

function groupOf({ connection, tables, lock, clock, path, busyTimeoutMs }: Opened): Group {
  const version = connection.prepare('PRAGMA data_version');
  const currentVersion = (): number => integerOf(version.get() ?? {}, 'data_version');
  let seen = currentVersion();
  return {
    path,
    connection,
    busyTimeoutMs,
    step: () => ({ tables, now: Math.max(clock.now(), tables.head().at) }),
    verify: watchFiles([path, `${path}-wal`, lock.path]),
    refresh(cause) {
      const known = seen;
      if (cause === 'begun') seen = currentVersion();
      if (cause === 'rolled-back' || seen !== known) tables.forget();
    },
  };
}

function closeFile({ connection, lock }: Opened): void {
  try {
    emptyLog(connection);
    connection.close();
  } finally {
    lock.release();
  }
}

/** libsql keeps a closed file open until its statements are collected, so the log is emptied by hand. */
function emptyLog(connection: Connection): void {
  try {
    connection.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
  } catch {
    // Nothing is lost: the next to open the file reads the log.
  }
}
