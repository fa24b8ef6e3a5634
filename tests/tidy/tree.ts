import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import type { Tree } from './source.ts';

const generated = new Set(['node_modules', 'dist', 'coverage', '.git', '.torii', 'package-lock.json']);
const text =
  /\.(?:ts|mjs|js|json|jsonc|md|yml|yaml|html|css|txt)$|(?:^|\/)(?:\.ci\/run|\.gitignore|\.npmrc|\.prettierignore)$/;

/** Every text file below `root` that somebody wrote. */
export function readTree(root: string): Tree {
  const tree: Record<string, string> = {};
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      if (generated.has(entry.name)) continue;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) visit(path);
      else if (entry.isFile() && text.test(path)) tree[path] = readFileSync(join(root, path), 'utf8');
    }
  };
  visit('');
  return tree;
}
