import type { ApprovalMode, PayeeOf, Price } from '../../doors/index.ts';
import type { Denial } from '../../nouns/denial.ts';
import type { Effect } from '../../nouns/effect.ts';
import type { Engine, Mode } from '../../nouns/engine.ts';
import type { MoneyInput } from '../../nouns/money.ts';
import type { Waiting } from '../../nouns/outcome.ts';
import type { ScenarioName } from './scenarios/scenarios.ts';

/** The arguments of every tool that is tested: what it costs, and whatever else a model or a client writes. */
export interface ToolInput {
  readonly cents: number;
  readonly [other: string]: number | string;
}

/** How a tool of the contract is guarded, in the words that all doors share. */
export interface GuardSetting {
  readonly price: Price<ToolInput>;
  readonly payee?: PayeeOf<ToolInput>;
  readonly effect?: Effect;

  /** From the text that the tool answered; of a tool that yields, from the last text. */
  readonly charged?: (output: string) => MoneyInput;

  /** Means nothing to a door whose framework has no pause of its own. */
  readonly approval?: ApprovalMode;
  readonly waitMs?: number;
  readonly mode?: Mode;
  readonly skip?: boolean;

  /** What is read instead of a refusal. */
  readonly onDenied?: (answer: Denial | Waiting, message: string) => string;

  /** Passed on as it is: among what a door tells is the verdict, or something that has it as its `outcome`. */
  readonly onDecision?: (...told: readonly unknown[]) => void;
}

/** What a tool does with one call. */
export interface ToolRun {
  readonly input: ToolInput;

  /** The framework's signal for this run, where it has one. */
  readonly signal: AbortSignal | undefined;
}

/** A tool that the driver offers to a model or a client. */
export interface ToolUnderTest {
  readonly name: string;

  /** Guarded once for each: not at all, so that one sees the framework alone; once; or twice, which has to be refused. */
  readonly guards: readonly GuardSetting[];

  /** Answers with a text, or throws. */
  readonly execute: (run: ToolRun) => Promise<string>;

  /** Set for a tool that yields texts: then this is run instead. */
  readonly stream?: (run: ToolRun) => AsyncGenerator<string, void, undefined>;
}

/** One call that a model or a client makes. */
export interface CallUnderTest {
  /** The framework's id of the call; the `Idempotency-Key` of a request. */
  readonly id: string;
  readonly tool: string;
  readonly input: ToolInput;
}

/** Calls that are made at once: one step of a model, or requests that are under way together. */
export interface RunUnderTest {
  readonly calls: readonly CallUnderTest[];

  /** The token that the application passes for this run, in the framework's own way; undefined for none. */
  readonly credential: string | undefined;

  /** What the caller says of itself, by name: words in a message, headers of a request. Nobody may believe it. */
  readonly claims?: Readonly<Record<string, string>>;

  /** Aborts the run; the client hangs up. */
  readonly signal?: AbortSignal;
}

/** What a person answered in the framework's own way, which proves nothing to Torii. */
export interface NativeAnswer extends Omit<RunUnderTest, 'calls'> {
  readonly approved: boolean;
}

/** What became of one call, for whoever made it. */
export type Told =
  | {
      readonly kind: 'answered';

      /** All that the model or the client reads: output, refusal or error. For HTTP the status, a space, and the body. */
      readonly text: string;
    }
  | {
      readonly kind: 'paused';

      /** What the person is shown, or the client reads. */
      readonly text: string;

      /** JSON with which the run goes on, also in another process. */
      readonly state: string;
    };

/** A framework with guarded tools, ready for calls. */
export interface OpenDoor {
  /** Lets a model or a client make the calls, and answers what it read for each, in order. Rejects when the run does. */
  run(run: RunUnderTest): Promise<readonly Told[]>;

  /**
   * Goes on with what was paused. Frameworks without a pause repeat the request: `approved` is then only a claim that
   * the client makes, and a client that was refused asks no more.
   */
  resume(state: string, answer: NativeAnswer): Promise<readonly Told[]>;

  /** Makes one call of a tool that yields, and yields the texts as they are read. Not to listen to the end is to leave. */
  stream?(run: RunUnderTest): AsyncIterable<string>;

  /** Resolves once this side knows that whoever made the latest run has left. @default at once */
  left?(): Promise<void>;
  close(): Promise<void>;
}

/** What the framework needs to be opened with. */
export interface DoorSetting {
  readonly torii: Engine;
  readonly tools: readonly ToolUnderTest[];
}

/** Why a scenario cannot pass in a framework. */
export interface Limit {
  /** A sentence about the framework. */
  readonly says: string;

  /** Where the framework says so. */
  readonly link: string;
}

/** One door, as `doorContract` needs it: a driver that makes a framework call guarded tools. */
export interface DoorUnderTest {
  /** The column of the table: `Vercel AI SDK 7`. */
  readonly name: string;

  /** The package: `@torii/vercel-ai`. */
  readonly door: string;

  /** What policies call it in `match.frameworks`. */
  readonly framework: string;

  /** The framework that is tested, with its version: `ai 7.0.173`. */
  readonly version: string;

  /** Puts a framework together. Throws what the door throws for its options. */
  open(setting: DoorSetting): OpenDoor | Promise<OpenDoor>;

  /** What the framework cannot do. A limit that is none any more fails. @default none */
  readonly limits?: Readonly<Partial<Record<ScenarioName, Limit>>>;
}
