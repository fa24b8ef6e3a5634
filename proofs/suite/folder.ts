import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteStore, type StoreSource } from '@torii/engine';

/** A folder that is gone when the process ends, also when somebody interrupts it. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'torii-prove-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const) {
    process.once(signal, () => process.exit(128 + number));
  }
  return folder;
}

/** SQLite stores of a folder, each in a file of its own. */
export function sqliteStores(folder: string): () => StoreSource {
  let made = 0;
  return () => sqliteStore(join(folder, `store-${made++}.db`));
}
