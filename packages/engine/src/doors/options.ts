import type { Denial } from '../nouns/denial.ts';
import type { Effect } from '../nouns/effect.ts';
import type { Engine, Mode } from '../nouns/engine.ts';
import type { MoneyInput } from '../nouns/money.ts';
import type { Outcome, Waiting } from '../nouns/outcome.ts';
import type { Payee } from '../nouns/payee.ts';

/**
 * The agent's token, or where to find it. A function is given what the application passed for this run, in the way of
 * its framework: say what that is, as in `({ token }: { token: string }) => token`. Nothing a model wrote is passed.
 */
export type Identify = string | ((context: never) => string | undefined | PromiseLike<string | undefined>);

/** One answer for all runs, or one for each: a function is given what `identify` is given. */
export type OfRun<T> = T | ((context: never) => T | PromiseLike<T>);

/** What a call costs at most: fixed, or from its arguments. The same arguments must give the same price. */
export type Price<Input> = MoneyInput | ((input: Input) => MoneyInput | undefined);

/** Who receives the money: fixed, or from the arguments. The same arguments must give the same payee. */
export type PayeeOf<Input> = Payee | ((input: Input) => Payee | undefined);

/** How a call that needs a person is told: the framework pauses the run, or the model is told at once. */
export type ApprovalMode = 'native' | 'result';

/** Answers for a call that may not run, with what stands in for the tool's output. */
export type InsteadOf<Output> = (answer: Denial | Waiting, message: string) => Output | PromiseLike<Output>;

/** One answer of Torii about one call, for logs and metrics. */
export interface ToolDecision {
  readonly tool: string;

  /** The framework's id of the call, which links it to the messages of the conversation. */
  readonly toolCallId: string | undefined;
  readonly outcome: Outcome<unknown>;
}

/** What all guarded tools have in common. */
export interface CommonOptions {
  readonly torii: Engine;

  /** Whose call it is. From the application, never from what a model wrote. */
  readonly identify: Identify;

  /**
   * `native`: the run pauses in the framework's own way, and goes on after its own answer.
   * `result`: for runs without a person in front; the model is told to repeat the call later. @default 'native'
   */
  readonly approval?: ApprovalMode | undefined;

  /**
   * How long a call that needs people waits for them before the model is told that it waits, in milliseconds, at most a
   * day. An abort of the run ends the waiting. With `native` only a call that the framework has resumed waits: before
   * that the run is paused instead. @default 0, which waits for nobody
   */
  readonly waitMs?: number | undefined;

  /**
   * `shadow` decides and records calls and blocks none, with an engine that enforces the others: for letting one tool or
   * one run in slowly. A function that throws, or answers anything else, means `enforce`. @default 'enforce'
   */
  readonly mode?: OfRun<Mode> | undefined;

  /** Told of every denial, every pause and every end of a call. What it throws is ignored. @default silent */
  readonly onDecision?: ((decision: ToolDecision) => void | PromiseLike<void>) | undefined;
}

/** How one tool is guarded. */
export interface ToolOptions<Input, Output> extends CommonOptions {
  /** The tool's name in policies: `search`, `github/create_issue`. */
  readonly tool: string;

  /** What a call costs at most. Undefined from a function, or a function that throws, is an unknown price: a denial. */
  readonly price: Price<Input>;

  /**
   * Who receives the money. Undefined from a function names nobody; a function that throws, and anything that is no
   * payee, is a denial. What a function reads from the arguments is the model's word. @default nobody is named
   */
  readonly payee?: PayeeOf<Input> | undefined;

  /**
   * What the tool does: `read`, `mutating`, `destructive` or `admin`. Policy may say otherwise. Only said here, never
   * taken from the tool: what an MCP server says of its own tools, `readOnlyHint` for example, is an unproven claim,
   * and believing it would let a server lower the effect of what it does. @default by the tool's name
   */
  readonly effect?: Effect | undefined;

  /** What the call really cost, from its output; of a streaming tool, from the last value. @default the price */
  readonly charged?: ((output: Output) => MoneyInput | PromiseLike<MoneyInput>) | undefined;

  /** 64 hexadecimal digits that pin the tool. @default the SHA-256 of its name, description and input schema */
  readonly definition?: string | undefined;

  /** What the model gets instead of a refusal when the call may not run. `message` is what the refusal would say. */
  readonly onDenied?: InsteadOf<Output> | undefined;

  /**
   * Leaves the tool as it is: the way to admit one that Torii cannot enforce. A function says so for each run, and skips
   * by `true` alone: one that throws does not. @default false
   */
  readonly skip?: OfRun<boolean> | undefined;
}

/** The options of a tool whose arguments and output nobody knows: what is run is a tool of a framework. */
export interface AnyToolOptions extends ToolOptions<unknown, unknown> {
  readonly identify: string | OfAnyRun<string | undefined>;
  readonly mode?: Mode | OfAnyRun<Mode> | undefined;
  readonly skip?: boolean | OfAnyRun<boolean> | undefined;
}

/** Handed whatever the application passed: whoever wrote it said that this fits. */
type OfAnyRun<T> = (context: unknown) => T | PromiseLike<T>;

/** The options of any one tool, before its types are forgotten. */
export type SomeToolOptions = Omit<ToolOptions<never, never>, 'onDenied'> & {
  readonly onDenied?: InsteadOf<unknown> | undefined;
};
