import type { Approval } from './approval.ts';
import type { Denial } from './denial.ts';
import type { Money } from './money.ts';
import type { BudgetStatus, RateStatus } from './charge.ts';

/** A person has to say yes first. The money is held; repeat the call to go on. */
export interface Waiting {
  readonly kind: 'waiting';
  readonly callId: string;
  readonly approval: Approval;
}

/** The tool ran and answered. */
export interface Done<T> {
  readonly kind: 'done';
  readonly callId: string;
  readonly value: T;

  /** What it cost; undefined while that is not written: the whole hold stays until it is. */
  readonly charged: Money | undefined;

  /** How its budgets stand. */
  readonly budgets: readonly BudgetStatus[];
}

/** The tool ran and threw, and cost nothing. */
export interface Failed {
  readonly kind: 'failed';
  readonly callId: string;
  readonly error: unknown;

  /** Whether the hold is back in its budgets already; until then it stays held. */
  readonly released: boolean;
  readonly budgets: readonly BudgetStatus[];
}

/** Nobody knows what the call cost. Its hold stays until `settle` or `release` says. */
export interface Unresolved {
  readonly kind: 'unresolved';
  readonly callId: string;
  readonly error: unknown;
}

/** What became of a guarded call. */
export type Outcome<T> = Denial | Waiting | Done<T> | Failed | Unresolved;

/** Leave to execute once, with the money already held. */
export interface Standing {
  readonly budgets: readonly BudgetStatus[];
  readonly rates: readonly RateStatus[];
}

/** How an execution went. `unknown`: it may have spent the money or not. */
export type Execution<T> =
  | { readonly kind: 'returned'; readonly value: T }
  | { readonly kind: 'threw'; readonly error: unknown }
  | { readonly kind: 'unknown'; readonly error: unknown };
