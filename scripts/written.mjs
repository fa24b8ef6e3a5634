// Writes files of the repository that are made from its source.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { build } from 'esbuild';
import { format, resolveConfig } from 'prettier';

import { root } from './run.mjs';

/** Writes what `textOf` makes of a module of ours, bundled so that nothing has to be built before. Paths are of the repository. */
export async function write(target, { from, textOf }) {
  const file = join(root, target);
  const text = await made(file, { from, textOf });
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  console.log(`${target} is written`);
}

/** Whether a file is what `write` would write. */
export async function isWritten(target, { from, textOf }) {
  const file = join(root, target);
  const text = await made(file, { from, textOf });
  return existsSync(file) && readFileSync(file, 'utf8') === text;
}

async function made(file, { from, textOf }) {
  const program = join(root, 'node_modules/.cache/written', `${basename(from, '.ts')}.mjs`);
  await build({
    entryPoints: [join(root, from)],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  const options = await resolveConfig(file);
  const text = textOf(await import(pathToFileURL(program).href));
  return format(text, { ...options, filepath: file });
}
