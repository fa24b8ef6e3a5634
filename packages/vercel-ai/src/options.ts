import type { Denial, Effect, Engine, MoneyInput, Outcome, Payee, Waiting } from '@torii/engine';
import type { InputOf, OutputOf } from './tool-types.ts';

/**
 * The agent's token, or where to find it. A function is given what the application passed for this run: the
 * `experimental_context` of AI SDK 6, the tool's entry of `toolsContext` in AI SDK 7. Nothing a model wrote is passed.
 */
export type Identify = string | ((context: unknown) => string | undefined | PromiseLike<string | undefined>);

/** What a call costs at most: fixed, or from its arguments. The same arguments must give the same price. */
export type Price<Input> = MoneyInput | ((input: Input) => MoneyInput | undefined);

/** Who receives the money: fixed, or from the arguments. The same arguments must give the same payee. */
export type PayeeOf<Input> = Payee | ((input: Input) => Payee | undefined);

/** How a call that needs a person is told: the SDK pauses the run, or the model is told at once. */
export type ApprovalMode = 'native' | 'result';

/** One answer of Torii about one call, for logs and metrics. */
export interface ToolDecision {
  readonly tool: string;

  /** The SDK's id of the call, which links it to the messages of the conversation. */
  readonly toolCallId: string | undefined;
  readonly outcome: Outcome<unknown>;
}

/** What all guarded tools have in common. */
export interface CommonOptions {
  readonly torii: Engine;

  /** Whose call it is. From the application, never from what a model wrote. */
  readonly identify: Identify;

  /**
   * `native`: the run ends with the SDK's own approval request, and goes on after its approval response.
   * `result`: for runs without a person in front; the model is told to repeat the call later. @default 'native'
   */
  readonly approval?: ApprovalMode | undefined;

  /**
   * How long a call that needs people waits for them before the model is told that it waits, in milliseconds, at most a
   * day. An abort of the run ends the waiting. With `native` only a call that the SDK has resumed waits: before that the
   * run is paused instead. @default 0, which waits for nobody
   */
  readonly waitMs?: number | undefined;

  /** Told of every denial, every pause and every end of a call. What it throws is ignored. @default silent */
  readonly onDecision?: ((decision: ToolDecision) => void | PromiseLike<void>) | undefined;
}

/** How one tool is guarded. */
export interface GuardOptions<T> extends CommonOptions {
  /** The tool's name in policies: `search`, `github/create_issue`. */
  readonly tool: string;

  /** What a call costs at most. Undefined from a function, or a function that throws, is an unknown price: a denial. */
  readonly price: Price<InputOf<T>>;

  /**
   * Who receives the money. Undefined from a function names nobody; a function that throws, and anything that is no
   * payee, is a denial. What a function reads from the arguments is the model's word. @default nobody is named
   */
  readonly payee?: PayeeOf<InputOf<T>> | undefined;

  /**
   * What the tool does: `read`, `mutating`, `destructive` or `admin`. Policy may say otherwise. Only said here, never
   * taken from the tool: what an MCP server says of its own tools, `readOnlyHint` for example, is an unproven claim,
   * and believing it would let a server lower the effect of what it does. @default by the tool's name
   */
  readonly effect?: Effect | undefined;

  /** What the call really cost, from its output; of a streaming tool, from the last value. @default the price */
  readonly charged?: ((output: OutputOf<T>) => MoneyInput | PromiseLike<MoneyInput>) | undefined;

  /** 64 hexadecimal digits that pin the tool. @default the SHA-256 of its name, description and input schema */
  readonly definition?: string | undefined;

  /** What the model gets instead of an error when the call may not run. `message` is what the error would say. */
  readonly onDenied?: OnDenied<T> | undefined;

  /** Set for a plain function that returns an async iterable; `async function*` is recognized. @default false */
  readonly streaming?: boolean | undefined;

  /** Leaves the tool as it is: the way to admit one that Torii cannot enforce. @default false */
  readonly skip?: boolean | undefined;
}

/** Answers for a call that may not run. */
export type OnDenied<T> = (
  answer: Denial | Waiting,
  message: string,
) => OutputOf<T> | PromiseLike<OutputOf<T>>;

/** How a set of tools is guarded. Maps are read by own property, and may name only tools of the set. */
export interface GuardToolsOptions<T, Skipped extends keyof T = never> extends CommonOptions {
  /** One price for all, or one for each tool. A tool without a price is refused. */
  readonly price: MoneyInput | { readonly [K in Exclude<keyof T, Skipped>]: Price<InputOf<T[K]>> };

  /** Qualifies the names for policies: tool `create_issue` of server `github` is `github/create_issue`. */
  readonly server?: string | undefined;

  /** One payee for all, or one for some tools. */
  readonly payee?: Payee | { readonly [K in keyof T]?: PayeeOf<InputOf<T[K]>> } | undefined;
  readonly effect?: { readonly [K in keyof T]?: Effect } | undefined;
  readonly charged?: { readonly [K in keyof T]?: GuardOptions<T[K]>['charged'] } | undefined;
  readonly definition?: { readonly [K in keyof T]?: string } | undefined;
  readonly onDenied?: { readonly [K in keyof T]?: OnDenied<T[K]> } | undefined;
  readonly streaming?: readonly (keyof T)[] | undefined;

  /** Tools that are left as they are. */
  readonly skip?: readonly Skipped[] | undefined;
}
