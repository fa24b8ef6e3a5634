import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, type Entry, money, sqliteStore, systemClock } from '@torii/engine';
import { policyFile, statePaths } from '../paths.ts';
import type { RunReport } from '../run.ts';
import { people } from '../stage/people.ts';
import { makeStateFolder } from '../state-folder.ts';
import type { CallEvent } from '../timeline/event.ts';
import { command } from './command.ts';

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(directory: string, ...args: readonly string[]): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  const code = await command(args, {
    stdout: { isTTY: false, write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    environment: { TORII_STATE_DIR: directory },
  });
  return { code, stdout, stderr };
}

interface RunFailure {
  readonly error: { readonly code: string; readonly message: string } | null;
}

function callsOf({ events }: RunReport, tool: string): readonly CallEvent[] {
  return events.filter((event): event is CallEvent => event.kind === 'call' && event.tool === tool);
}

function spentOf({ budgets }: RunReport, agent: string, scope: string): string | undefined {
  return budgets.find((budget) => budget.agent === agent && budget.scope === scope)?.spent;
}

function cents(text = '0'): bigint {
  return money(`${text} USD`).units / 10_000n;
}

let directory: string;
let first: RunReport;
let second: RunReport;
let runs: readonly Ran[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'torii-sandbox-'));
  runs = [await run(directory, '--json'), await run(directory, '--json')];
  [first, second] = runs.map(({ stdout }) => JSON.parse(stdout) as RunReport) as [RunReport, RunReport];
});

afterAll(() => rm(directory, { recursive: true }));

test('a run prints one JSON document, says that every check holds, and ends with 0', () => {
  expect(runs.map(({ code, stderr }) => [code, stderr])).toEqual([
    [0, ''],
    [0, ''],
  ]);
  expect(first.checks.filter(({ holds }) => !holds)).toEqual([]);
  expect(first).toMatchObject({ ok: true, model: 'scripted' });
});

test('the session spent exactly what its allowed calls cost', () => {
  const files = callsOf(first, 'metrics').reduce((sum, { costUsd }) => sum + cents(costUsd), 0n);
  const search = callsOf(first, 'search').filter(({ verdict }) => verdict === 'allowed');

  expect(callsOf(first, 'dependencies').map(({ costUsd }) => costUsd)).toEqual(['0.05', '0.05', '0.05']);
  expect(search.map(({ costUsd }) => costUsd)).toEqual(['0.02', '0.02', '0.02', '0.02', '0.02']);
  expect(files).toBeGreaterThan(0n);
  expect(cents(spentOf(first, 'report-agent', 'session'))).toBe(15n + 10n + files + 90n);
});

test('of 12 parallel calls at 0.15 against 1.00 exactly 6 passed', () => {
  const calls = callsOf(first, 'licence');

  expect(calls.map(({ verdict, code }) => code ?? verdict)).toEqual([
    ...Array<string>(6).fill('allowed'),
    ...Array<string>(6).fill('BUDGET_EXCEEDED'),
  ]);
  expect(calls.slice(0, 6).map(({ leftUsd }) => leftUsd)).toEqual([
    '0.85',
    '0.70',
    '0.55',
    '0.40',
    '0.25',
    '0.10',
  ]);
  expect(spentOf(first, 'burst-agent', 'session')).toBe('0.90');
});

test.each`
  tool            | verdict     | code                 | costUsd
  ${'trade'}      | ${'denied'} | ${'TOOL_DENIED'}     | ${undefined}
  ${'deep_audit'} | ${'denied'} | ${'PRICE_ABOVE_CAP'} | ${undefined}
  ${'advisories'} | ${'failed'} | ${undefined}         | ${'0.00'}
`('$tool is $verdict with $code and costs nothing', ({ tool, verdict, code, costUsd }) => {
  const [call, ...others] = callsOf(first, tool);

  expect(call).toMatchObject({ verdict });
  expect([call?.code, call?.costUsd]).toEqual([code, costUsd]);
  expect(others).toEqual([]);
});

test('the sixth search of the minute is denied and told when to come back', () => {
  const last = callsOf(first, 'search').at(-1);

  expect(last).toMatchObject({ verdict: 'denied', code: 'RATE_EXCEEDED', status: 429 });
  expect(last?.retryAfterSeconds).toBeGreaterThan(0);
});

test('publishing waits for a person, is resumed under its id and charged once', () => {
  const [waiting, published, ...others] = callsOf(first, 'publish');

  expect(waiting).toMatchObject({ verdict: 'waiting', code: 'APPROVAL_REQUIRED', costUsd: '0.90' });
  expect(published).toMatchObject({
    verdict: 'allowed',
    callId: waiting?.callId,
    costUsd: '0.90',
    leftUsd: waiting?.leftUsd,
  });
  expect(others).toEqual([]);
});

test('the imported policy decides as its page promises', () => {
  const told = [...callsOf(first, 'web_search'), ...callsOf(first, 'crypto_trading')];

  expect(told.map(({ code, costUsd, leftUsd }) => [code ?? costUsd, leftUsd])).toEqual([
    ['0.12', '3.45'],
    ['PRICE_ABOVE_CAP', '3.45'],
    ['TOOL_DENIED', '3.45'],
  ]);
});

test('the report holds what the tools found', () => {
  const text = readFileSync(statePaths(directory).report, 'utf8');
  const packages = /^(\d+) packages are installed/m.exec(text)?.[1];

  expect(callsOf(first, 'dependencies')[0]?.note).toContain(`${packages} packages`);
  expect(text).toContain('| MIT | ');
  expect(text).toContain('- trade: TOOL_DENIED');
});

