// The doors with the lowest versions of their frameworks: `compat/lowest` names them, and its lockfile pins what they
// bring. The sources of the doors are copied beside them, because a package finds its peers in the folders above it.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { root, run } from '../run.mjs';

const wanted = join(root, 'compat/lowest');
const folder = join(root, '.torii/lowest');
const modules = join(folder, 'node_modules');

/** The folders of packages that have peers, apart from the engine: its peers are locked at their lowest anyway. */
const doors = readdirSync(join(root, 'packages')).filter((name) => {
  const path = join(root, 'packages', name, 'package.json');
  return name !== 'engine' && existsSync(path) && readJson(path).peerDependencies !== undefined;
});

/** Installs the frameworks once for each lockfile, and copies the doors as they are now. */
export async function installLowest() {
  const lock = readFileSync(join(wanted, 'package-lock.json'), 'utf8');
  const installed = join(folder, 'installed.json');
  if (!existsSync(installed) || readFileSync(installed, 'utf8') !== lock) {
    rmSync(folder, { recursive: true, force: true });
    cpSync(wanted, folder, { recursive: true });
    const { status, output } = await run('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], {
      cwd: folder,
    });
    if (status !== 0) throw new Error(`the lowest versions could not be installed:\n${output}`);
    writeFileSync(installed, lock);
  }
  requireVersions();
  rmSync(join(folder, 'packages'), { recursive: true, force: true });
  for (const name of doors) {
    for (const part of ['src', 'package.json', 'README.md']) {
      const from = join(root, 'packages', name, part);
      if (existsSync(from)) cpSync(from, join(folder, 'packages', name, part), { recursive: true });
    }
  }
  cpSync(join(root, 'jest.config.ts'), join(folder, 'jest.config.ts'));
  // The configuration names them, and Jest wants every folder that it names.
  for (const name of ['packages/engine', 'packages/sandbox', 'proofs', 'tests'])
    mkdirSync(join(folder, name), { recursive: true });
}

/** What is missing here would be found in the root, at its highest version, and nobody would notice. */
function requireVersions() {
  for (const [name, range] of Object.entries(readJson(join(wanted, 'package.json')).dependencies)) {
    const version = range.replace(/^npm:.*@/, '');
    const found = readJson(join(modules, name, 'package.json')).version;
    if (found !== version) throw new Error(`expected ${name} ${version}, found ${found}`);
  }
}

/** Runs the tests of the doors there. */
export function testLowest() {
  const jest = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    join(root, 'node_modules/jest/bin/jest.js'),
    '--selectProjects',
    ...doors,
  ];
  return run(process.execPath, jest, { cwd: folder });
}

/** @param {string} path */
function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}
