import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { createEngine } from '../../create.ts';
import type { PolicyDocument } from '../../decide/index.ts';
import { signAgentToken, signApproverToken } from '../../identify/index.ts';
import type { Approval } from '../../nouns/approval.ts';
import type { DenialCode } from '../../nouns/denial.ts';
import type { Engine } from '../../nouns/engine.ts';
import type { EngineOptions } from '../../options.ts';
import { memoryStore } from '../../stores/memory/memory-store.ts';
import { sqliteStore } from '../../stores/sqlite/sqlite-store.ts';
import { auditBudgets } from '../audit.ts';
import { allEntries, assertSound } from '../contract/contract-case.ts';
import { fakeClock } from '../fake-clock.ts';
import type {
  CallUnderTest,
  DoorUnderTest,
  GuardSetting,
  OpenDoor,
  RunUnderTest,
  Told,
  ToolInput,
  ToolRun,
  ToolUnderTest,
} from './door-under-test.ts';
import { watchedStore } from './watched-store.ts';

const issuer = {
  issuer: 'https://login.example',
  audience: 'torii',
  algorithm: 'HS256',
  key: new Uint8Array(32).fill(7),
} as const;

/** What a scenario begins with. */
export interface WorldSetting {
  /** Sections in place of those of the policy that allows `pay` and gives every agent 1.00 USD. */
  readonly policy?: Partial<PolicyDocument> | ((framework: string) => Partial<PolicyDocument>);

  /** How `pay` is guarded, beside its price: the `cents` of its arguments. */
  readonly guard?: Partial<GuardSetting>;

  /** What `pay` does. @default answers `paid 30` */
  readonly execute?: (run: ToolRun, world: World) => Promise<string>;

  /** Makes `pay` a tool that yields. */
  readonly stream?: ToolUnderTest['stream'];

  /** All tools, instead of a guarded `pay`. */
  readonly tools?: (pay: ToolUnderTest, world: World) => readonly ToolUnderTest[];

  /** Whether what is stored lasts beyond the process. @default false */
  readonly lasting?: boolean;
  readonly engine?: Partial<EngineOptions>;
}

/** What stands in the books. In cents. */
export interface Account {
  /** How often tools were started. */
  readonly runs: number;
  readonly spent: number;

  /** What is still held, and ought to be. */
  readonly held: number;
}

/** What has to stand in the books when a scenario is over. */
export type Expected =
  | Account
  /** For scenarios that are about words: others are about the money of such calls. */
  | Pick<Account, 'runs'>
  | {
      readonly runs: number;

      /** Spent, or held until somebody knows: frameworks differ in what they tell of a caller who left. */
      readonly gone: number;
    };

export type Words = Partial<Omit<RunUnderTest, 'calls'>>;

const LEDGER = { scope: 'tenant', window: 'lifetime', limit: '1000000.00 USD' } as const;

/** What is waited for is long there by both: turns count on a busy machine, time for what the machine does beside them. */
const PATIENCE = { turns: 500, ms: 1_000 };

/** An engine on a clock that stands still, and the door that is tested, with a tool called `pay`. */
export class World {
  readonly clock = fakeClock();

  /** How often tools were started so far. */
  runs = 0;

  /** What a scenario was told was decided: codes of denials, kinds of all else. */
  readonly decisions: string[] = [];

  /** Given once a tool has started. */
  readonly started = signal();

  /** For tools that wait until the scenario lets them end. */
  readonly ending = signal();

  readonly #tested: DoorUnderTest;
  readonly #setting: WorldSetting;
  readonly #folder: string | undefined;
  readonly #closers: (() => Promise<void>)[] = [];
  #watched = watchedStore(memoryStore());
  #engine: Engine | undefined;
  #door: OpenDoor | undefined;

  constructor(tested: DoorUnderTest, setting: WorldSetting) {
    this.#tested = tested;
    this.#setting = setting;
    this.#folder = setting.lasting === true ? mkdtempSync(join(tmpdir(), 'torii-door-')) : undefined;
  }

  get torii(): Engine {
    return this.#engine ?? assert.fail('the engine was not opened');
  }

  get door(): OpenDoor {
    return this.#door ?? assert.fail('the door was not opened');
  }

  /** What the store can be made to do. */
  get store(): Pick<ReturnType<typeof watchedStore>, 'breakDown' | 'holdUp'> {
    return this.#watched;
  }

