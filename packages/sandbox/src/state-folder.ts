import { mkdirSync, type Stats, statSync } from 'node:fs';

/** The folder of the state is no folder, or cannot be made. */
export class StateUnusable extends Error {
  override readonly name = 'StateUnusable';
}

/** Throws StateUnusable when something else than a folder stands where the state should go. */
export function refuseOtherThanFolder(directory: string): void {
  if (found(directory)?.isDirectory() === false)
    throw new StateUnusable(`expected TORII_STATE_DIR to name a folder, and \`${directory}\` is none`);
}

/** Makes the one folder where it is missing. Its parent must exist: making that too never ends below `/proc`. */
export function makeStateFolder(directory: string): void {
  refuseOtherThanFolder(directory);
  if (found(directory) === undefined) usable(directory, () => mkdirSync(directory));
}

function found(directory: string): Stats | undefined {
  return usable(directory, () => statSync(directory, { throwIfNoEntry: false }));
}

function usable<T>(directory: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    const { code = 'unknown reason' } = error as NodeJS.ErrnoException;
    throw new StateUnusable(
      `the folder \`${directory}\` cannot be used (${code}); set TORII_STATE_DIR to a folder that can be written`,
    );
  }
}
