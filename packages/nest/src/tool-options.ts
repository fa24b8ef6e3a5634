import type { Denial, Effect, Mode, MoneyInput, Payee, Waiting } from '@torii/engine';
import { type Fields, functionField, type ToolDecision, toolFields } from '@torii/engine/doors';
import type { Awaitable } from '@torii/engine/http';

/** A question about one call of a method, which is given what the method is given. */
type AskArgs<Args extends readonly unknown[], T> = (...args: Args) => T | undefined;

/** What counts where `@GuardedTool` says nothing. */
export interface ToolDefaults {
  /** The agent's token. From the application, never from what a model wrote. */
  readonly identify?: ((args: readonly unknown[], tool: string) => Awaitable<string | undefined>) | undefined;

  /** As in `@GuardedTool`. @default 'enforce' */
  readonly mode?: Mode | undefined;

  /** As in `@GuardedTool`. @default 0 */
  readonly waitMs?: number | undefined;

  /** Told of every denial and every end of a call. What it throws is ignored. @default silent */
  readonly onDecision?: ((decision: ToolDecision) => void | PromiseLike<void>) | undefined;
}

/** How a method is a tool. Functions are given the arguments of the method; what is true of one call must stay true. */
export interface GuardedToolOptions<Args extends readonly unknown[], Output> {
  /** The tool's name in policies: `search`, `github/create_issue`. */
  readonly tool: string;

  /** What a call costs at most. Undefined from a function, or a function that throws, is an unknown price: a denial. */
  readonly price: MoneyInput | AskArgs<Args, MoneyInput>;

  /** The agent's token. From the application, never from what a model wrote. @default `tools.identify` of the module */
  readonly identify?: string | ((...args: Args) => Awaitable<string | undefined>) | undefined;

  /** Names the call, and the same name is the same call: of a job, for example, its id. @default what it asks for */
  readonly id?: AskArgs<Args, string> | undefined;

  /** Ends the waiting for people. Aborted while the method runs, it leaves open what an error means. @default none */
  readonly signal?: AskArgs<Args, AbortSignal> | undefined;

  /** What the call does, as plain JSON data. @default the argument where there is one, else the list of them */
  readonly arguments?: ((...args: Args) => unknown) | undefined;

  /** Who receives the money. A function that throws is a denial. @default nobody is named */
  readonly payee?: Payee | AskArgs<Args, Payee> | undefined;

  /** What the tool does: `read`, `mutating`, `destructive` or `admin`. @default by the tool's name */
  readonly effect?: Effect | undefined;

  /** What the call really cost, from what the method returned, or yielded last. @default the price */
  readonly charged?: ((output: Output) => Awaitable<MoneyInput>) | undefined;

  /** 64 hexadecimal digits that pin the tool. @default the SHA-256 of its name */
  readonly definition?: string | undefined;

  /** What is returned instead of throwing `ToriiDeniedError` when the call may not run. It may throw. */
  readonly onDenied?: ((answer: Denial | Waiting, message: string) => Awaitable<Output>) | undefined;

  /** How long a call that needs people waits for them, in milliseconds, at most a day. @default 0 */
  readonly waitMs?: number | undefined;

  /** Told of every denial and every end of a call. What it throws is ignored. @default silent */
  readonly onDecision?: ((decision: ToolDecision) => void | PromiseLike<void>) | undefined;

  /**
   * `shadow` decides and records calls and blocks none, with an engine that enforces the others. A function that throws,
   * or answers anything else, means `enforce`. @default 'enforce'
   */
  readonly mode?: Mode | ((...args: Args) => Awaitable<Mode>) | undefined;

  /** Leaves the method as it is. A function skips a call by `true` alone: one that throws does not. @default false */
  readonly skip?: boolean | ((...args: Args) => Awaitable<boolean>) | undefined;
}

/** The options of any one method, before it is known which. */
export type SomeGuardedToolOptions = Omit<GuardedToolOptions<never[], never>, 'onDenied'> & {
  readonly onDenied?: ((answer: Denial | Waiting, message: string) => unknown) | undefined;
};

/** Options of a method that nobody knows: whoever decorated it said that they fit. */
export type AnyGuardedToolOptions = GuardedToolOptions<readonly unknown[], unknown>;

const { tool, price, payee, effect, charged, definition, onDenied, mode, waitMs, onDecision, skip } =
  toolFields;

/** The fields of `GuardedToolOptions`. */
export const guardedToolFields = {
  tool,
  price,
  identify: { ...toolFields.identify, required: false },
  id: functionField,
  signal: functionField,
  arguments: functionField,
  payee,
  effect,
  charged,
  definition,
  onDenied,
  waitMs,
  onDecision,
  mode,
  skip,
} satisfies Fields & Record<keyof AnyGuardedToolOptions, unknown>;

/** The fields of `ToolDefaults`. */
export const toolDefaultFields = {
  identify: functionField,
  mode: {
    ...mode,
    accepts: (value: unknown) => typeof value === 'string' && mode.accepts(value),
    expected: '`enforce` or `shadow`',
  },
  waitMs,
  onDecision,
} satisfies Fields & Record<keyof ToolDefaults, unknown>;
