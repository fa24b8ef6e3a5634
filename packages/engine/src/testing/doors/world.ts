import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { createEngine } from '../../create.ts';
import type { PolicyDocument } from '../../decide/index.ts';
import type { Engine } from '../../nouns/engine.ts';
import type { EngineOptions } from '../../options.ts';
import { memoryStore } from '../../stores/memory/memory-store.ts';
import { sqliteStore } from '../../stores/sqlite/sqlite-store.ts';
import { allEntries, assertSound } from '../contract/contract-case.ts';
import { fakeClock } from '../fake-clock.ts';
import { type Account, booksOf, dollars, type Expected, inTermsOf, ledger } from './books.ts';
import type {
  CallUnderTest,
  DoorUnderTest,
  GuardSetting,
  OpenDoor,
  RunUnderTest,
  Told,
  ToolRun,
  ToolUnderTest,
} from './door-under-test.ts';
import { agentToken, Ann, issuer } from './people.ts';
import { only, pay, stateOf, textOf } from './reading.ts';
import { nextTurns, signal, until } from './turns.ts';
import { watchedStore } from './watched-store.ts';

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

/** What a run says beside its calls. */
export type Words = Partial<Omit<RunUnderTest, 'calls'>>;

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

  get ann(): Ann {
    return new Ann(this.torii, this.clock);
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
    const rules: PolicyDocument = {
      id: 'rules',
      tools: { allow: ['pay'] },
      budgets: [{ scope: 'agent', window: 'lifetime', limit: '1.00 USD' }],
      ...sections,
    };
    this.#engine = await createEngine({
      policies: [rules, ledger],
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
    return agentToken(this.clock, claims);
  }

  /** Requires what a scenario says of the books, once all that is under way has been written; and sound books. */
  async settle(expected: Expected): Promise<void> {
    this.#watched.breakDown(false);
    const isThere = async (): Promise<boolean> =>
      isDeepStrictEqual(inTermsOf(expected, await this.#account()), expected);
    // What is wrong is told below, with the figures.
    await until(isThere).catch(() => undefined);
    // Whatever comes late would change it again.
    await nextTurns(50);
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
    return { runs: this.runs, ...booksOf(await allEntries(this.#watched.store())) };
  }
}
