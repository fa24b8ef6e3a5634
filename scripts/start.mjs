// Builds what the demonstration needs, then becomes the demonstration: same arguments, same output, same exit code.
import { spawn } from 'node:child_process';

import { build, root } from './run.mjs';

await build('packages/sandbox');
const child = spawn(process.execPath, ['packages/sandbox/dist/main.js', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
