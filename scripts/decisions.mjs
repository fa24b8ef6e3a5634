// Writes docs/reference/decisions.md from the table that the tests of decisions are made of. `npm run decisions`
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { build } from 'esbuild';
import { format, resolveConfig } from 'prettier';

import { root } from './run.mjs';

const source = join(root, 'packages/engine/src/decide/decisions-page.test-support.ts');
const program = join(root, 'node_modules/.cache/decisions/decisions-page.mjs');
const target = join(root, 'docs/reference/decisions.md');

await build({
  entryPoints: [source],
  outfile: program,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  logLevel: 'error',
});
const { decisionsPage } = await import(pathToFileURL(program).href);
const options = await resolveConfig(target);
writeFileSync(target, await format(decisionsPage(), { ...options, filepath: target }));
console.log('decisions: docs/reference/decisions.md is written');
