import type { Command } from '@langchain/langgraph';
import type { ToolMessage } from '@langchain/core/messages';
import type { Effect, Mode, MoneyInput, Payee } from '@torii/engine';
import type { CommonOptions, InsteadOf, PayeeOf, Price, ToolOptions } from '@torii/engine/doors';
import type { RunContext } from './run-context.ts';
import type { AnyTool, InputOf, OutputOf } from './tool-types.ts';

type ByName<T> = Readonly<Record<string, T | undefined>>;

/**
 * One answer for all runs, or a function that finds one in what the application handed the run. Say what that is where it
 * matters: `({ context }: RunContext<{ token: string }>) => context.token`. Nothing a model wrote is passed.
 */
export type OfRun<T> = T | ((run: RunContext<never>) => T | PromiseLike<T>);

interface Shared extends Omit<CommonOptions, 'identify' | 'mode'> {
  /** The agent's token: whose call it is. */
  readonly identify: Exclude<OfRun<string | undefined>, undefined>;

  /**
   * `shadow` decides and records calls and blocks none. A function that throws, or answers anything else, means
   * `enforce`. @default 'enforce'
   */
  readonly mode?: OfRun<Mode> | undefined;
}

/** How one tool is guarded. A refusal is a message of status `error`, or its text where no tool call was handed in. */
export interface GuardOptions<T>
  extends Omit<ToolOptions<InputOf<T>, OutputOf<T>>, 'identify' | 'mode' | 'skip'>, Shared {
  /** Leaves the tool as it is. A function says so for each run, and skips by `true` alone. @default false */
  readonly skip?: OfRun<boolean> | undefined;
}

/** Answers for a call that may not run. */
export type OnDenied<T> = InsteadOf<OutputOf<T>>;

/** The tool of a list that has this name; any of them where names are only known at run time. */
export type ToolNamed<T, Name> = T extends { readonly name: Name } ? T : never;

/** How a list of tools is guarded. Maps are read by own property, and may name only tools of the list. */
export interface GuardToolsOptions<T extends AnyTool, Skipped extends T['name'] = never> extends Shared {
  /** One price for all, or one for each tool. A tool without a price is refused. */
  readonly price:
    MoneyInput | { readonly [K in Exclude<T['name'], Skipped>]: Price<InputOf<ToolNamed<T, K>>> };

  /** Qualifies the names for policies: tool `create_issue` of server `github` is `github/create_issue`. */
  readonly server?: string | undefined;

  /** One payee for all, or one for some tools. */
  readonly payee?: Payee | { readonly [K in T['name']]?: PayeeOf<InputOf<ToolNamed<T, K>>> } | undefined;
  readonly effect?: { readonly [K in T['name']]?: Effect } | undefined;
  readonly charged?: { readonly [K in T['name']]?: GuardOptions<ToolNamed<T, K>>['charged'] } | undefined;
  readonly definition?: { readonly [K in T['name']]?: string } | undefined;
  readonly onDenied?: { readonly [K in T['name']]?: OnDenied<ToolNamed<T, K>> } | undefined;

  /** Tools that are left as they are. */
  readonly skip?: readonly Skipped[] | undefined;
}

/** How all tools of an agent are guarded. Maps are by the names that the model calls, and read by own property. */
export interface MiddlewareOptions extends Shared {
  /** One price for all, or one for each tool, from its validated arguments. A tool without a price is denied. */
  readonly price: MoneyInput | ByName<Price<never>>;

  /** Qualifies the names for policies: tool `create_issue` of server `github` is `github/create_issue`. */
  readonly server?: string | undefined;

  /** One payee for all, or one for some tools. */
  readonly payee?: Payee | ByName<PayeeOf<never>> | undefined;
  readonly effect?: ByName<Effect> | undefined;

  /** What a call really cost, from what it gave the run: `content` and `artifact` of its message. @default the price */
  readonly charged?:
    ByName<(output: ToolMessage | Command) => MoneyInput | PromiseLike<MoneyInput>> | undefined;
  readonly definition?: ByName<string> | undefined;

  /** What the model gets instead of a refusal: a message, a command, or the content of a message. */
  readonly onDenied?: ByName<InsteadOf<unknown>> | undefined;

  /** Tools that are left as they are. */
  readonly skip?: readonly string[] | undefined;

  /**
   * `message`: what a tool throws becomes the message that LangChain makes of it without any middleware.
   * `throw`: it leaves as it came, for a middleware further out that retries or answers; without one it ends the run.
   * @default 'message'
   */
  readonly toolErrors?: 'message' | 'throw' | undefined;
}
