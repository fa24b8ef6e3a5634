import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sqliteStore, systemClock } from '@torii/engine';
import { buildSync } from 'esbuild';
import { repositoryRoot, statePaths } from './paths.ts';

/** Generous: a run takes about two seconds. */
const LATEST_MS = 25_000;

/** Dies of every signal and passes none on, as npm does with some. */
const NPM =
  "require('node:child_process').spawn(process.argv[1], process.argv.slice(2), { stdio: 'inherit' })";

/** What npm starts: the program, or a shell that starts it and stays. */
const BELOW_NPM = {
  npm: () => [process.execPath, start, '--serve'],
  'npm with a shell': () => ['/bin/sh', '-c', `'${process.execPath}' '${start}' --serve; true`],
};

let folder: string;
let start: string;
let main: string;

/** The real start.mjs above the real program, with a build that has nothing to do. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'torii-main-'));
  start = join(folder, 'scripts/start.mjs');
  main = join(folder, 'packages/sandbox/dist/main.js');
  mkdirSync(join(folder, 'scripts'));
  copyFileSync(join(repositoryRoot, 'scripts/start.mjs'), start);
  const stub = `export const root = ${JSON.stringify(folder)};\nexport const build = async () => {};\n`;
  writeFileSync(join(folder, 'scripts/run.mjs'), stub);
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  bundle();
});
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

function bundle(): void {
  const libsql = createRequire(join(repositoryRoot, 'packages/engine/package.json')).resolve('libsql');
  const entry = join(import.meta.dirname, 'main.ts');
  buildSync({
    entryPoints: [entry],
    outfile: main,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'es2022',
    conditions: ['@torii/source'],
    alias: { libsql },
    external: [libsql],
    // The program finds the repository, which its tools read, from where its sources are.
    define: { 'import.meta.url': JSON.stringify(pathToFileURL(entry).href) },
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire('/');" },
  });
}

function started(state: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, args, {
    // A group of its own, so that whatever a failure leaves behind can be ended.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Node 22 warns about its own SQLite.
    env: {
      NODE_OPTIONS: '--disable-warning=ExperimentalWarning',
      TORII_STATE_DIR: join(folder, state),
      ...environment,
    },
  });
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Resolves when every process that could still write has ended; kills what is left after a generous time. */
async function ended(child: ChildProcess, onOutput: (stdout: string) => void = () => {}): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => onOutput((stdout += text)));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    process.kill(-(child.pid ?? 0), 'SIGKILL');
  }, LATEST_MS);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  if (late) throw new Error(`expected an end within ${LATEST_MS} ms, after:\n${stdout}\n${stderr}`);
  return { code, stdout, stderr };
}

test('the program prints one line of JSON and ends by itself with 0', async () => {
  const { code, stdout, stderr } = await ended(started('json', [main, '--json']));

  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, model: 'scripted' });
});

test('below start.mjs it does the same', async () => {
  const { code, stdout, stderr } = await ended(started('below', [start, '--json']));

  expect([code, stderr]).toEqual([0, '']);
  expect(JSON.parse(stdout)).toMatchObject({ ok: true });
});

type Killing = readonly [
  killed: keyof typeof BELOW_NPM | 'start.mjs',
  signal: NodeJS.Signals,
  code: number | null,
];

const killings: readonly Killing[] = [
  ['npm', 'SIGKILL', null],
  ['npm', 'SIGHUP', null],
  // Elsewhere nobody tells whether there is anything above the shell.
  ...(process.platform === 'linux' ? [['npm with a shell', 'SIGKILL', null] as const] : []),
  ['start.mjs', 'SIGKILL', null],
  ['start.mjs', 'SIGTERM', 0],
  ['start.mjs', 'SIGHUP', 0],
];

test.each(killings)('when %s gets %s, --serve ends and gives up its lock', async (killed, signal, code) => {
  const state = `${killed} ${signal}`;
  const child =
    killed === 'start.mjs'
      ? started(state, [start, '--serve'])
      : started(state, ['--eval', NPM, ...BELOW_NPM[killed]()], { npm_lifecycle_event: 'start' });
  let sent = false;
  const end = await ended(child, (stdout) => {
    if (sent || !stdout.includes('Ctrl-C ends it')) return;
    sent = child.kill(signal);
  });

  expect({ sent, code: end.code }).toEqual({ sent: true, code });
  const { database } = statePaths(join(folder, state));
  expect(existsSync(database)).toBe(true);
  await (await sqliteStore(database).open({ clock: systemClock })).close();
});
