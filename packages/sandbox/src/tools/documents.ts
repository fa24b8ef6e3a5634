import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type Passage, passagesOf } from './search.ts';

/** The sections of the repository's own documentation: the pages of its root and every markdown file under `docs`. */
export async function documentationOf(root: string): Promise<readonly Passage[]> {
  const docs = join(root, 'docs');
  const names = existsSync(docs) ? await readdir(docs, { recursive: true }) : [];
  const files = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md'].map((name) =>
    join(root, name),
  );
  const found = [
    ...files.filter(existsSync),
    ...names
      .filter(isMarkdown)
      .sort()
      .map((name) => join(docs, name)),
  ];
  const passages = await Promise.all(
    found.map(async (file) => passagesOf(relative(root, file), await readFile(file, 'utf8'))),
  );
  return passages.flat();
}

function isMarkdown(name: string): boolean {
  return name.endsWith('.md');
}
