import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildSync } from 'esbuild';
import type { Entry } from '../../nouns/entry.ts';
import type { Store } from '../../nouns/store.ts';
import { allEntries, assertSound, standing, totals } from '../../testing/contract/contract-case.ts';
import { charge, reservation } from '../../testing/contract/samples.ts';
import { fakeClock } from '../../testing/fake-clock.ts';
import { fakeRandom } from '../../testing/fake-random.ts';
import { loadDriver } from './driver.ts';
import { sqliteStore } from './sqlite-store.ts';

const KILLS = 20;
const LIMIT = 1_500n;
const TTL_MS = 3_600_000;

/**
 * Funds a wallet, and holds, extends, settles and forgets calls of it and of one hot budget for ever; prints what was
 * acknowledged.
 */
const WRITER = `
import { writeSync } from 'node:fs';
import { systemClock } from './nouns/clock.ts';
import { sqliteStore } from './stores/sqlite/sqlite-store.ts';
import { credit, extension, ofWallet } from './testing/contract/account-samples.ts';
import { charge, cost, reservation, rolling } from './testing/contract/samples.ts';

const [path = '', run = '', ahead = '0'] = process.argv.slice(2);
const clock = { ...systemClock, now: () => Date.now() + Number(ahead) };
const say = (...words: string[]): void => void writeSync(1, words.join(' ') + '\\n');
const store = await sqliteStore(path).open({ clock });
const hot = charge('hot', { amount: 7n, limit: ${LIMIT}n });
let next = 0;
const work = async (): Promise<void> => {
  for (;;) {
    const id = run + '-' + next++;
    const then = next % 3 === 0 ? { kind: 'hold' as const } : { kind: 'start' as const };
    const budgets = [hot, rolling('any', clock.now(), { amount: 7n, limit: ${LIMIT}n }), ofWallet(7n)];
    const session = { writes: true };
    const answer = await store.reserve(reservation(id, { budgets, session, then, ttlMs: ${TTL_MS} }));
    if (answer.kind === 'stale-window') continue;
    say(answer.kind, id);
    if (answer.kind !== 'reserved') {
      await store.move(credit(id));
      say('moved', id);
    }
    if (answer.kind !== 'reserved' || next % 4 === 0) continue;
    if (next % 5 === 0) {
      await store.extend(extension(id, 7n, { ttlMs: ${TTL_MS} }));
      say('extended', id);
    }
    await store.settle(cost(id, 2n));
    say('settled', id);
  }
};
for (let worker = 0; worker < 16; worker++) void work();
`;

let folder: string;
let path: string;
let writer: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'torii-crash-'));
  path = join(folder, 'torii.db');
  writer = join(folder, 'writer.mjs');
  const libsql = createRequire(import.meta.url).resolve('libsql');
  const resolveDir = join(import.meta.dirname, '../..');
  const common = { bundle: true, platform: 'node', format: 'esm', target: 'es2022' } as const;
  buildSync({
    ...common,
    stdin: { contents: WRITER, resolveDir, loader: 'ts' },
    outfile: writer,
    alias: { libsql },
    external: [libsql],
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function started(file: string, run = 0, aheadMs = 0): ChildProcess {
  const options = ['--disable-warning=ExperimentalWarning', writer, file, `run${run}`, String(aheadMs)];
  return spawn(process.execPath, options, { stdio: ['ignore', 'pipe', 'inherit'], env: {} });
}

/** Kills the writer after so many acknowledgements; answers all that it gave, also those on their way. */
async function killedAfter(child: ChildProcess, acknowledgements: number): Promise<readonly string[]> {
  const lines: string[] = [];
  if (child.stdout === null) throw new Error('expected the output of the writer');
  const reading = createInterface(child.stdout).on('line', (line) => {
    lines.push(line);
    if (lines.length === acknowledgements) child.kill('SIGKILL');
  });
  await Promise.all([once(child, 'exit'), once(reading, 'close')]);
  return lines;
}

async function expectUndamaged(): Promise<void> {
  const connection = (await loadDriver())(path);
  expect(connection.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
  connection.close();
}

async function expectAcknowledged(store: Store, lines: readonly string[]): Promise<void> {
  const entries = await allEntries(store);
  const recorded = new Set(entries.map(acknowledgement));
  const told = lines.filter((line) => !line.startsWith('refused'));
  expect(told.filter((line) => !recorded.has(line))).toEqual([]);
}

/** What the writer prints for an entry. */
function acknowledgement({ type, callId, facts }: Entry): string {
  return type === 'wallet.credited'
    ? `moved ${JSON.stringify(facts['movement']).slice(1, -1)}`
    : `${type.replace('call.', '')} ${callId}`;
}

/** After the time to live: what had not started is free again, and what had started is still held. */
async function expectOnlyStartedHeld(store: Store): Promise<void> {
  while ((await store.expire(1_000)) > 0);
  const unresolved = await store.unresolved(100_000);
  const [, held] = await totals(store, 'hot');
  expect(held).toBe(7n * BigInt(unresolved.length));
  const expired = await store.entries({ afterSeq: 0, limit: 100_000, types: ['call.expired'] });
  for (const { callId } of expired) expect((await store.call(callId ?? ''))?.state).toBe('expired');
}

test(`a writer that is killed ${KILLS} times loses nothing that it acknowledged, and grants nothing twice`, async () => {
  const random = fakeRandom(2_026);
  const acknowledged: string[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    // Each writer lives after the hold's time to live that the check before it let pass.
    const aheadMs = kill * TTL_MS;
    const lines = await killedAfter(started(path, kill, aheadMs), 1 + random.below(150));
    acknowledged.push(...lines);
    await expectUndamaged();

    const clock = fakeClock(Date.now() + aheadMs);
    const store = await sqliteStore(path).open({ clock });
    await assertSound(store);
    await expectAcknowledged(store, acknowledged);
    const { spent, held } = await standing(store, 'hot');
    expect(spent + held <= LIMIT).toBe(true);
    clock.set(clock.now() + TTL_MS);
    await expectOnlyStartedHeld(store);
    await assertSound(store);
    await store.close();
  }
  const kinds = new Set(acknowledged.map((line) => line.split(' ')[0]));
  expect(kinds).toEqual(new Set(['reserved', 'extended', 'settled', 'refused', 'moved']));
}, 120_000);

test('a second process is refused while the first lives, and welcome when that is killed', async () => {
  const other = join(folder, 'other.db');
  const child = started(other);
  if (child.stdout === null) throw new Error('expected the output of the writer');
  await once(child.stdout, 'data');

  await expect(sqliteStore(other).open({ clock: fakeClock(Date.now()) })).rejects.toMatchObject({
    code: 'STORE_IN_USE',
  });
  child.kill('SIGKILL');
  await once(child, 'exit');

  const store = await sqliteStore(other).open({ clock: fakeClock(Date.now()) });
  const answer = await store.reserve(reservation('after', { budgets: [charge('calm')] }));
  expect(answer.kind).toBe('reserved');
  await store.close();
});
