// Builds what the demonstration needs, then becomes the demonstration: same arguments, same output, same exit code.
// It ends when it is told to, and when npm is gone: npm passes some signals on, dies of the others, and never says so.
import { spawn } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import { basename } from 'node:path';

import { build, root } from './run.mjs';

const WATCHED_EVERY_MS = 250;
let stop = () => process.exit(1);

if (process.env.npm_lifecycle_event !== undefined) {
  const born = lineage();
  const watch = setInterval(() => {
    if (lineage() === born) return;
    clearInterval(watch);
    stop();
  }, WATCHED_EVERY_MS).unref();
}

await build('packages/sandbox');
// Over the channel the demonstration learns of our end, even of one that we cannot see coming.
const child = spawn(process.execPath, ['packages/sandbox/dist/main.js', ...process.argv.slice(2)], {
  cwd: root,
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
});
stop = () => child.kill('SIGTERM');
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => {
  process.exitCode = code ?? 128 + constants.signals[signal];
});

/** Our parent, and the one above it where our parent is npm's shell, which outlives npm. Only Linux tells. */
function lineage() {
  const parent = process.ppid;
  try {
    if (basename(readlinkSync(`/proc/${parent}/exe`)) === basename(process.execPath)) return `${parent}`;
    const [, grandparent] = readFileSync(`/proc/${parent}/stat`, 'utf8').split(') ').at(-1).split(' ');
    return `${parent} ${grandparent}`;
  } catch {
    return `${parent}`;
  }
}
