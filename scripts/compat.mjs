// Runs the demonstration and most tests on the other versions of Node that Torii supports, and the tests of the doors with
// the lowest versions of their frameworks. `--only=22` or `--only=lowest` runs one of them, `--quick` the demonstration
// alone.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { installLowest, testLowest } from './compat/lowest.mjs';
import { listOption, root, run, seconds } from './run.mjs';

const majors = ['22', '24'];
const runs = [...majors, 'lowest'];
const isQuick = process.argv.includes('--quick');
const only = listOption('only');
const unknown = only.filter((name) => !runs.includes(name));
if (unknown.length > 0) {
  console.error(`compat: no run is planned for ${unknown.join(', ')}; expected one of: ${runs.join(', ')}`);
  process.exit(2);
}
const isWanted = (name) => only.length === 0 || only.includes(name);

const jest = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
  // Long runs of scripts that Redis judges, not Node, and of random calls. The contract of the store runs on every version.
  '--testPathIgnorePatterns=engine/src/redis/.*(?:differential|together|people|replicated|cluster)[^/]*$',
  '--testPathIgnorePatterns=engine/src/(?:decide/(?:decide-properties|planted|findings/|rules/evaluate/effort)|stores/differential)',
];
/** The version between the lowest, which `npm test` runs on, and the highest: what only computes is not run there again. */
const between = '22';
const computing =
  '--testPathIgnorePatterns=engine/src/(?:decide|calendar|simulate|redis/(?:holds|people)|testing)/';
const programsOn = (major) => ({
  start: ['scripts/start.mjs', '--json'],
  ...(isQuick ? {} : { test: major === between ? [...jest, computing] : jest }),
});

/** How many tests a run had, as it says at its end. */
const testsIn = (output) => /^Tests: .*?(\d+) total$/m.exec(output)?.[1] ?? '';

/** The bin folder of that Node, installed once into the cache of this checkout. */
async function binFolder(major) {
  const folder = join(root, 'node_modules/.cache', `node-${major}`);
  const bin = join(folder, 'node_modules/node/bin');
  if (!existsSync(join(bin, 'node'))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    const { status, output } = await run('npm', ['install', '--no-audit', '--no-fund', `node@${major}`], {
      cwd: folder,
    });
    if (status !== 0 || !existsSync(join(bin, 'node')))
      throw new Error(`Node ${major} could not be installed:\n${output}`);
  }
  return bin;
}

const rows = [];

/** Runs one program, says how it went, and keeps the row of the table. */
async function judge(where, program, start) {
  process.stdout.write(`${where.padEnd(10)} ${program.padEnd(6)} ... `);
  const { status, output, durationMs } = await start();
  console.log(`${status === 0 ? 'ok' : 'FAILED'}  ${seconds(durationMs)}`);
  if (status !== 0) process.stdout.write(`${output}\n`);
  const result = status === 0 ? 'ok' : 'FAILED';
  rows.push({ where, program, result, tests: testsIn(output), time: seconds(durationMs) });
}

for (const major of majors.filter(isWanted)) {
  const bin = await binFolder(major);
  const node = join(bin, 'node');
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
  const version = (await run(node, ['--version'])).stdout.trim();
  for (const [name, args] of Object.entries(programsOn(major)))
    await judge(version, name, () => run(node, args, { env }));
}
if (isWanted('lowest') && !isQuick) {
  await installLowest();
  await judge('lowest', 'test', testLowest);
}

console.table(rows);
if (rows.some(({ result }) => result !== 'ok')) process.exitCode = 1;
