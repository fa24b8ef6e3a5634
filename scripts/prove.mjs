// Builds the proofs and runs the suite that is named; lists them where none is.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { build, root } from './run.mjs';

// A suite is a program of its own; what the suites share lies in folders.
const names = readdirSync(join(root, 'proofs'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -3));
const [name, ...options] = process.argv.slice(2);

if (name === undefined || !names.includes(name)) {
  console.error(
    name === undefined ? 'prove: expected the name of a suite' : `prove: no suite is called \`${name}\``,
  );
  console.error(`expected one of: ${names.join(', ')}`);
  console.error(
    'then `--full` for the long counts, or `--broken=NAME` to see one of its planted bugs caught',
  );
  process.exit(name === undefined ? 0 : 2);
}

await build('proofs');
const flags = ['--disable-warning=ExperimentalWarning'];
const child = spawn(process.execPath, [...flags, `proofs/dist/${name}.js`, ...options], {
  cwd: root,
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
