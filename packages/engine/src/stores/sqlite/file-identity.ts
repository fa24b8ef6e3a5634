import { closeSync, openSync, realpathSync, type Stats, statSync } from 'node:fs';
import { ToriiError } from '../../nouns/errors.ts';

/** Throws OPTIONS_INVALID for what SQLite would not take as the path of a file. */
export function requireFilePath(path: string): void {
  if (path !== '' && !path.startsWith(':') && !path.startsWith('file:')) return;
  throw new ToriiError(
    'OPTIONS_INVALID',
    `expected the path of a file, got \`${path}\`; for tests there is \`memoryStore()\``,
  );
}

/** The one name of a file that must be there. */
export function existingName(path: string): string {
  refuseFolder(path);
  try {
    return realpathSync(path);
  } catch (error) {
    throw new ToriiError('STORE_UNAVAILABLE', `expected a file at \`${path}\`, and found none`, {
      cause: error,
    });
  }
}

/** The one name of a file, so that two ways of writing its path meet the same lock. */
export function oneName(path: string): string {
  const found = refuseFolder(path);
  try {
    // Created here, for its owner alone, so that a link to a file that is not there yet has one name too.
    if (found === undefined) closeSync(openSync(path, 'a', 0o600));
    return realpathSync(path);
  } catch (error) {
    throw new ToriiError(
      'STORE_UNAVAILABLE',
      `expected the folder of \`${path}\` to exist and to be writable`,
      {
        cause: error,
      },
    );
  }
}

function refuseFolder(path: string): Stats | undefined {
  const found = statsOf(path);
  if (found?.isDirectory() !== true) return found;
  throw new ToriiError('STORE_UNAVAILABLE', `expected a file, and \`${path}\` is a folder`);
}

/** Undefined also below what is no folder, or one that may not be looked into: opening the file says what is wrong. */
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/**
 * Remembers which files are open, and answers a check that they still are: writing to a file that was deleted or
 * replaced would lose the record without a word. Once the check failed it fails for ever.
 */
export function watchFiles(paths: readonly string[]): () => void {
  const opened = new Map(paths.map((path) => [path, identityOf(path)]));
  let missing: string | undefined;
  return () => {
    missing ??= paths.find((path) => identityOf(path) !== opened.get(path));
    if (missing === undefined) return;
    throw new ToriiError(
      'STORE_UNAVAILABLE',
      `\`${missing}\` was deleted or replaced while it was open; restart to open what is there now`,
    );
  };
}

function identityOf(path: string): string {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats === undefined ? 'missing' : `${stats.dev} ${stats.ino}`;
}
