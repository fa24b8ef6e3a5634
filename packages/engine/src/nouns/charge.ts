import type { BudgetAlert, BudgetWindow, RateWindow, Scope } from './decision.ts';

/** A stretch of time that a budget counts in. `endMs` is undefined for a lifetime. */
export interface WindowSpan {
  readonly startMs: number;
  readonly endMs: number | undefined;
}

/** A charge against one budget. In a rolling window the span is the slice that the charge is posted to. */
export interface BudgetCharge extends WindowSpan {
  readonly key: string;
  readonly policy: string;
  readonly clause: string;
  readonly scope: Scope;
  readonly window: BudgetWindow;

  /**
   * Set for a rolling window: every charge of the key counts until its whole slice is longer ago than this, in
   * milliseconds. The slices of a key always have the same length. Undefined for windows that count their span alone.
   */
  readonly rollingMs: number | undefined;

  readonly currency: string;

  /** Micro-units of the currency; 0 for an account, which says itself what fits. */
  readonly limit: bigint;
  readonly amount: bigint;

  /** Set where `key` names an account: what fits is what it was funded with, not `limit`. Its window is the lifetime. */
  readonly account?: AccountKind;

  /** What the journal tells of once so much is spent in the window, the smallest first. */
  readonly alerts?: readonly BudgetAlert[];
}

/**
 * A place that money is put into before it is spent: the wallet of an agent, or what a parent set aside for a delegated
 * agent out of its own budgets.
 */
export type AccountKind = 'wallet' | 'carve-out';

/** One call counted towards one rate. */
export interface RateCharge {
  readonly key: string;
  readonly policy: string;
  readonly clause: string;
  readonly scope: Scope;
  readonly per: RateWindow;
  readonly perMs: number;
  readonly limit: number;
}

/** How a budget stands. All amounts are micro-units of its currency; those of a rolling window are sums of its slices. */
export interface BudgetStatus {
  readonly key: string;
  readonly policy: string;
  readonly clause: string;
  readonly scope: Scope;
  readonly window: BudgetWindow;
  readonly currency: string;

  /** For an account: what it was funded with so far. */
  readonly limit: bigint;
  readonly spent: bigint;
  readonly held: bigint;

  /** As in the charge. */
  readonly account?: AccountKind;

  /** `limit - spent - held`, never below zero. */
  readonly left: bigint;

  /** A forced debit stopped it; nothing is granted until it is unfrozen. */
  readonly frozen: boolean;

  /**
   * When it starts anew, milliseconds since 1970; undefined for a lifetime. For a rolling window, when the oldest slice
   * that spent or holds anything stops counting; undefined while there is none.
   */
  readonly resetsAt: number | undefined;

  /** The same as a wait from now by the store's clock, in milliseconds. */
  readonly resetsInMs: number | undefined;
}

/** How a rate stands. */
export interface RateStatus {
  readonly key: string;
  readonly policy: string;
  readonly clause: string;
  readonly scope: Scope;
  readonly per: RateWindow;
  readonly limit: number;
  readonly used: number;
  readonly left: number;

  /** When at least one more call fits, at the latest; milliseconds since 1970. */
  readonly resetsAt: number;

  /** The same as a wait from now by the store's clock, in milliseconds; 0 where one fits now. */
  readonly resetsInMs: number;
}