test('a second run continues the day in a session of its own', () => {
  const day = cents(spentOf(first, 'report-agent', 'agent'));

  expect(first.spentEarlierTodayUsd).toBe('0.00');
  expect(cents(second.spentEarlierTodayUsd)).toBe(day);
  expect(second.session).not.toBe(first.session);
  expect(cents(spentOf(second, 'report-agent', 'agent'))).toBe(
    day + cents(spentOf(second, 'report-agent', 'session')),
  );
  expect(second.journal.entries).toBeGreaterThan(first.journal.entries);
});

test('--journal prints the journal of both runs and finds it intact', async () => {
  const json = await run(directory, '--journal', '--json');
  const text = await run(directory, '--journal');
  const { entries, verification } = JSON.parse(json.stdout) as { entries: Entry[]; verification: object };

  expect([json.code, text.code]).toEqual([0, 0]);
  expect(entries).toHaveLength(second.journal.entries);
  expect(verification).toEqual({ kind: 'intact', entries: entries.length, head: second.journal.head });
  expect(text.stdout).toContain(`intact: ${entries.length} entries`);
  expect(Math.max(...text.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
});

test('--journal reads while somebody uses the state, and says that it is intact', async () => {
  const store = await sqliteStore(statePaths(directory).database).open({ clock: systemClock });

  const { code, stdout, stderr } = await run(directory, '--journal');
  await store.close();

  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toContain(`intact: ${second.journal.entries} entries`);
});

test.each([[[]], [['--json']], [['--reset']]])(
  'while somebody uses the state, %j says so and ends with 1',
  async (args) => {
    const store = await sqliteStore(statePaths(directory).database).open({ clock: systemClock });

    const { code, stdout, stderr } = await run(directory, ...args);
    await store.close();

    expect(code).toBe(1);
    expect(stderr).toContain('another run is using the state');
    expect(stdout === '' ? undefined : (JSON.parse(stdout) as object)).toEqual(
      args.includes('--json')
        ? { ok: false, error: expect.objectContaining({ code: 'STORE_IN_USE' }) }
        : undefined,
    );
  },
);

test('a run for which the day has too little left does not start and says how to go on', async () => {
  const other = await mkdtemp(join(tmpdir(), 'torii-sandbox-'));
  const { issuer, reporter } = await people('spender');
  const torii = await createEngine({
    policies: policyFile,
    store: sqliteStore(statePaths(other).database),
    identity: { issuers: [issuer] },
  });
  const call = {
    credential: reporter.token,
    framework: 'test',
    tool: 'search',
    arguments: {},
    price: '0.02 USD',
  };
  await torii.guard(call, () => 'found', { charged: () => '195.00 USD' });
  await torii.close();

  const { code, stderr } = await run(other);
  await rm(other, { recursive: true });

  expect(code).toBe(1);
  expect(stderr).toMatch(/report-agent has 5\.00 USD left today of 200\.00.*--reset/);
});

test.each([[[]], [['--json']], [['--journal']]])(
  'a state that is no store of ours is refused by %j, which names the way out',
  async (args) => {
    const folder = await mkdtemp(join(tmpdir(), 'torii-sandbox-'));
    await writeFile(statePaths(folder).database, 'not a database '.repeat(999));

    const { code, stdout, stderr } = await run(folder, ...args);
    const reset = await run(folder, '--reset');
    await rm(folder, { recursive: true });

    expect([code, reset.code]).toEqual([1, 0]);
    expect(stderr).toMatch(/^torii: [^\n]*demo\.db[^\n]*npm start -- --reset\n$/);
    const { error } = JSON.parse(stdout || '{ "error": null }') as RunFailure;
    if (!args.includes('--json')) return;
    expect(error?.code).toBe('STORE_CORRUPT');
    expect(error?.message).not.toContain('STORE_CORRUPT');
  },
);

test.each([[[]], [['--journal']], [['--reset']]])(
  'a TORII_STATE_DIR that names a file is told in one line by %j',
  async (args) => {
    const { code, stdout, stderr } = await run(import.meta.filename, ...args);

    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^torii: expected TORII_STATE_DIR to name a folder[^\n]*\n$/);
  },
);

test.each(['/proc/torii', `${import.meta.filename}/below`, join(tmpdir(), 'torii-none/below')])(
  'a folder that cannot be made, %s, is told in one line',
  async (name) => {
    const { code, stderr } = await run(name);

    expect(code).toBe(1);
    expect(stderr).toMatch(/^torii: the folder `[^\n]*TORII_STATE_DIR[^\n]*\n$/);
  },
);

test('a folder that is missing is made below one that is there', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'torii-sandbox-'));
  makeStateFolder(join(folder, 'state'));
  makeStateFolder(join(folder, 'state'));

  expect(readdirSync(folder)).toEqual(['state']);
  await rm(folder, { recursive: true });
});

test('--reset deletes the state and nothing else, and says so', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'torii-sandbox-'));
  await (await sqliteStore(statePaths(folder).database).open({ clock: systemClock })).close();

  const answers = [
    await run(folder, '--reset'),
    await run(folder, '--reset'),
    await run(folder, '--journal'),
  ];
  const left = readdirSync(folder);
  await rm(folder, { recursive: true });

  expect(answers.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(answers.map(({ stdout }) => stdout.split(/[ :]/)[0])).toEqual(['deleted', 'nothing', 'the']);
  expect(left).toEqual([]);
  expect(existsSync(statePaths(directory).database)).toBe(true);
});

test('unknown arguments print the usage on stderr and end with 2', async () => {
  const { code, stdout, stderr } = await run(directory, '--nope');

  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('Usage: npm start');
});
