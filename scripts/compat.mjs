// Runs the tests and the demonstration on the other versions of Node that Torii supports.
// `--only=22` runs one of them, `--quick` the demonstration alone.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { listOption, root, run, seconds } from './run.mjs';

const majors = ['22', '24'];
const only = listOption('only');
const unknown = only.filter((major) => !majors.includes(major));
if (unknown.length > 0) {
  console.error(`compat: no run is planned for Node ${unknown.join(', ')}; expected ${majors.join(' or ')}`);
  process.exit(2);
}

const jest = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
  // Long runs of scripts that Redis judges, not Node. The contract of the store runs on every version.
  '--testPathIgnorePatterns=engine/src/redis/.*(?:differential|together|people|replicated|cluster)[^/]*$',
];
const programs = {
  start: ['scripts/start.mjs', '--json'],
  ...(process.argv.includes('--quick') ? {} : { test: jest }),
};

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
for (const major of majors.filter((each) => only.length === 0 || only.includes(each))) {
  const bin = await binFolder(major);
  const node = join(bin, 'node');
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
  const version = (await run(node, ['--version'])).stdout.trim();
  for (const [name, args] of Object.entries(programs)) {
    process.stdout.write(`${version.padEnd(10)} ${name.padEnd(6)} ... `);
    const { status, output, durationMs } = await run(node, args, { env });
    console.log(`${status === 0 ? 'ok' : 'FAILED'}  ${seconds(durationMs)}`);
    if (status !== 0) process.stdout.write(`${output}\n`);
    rows.push({
      node: version,
      program: name,
      result: status === 0 ? 'ok' : 'FAILED',
      time: seconds(durationMs),
    });
  }
}

console.table(rows);
if (rows.some(({ result }) => result !== 'ok')) process.exitCode = 1;