  /** Opens the engine and the door, as a process that starts does. */
  async open(): Promise<void> {
    if (this.#folder !== undefined) this.#watched = watchedStore(sqliteStore(join(this.#folder, 'torii.db')));
    const { policy = {} } = this.#setting;
    const sections = typeof policy === 'function' ? policy(this.#tested.framework) : policy;
    const rules = {
      id: 'rules',
      tools: { allow: ['pay'] },
      budgets: [{ scope: 'agent', window: 'lifetime', limit: '1.00 USD' }],
      ...sections,
    };
    this.#engine = await createEngine({
      policies: [rules, { id: 'ledger', tools: { allow: ['**', '*'] }, budgets: [LEDGER] }] as never,
      identity: { issuers: [issuer] },
      clock: this.clock,
      ...this.#setting.engine,
      store: this.#watched.source,
    });
    const { tools = (pay) => [pay] } = this.#setting;
    this.#door = await this.openDoor(tools(this.tool('pay'), this));
  }

  /** Opens one more door on the same engine, which is closed with the world. */
  async openDoor(tools: readonly ToolUnderTest[]): Promise<OpenDoor> {
    const door = await this.#tested.open({ torii: this.torii, tools });
    this.#closers.push(() => door.close());
    return door;
  }

  /** A tool that is guarded, does what the setting says, and whose runs are counted. */
  tool(name: string, execute = this.#setting.execute): ToolUnderTest {
    const { guard, stream } = this.#setting;
    const price: GuardSetting['price'] = ({ cents }) => dollars(cents);
    return {
      name,
      guards: [{ price, ...guard }],
      execute: async (run) => {
        this.#start();
        return execute === undefined ? `paid ${run.input.cents}` : execute(run, this);
      },
      ...(stream === undefined ? {} : { stream: this.#counted(stream) }),
    };
  }

  /** The process ends, and another starts on what it left. */
  async restart(): Promise<void> {
    await this.#stop();
    await this.open();
  }

  /** The engine closes while the door is still open. */
  async closeEngine(): Promise<void> {
    this.#watched.keepOpen();
    await this.#engine?.close();
  }

  /** Lets one model or client make calls, by default as the agent `bot`. */
  async run(calls: readonly CallUnderTest[], words: Words = {}): Promise<readonly Told[]> {
    return this.door.run({ calls, credential: await this.token(), ...words });
  }

  /** Lets one call of `pay` be made, and answers what was read. */
  async ask(id: string, cents = 30, words: Words = {}): Promise<Told> {
    return only(await this.run([pay(id, cents)], words));
  }

  /** As `ask`, where no pause is expected: the text that was read. */
  async read(id: string, cents = 30, words: Words = {}): Promise<string> {
    return textOf(await this.ask(id, cents, words));
  }

  /** Goes on with a call that has to be paused. */
  async resume(told: Told, approved: boolean, words: Words = {}): Promise<Told> {
    const credential = await this.token();
    return only(await this.door.resume(stateOf(told), { approved, credential, ...words }));
  }

  /** Goes on with calls that have to be paused, of one run. */
  async resumeAll(told: readonly Told[]): Promise<readonly Told[]> {
    const credential = await this.token();
    // Calls of one run are kept together, or each by itself.
    const states = [...new Set(told.map(stateOf))];
    const answers = await Promise.all(
      states.map((state) => this.door.resume(state, { approved: true, credential })),
    );
    return answers.flat();
  }

  /** A signed token of an agent of Ann's. */
  token(claims: { agent?: string; session?: string; carveOut?: string } = {}): Promise<string> {
    const { clock } = this;
    const standard = { agent: 'bot', owner: 'ann', session: 's1', expiresInSeconds: 80_000 };
    return signAgentToken({ ...issuer, clock, ...standard, ...claims });
  }

  /** Approvals that somebody has to decide, as Ann sees them. */
  async pending(): Promise<readonly Approval[]> {
    const answer = await this.torii.approvals.list({ credential: await this.#ann(), status: 'pending' });
    return answer.kind === 'page' ? answer.approvals : assert.fail(answer.message);
  }

  /** Ann decides whatever waits, at least one; of one price, if that is said. */
  async vote(verdict: 'approve' | 'deny', cents?: number): Promise<void> {
    const all = await this.pending();
    const waiting = all.filter(({ action }) => cents === undefined || action.price === dollars(cents));
    assert.notEqual(waiting.length, 0, 'expected an approval that waits');
    for (const { id: approvalId, actionHash } of waiting) {
      const credential = await this.#ann();
      const answer = await this.torii.approvals.decide({ credential, approvalId, verdict, actionHash });
      assert.equal(answer.kind, 'counted');
    }
  }

  /** Ann withdraws what she approved. */
  async withdraw(): Promise<void> {
    const credential = await this.#ann();
    const page = await this.torii.approvals.list({ credential, status: 'approved' });
    for (const { id: approvalId } of page.kind === 'page' ? page.approvals : []) {
      const answer = await this.torii.approvals.cancel({ credential, approvalId });
      assert.equal(answer.kind, 'cancelled');
    }
  }

  /** Waits for what others have under way. Rejects when it does not come about. */
  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const lateMs = performance.now() + PATIENCE.ms;
    for (let turn = 0; turn < PATIENCE.turns || performance.now() < lateMs; turn++) {
      if (await condition()) return;
      await nextTurn();
    }
    assert.fail('what was waited for did not come about');
  }

  /** Requires what a scenario says of the books, once all that is under way has been written; and sound books. */
  async settle(expected: Expected): Promise<void> {
    this.#watched.breakDown(false);
    const isThere = async (): Promise<boolean> =>
      isDeepStrictEqual(inTermsOf(expected, await this.#account()), expected);
    // What is wrong is told below, with the figures.
    await this.until(isThere).catch(() => undefined);
    // Whatever comes late would change it again.
    for (let turn = 0; turn < 50; turn++) await nextTurn();
    assert.deepEqual(inTermsOf(expected, await this.#account()), expected);
  }

  /** Requires that the journal is whole, and that every budget is what it adds up to. */
  async audit(): Promise<void> {
    this.#watched.breakDown(false);
    await assertSound(this.#watched.store());
  }

  async close(): Promise<void> {
    await this.#stop();
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true });
  }

  async #stop(): Promise<void> {
    for (const close of this.#closers.splice(0)) await close();
    const closing = this.#engine?.close();
    // Calls that a scenario left running are not waited for.
    await this.clock.advance(5_000);
    await closing;
  }

  #start(): void {
    this.runs += 1;
    this.started.give();
  }

  #counted(stream: NonNullable<ToolUnderTest['stream']>): NonNullable<ToolUnderTest['stream']> {
    const start = (): void => this.#start();
    return async function* (run) {
      start();
      yield* stream(run);
    };
  }

  async #account(): Promise<Account> {
    const entries = await allEntries(this.#watched.store());
    // What was set aside is spent by the calls of delegated agents, and would count twice.
    const aside = new Set(entries.filter(({ facts }) => 'carved' in facts).map(({ callId }) => callId));
    const budgets = auditBudgets(entries.filter(({ callId }) => callId === undefined || !aside.has(callId)));
    const ledger = budgets.filter(({ key }) => key.includes('tenant'));
    const sum = (field: 'spent' | 'held'): number =>
      Number(ledger.reduce((total, budget) => total + budget[field], 0n) / 10_000n);
    return { runs: this.runs, spent: sum('spent'), held: sum('held') };
  }

  #ann(): Promise<string> {
    return signApproverToken({ ...issuer, clock: this.clock, approver: 'ann', expiresInSeconds: 80_000 });
  }
}

/** A call of `pay`. */
export function pay(id: string, cents = 30, more: Partial<ToolInput> = {}): CallUnderTest {
  return { id, tool: 'pay', input: { ...more, cents } };
}

/** What one call was told, of a run that made no other. */
export function only(told: readonly Told[]): Told {
  const [one, ...others] = told;
  assert.equal(others.length, 0, 'expected one answer for one call');
  return one ?? assert.fail('expected an answer for the call');
}

/** What was read, where there was no pause. */
export function textOf(told: Told): string {
  assert.equal(told.kind, 'answered', `expected an answer, got ${JSON.stringify(told)}`);
  return told.text;
}

/** Requires a text that names a code or says a sentence, and no output of the tool. */
export function assertDenied(text: string, code: DenialCode | 'APPROVAL_REQUIRED' | `A ${string}`): void {
  assert.ok(text.includes(code), `expected ${code}, got: ${text}`);
  assert.ok(!text.includes('paid'), `expected no output of the tool, got: ${text}`);
}

/** Requires the output of a tool that ran. */
export function assertRan(text: string, output: string): void {
  assert.ok(text.includes(output), `expected \`${output}\`, got: ${text}`);
}

/** `0.30 USD` */
export function dollars(cents: number): string {
  return `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')} USD`;
}

/** What somebody else does later. */
export function signal(): { readonly given: Promise<void>; readonly give: () => void } {
  let give = (): void => undefined;
  const given = new Promise<void>((resolve) => (give = resolve));
  return { given, give };
}

function stateOf(told: Told): string {
  if (told.kind !== 'paused') return assert.fail(`expected a pause, got: ${told.text}`);
  // What cannot be read as JSON again would not survive a restart.
  JSON.parse(told.state);
  return told.state;
}

function inTermsOf(expected: Expected, { runs, spent, held }: Account): Expected {
  if ('gone' in expected) return { runs, gone: spent + held };
  return 'spent' in expected ? { runs, spent, held } : { runs };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
