import type { Money } from '../../nouns/money.ts';

/** What an expression may read about one call. Whatever takes time to make is asked for only when it is read. */
export interface RuleFacts {
  readonly tool: string;
  readonly effect: string;
  readonly framework: string;

  /**
   * The arguments as parsed JSON. Called at most once per evaluation, and only by expressions that read them. The function
   * stands for the decision: whatever is evaluated with the same one shares its steps and must get the same arguments.
   */
  readonly arguments: () => unknown;

  readonly price: Money;

  /** Micro-units of `currency` that the price counts as; undefined when it does not count as it. */
  readonly counts: (currency: string) => bigint | undefined;

  readonly payee: PayeeFacts;
  readonly principal: PrincipalFacts;

  /** What the session has done so far. Undefined where nobody counts; an expression that reads it then fails. */
  readonly session: SessionCounts | undefined;

  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

/**
 * Who is paid, as far as it is known. A field that is missing fails when it is read; `has(payee.network)` asks.
 * Expressions read `recipient` and `category` in lower case, because case tells none of them apart.
 */
export interface PayeeFacts {
  readonly recipient?: string;
  readonly network?: string;
  readonly category?: string;
  readonly scheme?: string;
}

/** On whose behalf the call is made. */
export interface PrincipalFacts {
  readonly agent: string;
  readonly owner: string;
  readonly tenant: string;
  readonly session: string;
  readonly issuer: string;
}

/** What the session has done so far. */
export interface SessionCounts {
  readonly calls: number;
  readonly denials: number;
  readonly writes: number;
}
