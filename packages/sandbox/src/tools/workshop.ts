import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
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
    // Nobody listens there: it was free a moment ago.
    advisoriesUrl: `http://127.0.0.1:${await freePort()}/advisories`,
  };
}
