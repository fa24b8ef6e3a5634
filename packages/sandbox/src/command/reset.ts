import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { relative } from 'node:path';
import { sqliteStore, systemClock, ToriiError } from '@torii/engine';
import type { StatePaths } from '../paths.ts';
import { print, type Terminal } from './terminal.ts';

/** Deletes what earlier runs left. Rejects with STORE_IN_USE while a run is using it. */
export async function reset(
  { directory, database, report }: StatePaths,
  { stdout }: Terminal,
): Promise<number> {
  const files = [database, `${database}-wal`, `${database}-shm`, `${database}-lock`, report];
  const shown = relative(process.cwd(), directory) || '.';
  if (!files.some((file) => existsSync(file))) {
    print(stdout, [`nothing to delete: ${shown} holds no state`]);
    return 0;
  }
  await refuseIfInUse(database);
  await Promise.all(files.map((file) => rm(file, { force: true })));
  print(stdout, [`deleted the state in ${shown}; the next run starts from the beginning`]);
  return 0;
}

/** A file that cannot be read may be deleted; one that is in use may not. */
async function refuseIfInUse(database: string): Promise<void> {
  if (!existsSync(database)) return;
  try {
    const store = await sqliteStore(database).open({ clock: systemClock });
    await store.close();
  } catch (error) {
    if (ToriiError.is(error) && error.code === 'STORE_IN_USE') throw error;
  }
}
