import { ToriiError } from '../../nouns/errors.ts';
import type { Driver } from './driver.ts';
import { SqliteFailure, unavailable } from './failure.ts';
import { pause } from '../turns.ts';

/** Leave to be the only writer of a file. */
export interface WriterLock {
  /** The sidecar file that carries the lock. It stays when the lock is given up. */
  readonly path: string;

  release(): void;
}

const TRIES = 5;

/**
 * Becomes the only writer of `path`, or throws STORE_IN_USE. The lock is an exclusive transaction on `<path>-lock`:
 * the operating system ends it with the process, however that dies, and readers of the store never meet it.
 */
export async function takeWriterLock(driver: Driver, path: string, tries = TRIES): Promise<WriterLock> {
  const lock = tryLock(driver, path);
  if (lock !== undefined) return lock;
  // Two that open at the same instant may refuse each other, so one refusal proves nothing.
  if (tries > 1) {
    await pause(20);
    return takeWriterLock(driver, path, tries - 1);
  }
  throw new ToriiError(
    'STORE_IN_USE',
    `\`${path}\` is open for writing elsewhere, and SQLite takes one writing process: stop the other one, or use Redis for several processes`,
  );
}

function tryLock(driver: Driver, path: string): WriterLock | undefined {
  const file = `${path}-lock`;
  try {
    const connection = driver(file);
    try {
      connection.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
    } catch (error) {
      connection.close();
      throw error;
    }
    return {
      path: file,
      release() {
        connection.exec('ROLLBACK');
        connection.close();
      },
    };
  } catch (error) {
    if (SqliteFailure.isLock(error)) return undefined;
    throw unavailable(file, error);
  }
}
