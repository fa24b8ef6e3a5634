import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fakeClock } from '../../testing/fake-clock.ts';
import { storeContract } from '../../testing/store-contract.ts';
import { sqliteStore } from './sqlite-store.ts';

test.each(storeContract())('$title', async ({ run }) => {
  const folder = mkdtempSync(join(tmpdir(), 'torii-sqlite-'));
  try {
    await run(async () => {
      const clock = fakeClock();
      return { store: await sqliteStore(join(folder, 'torii.db')).open({ clock }), clock };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
