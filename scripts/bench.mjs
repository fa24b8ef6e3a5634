// Builds the benchmarks and runs the one that is named; lists them where none is.
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { build, root } from './run.mjs';

// A file that exports something serves the others; a benchmark is a program and exports nothing.
const names = readdirSync(join(root, 'benchmarks'))
  .filter((file) => file.endsWith('.ts'))
  .filter((file) => !/^export\b/m.test(readFileSync(join(root, 'benchmarks', file), 'utf8')))
  .map((file) => file.slice(0, -3));
const [name, ...args] = process.argv.slice(2);

if (name === undefined || !names.includes(name)) {
  console.error(name === undefined ? 'bench: expected a name' : `bench: no benchmark is called \`${name}\``);
  console.error(names.length === 0 ? 'there are none yet' : `expected one of: ${names.join(', ')}`);
  process.exit(name === undefined ? 0 : 2);
}

// Node 20 inlines calls into WebAssembly, and ends the process ("unreachable code") when it takes such code back while
// the call runs. Cedar's calls meet that in most runs of `decide`; setting the flag from inside comes too late.
const flags = process.versions.node.startsWith('20.') ? ['--no-turbo-inline-js-wasm-calls'] : [];

await build('benchmarks');
const child = spawn(process.execPath, ['--expose-gc', ...flags, `benchmarks/dist/${name}.js`, ...args], {
  cwd: root,
  stdio: 'inherit',
});
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
