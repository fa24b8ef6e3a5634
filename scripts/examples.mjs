// Builds and runs every example. Each is a program that asserts its own result, without a network.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { build, root, run, seconds } from './run.mjs';

const limitMs = 60_000;
const offline = pathToFileURL(join(root, 'scripts/offline.mjs')).href;

/** Every `main.ts` or `main.js` in a folder of its own, and every file that stands alone; never a leftover of a build. */
function programs() {
  return readdirSync(join(root, 'examples'), { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === 'dist' || entry.name === 'node_modules') return [];
    if (entry.isFile())
      return entry.name.endsWith('.ts') ? [`examples/dist/${entry.name.replace(/\.ts$/, '.js')}`] : [];
    const folder = `examples/${entry.name}`;
    if (existsSync(join(root, folder, 'main.ts'))) return [`examples/dist/${entry.name}/main.js`];
    return existsSync(join(root, folder, 'main.js')) ? [`${folder}/main.js`] : [];
  });
}

await build('examples');
const found = programs();
let failures = 0;
for (const program of found) {
  const { status, output, timedOut, durationMs } = await run(
    process.execPath,
    ['--import', offline, program],
    { timeoutMs: limitMs },
  );
  const verdict = timedOut
    ? `did not end within ${seconds(limitMs)}`
    : status === 0
      ? 'ok'
      : `exit code ${status}`;
  console.log(
    `${program.replace(/^examples\/(?:dist\/)?/, '').padEnd(36)} ${verdict}  ${seconds(durationMs)}`,
  );
  if (status === 0) continue;
  failures++;
  process.stdout.write(`${output}\n`);
}
console.log(`examples: ${found.length - failures} passed, ${failures} failed`);
if (failures > 0) process.exitCode = 1;
