import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { documentationOf } from './documents.ts';
import { readLockfile } from './lockfile.ts';
import type { Workshop } from './paid-tool.ts';
import { searchIndex } from './search.ts';

/** Reads what the tools work with from the repository at `root`. */
export async function openWorkshop(root: string, reportFile: string): Promise<Workshop> {
  const lockfile = readLockfile(await readFile(join(root, 'package-lock.json'), 'utf8'));
  const search = searchIndex(await documentationOf(root));
  return {
    root,
    lockfile,
    search,
    reportFile,
    advisoriesUrl: `http://127.0.0.1:${await deadPort()}/advisories`,
  };
}

/** A port of this machine on which nobody listens: one that was free a moment ago. */
function deadPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
