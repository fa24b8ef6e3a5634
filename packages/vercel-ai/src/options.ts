import type { Effect, MoneyInput, Payee } from '@torii/engine';
import type { CommonOptions, InsteadOf, PayeeOf, Price, ToolOptions } from '@torii/engine/doors';
import type { InputOf, OutputOf } from './tool-types.ts';

/**
 * How one tool is guarded. A function `identify` is given what the application passed for this run: the
 * `experimental_context` of AI SDK 6, the tool's entry of `toolsContext` in AI SDK 7. A refusal is an error of the call.
 */
export interface GuardOptions<T> extends ToolOptions<InputOf<T>, OutputOf<T>> {
  /** Set for a plain function that returns an async iterable; `async function*` is recognized. @default false */
  readonly streaming?: boolean | undefined;
}

/** Answers for a call that may not run. */
export type OnDenied<T> = InsteadOf<OutputOf<T>>;

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
