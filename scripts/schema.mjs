// Writes the published JSON Schema of policies, packages/engine/schema/policy.schema.json, from the schema that the
// engine itself validates with. `npm run schema`
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { build } from 'esbuild';
import { format, resolveConfig } from 'prettier';

import { root } from './run.mjs';

const source = join(root, 'packages/engine/src/decide/document/json-schema.ts');
const program = join(root, 'node_modules/.cache/schema/json-schema.mjs');
const target = join(root, 'packages/engine/schema/policy.schema.json');

await build({
  entryPoints: [source],
  outfile: program,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  logLevel: 'error',
});
const { policyJsonSchema } = await import(pathToFileURL(program).href);
const options = await resolveConfig(target);
mkdirSync(dirname(target), { recursive: true });
writeFileSync(
  target,
  await format(JSON.stringify(policyJsonSchema(), undefined, 2), { ...options, filepath: target }),
);
console.log('schema: packages/engine/schema/policy.schema.json is written');
