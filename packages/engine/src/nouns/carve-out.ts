import type { BudgetStatus } from './charge.ts';
import type { Denial } from './denial.ts';
import type { CallState } from './hold.ts';
import type { Money, MoneyInput } from './money.ts';
import type { CallName } from './operator.ts';

/** Asks to set money aside for agents that the caller delegates work to. */
export interface CarveOutRequest {
  /** The token of the parent, out of whose budgets it is set aside. */
  readonly credential: string | undefined;

  /** In a currency, and more than nothing: `"5.00 USD"`. */
  readonly amount: MoneyInput;

  /** How long it can be spent from, in milliseconds, at most 31 days. */
  readonly forMs: number;

  /** The same key of the same parent with the same amount and time is the same carve-out, also after a lost answer. */
  readonly idempotencyKey: string;
}

/** Money is set aside. Tokens that name `id` as their carve-out spend from it. */
export interface Opened {
  readonly kind: 'opened';
  readonly id: string;
  readonly amount: Money;

  /** When it closes by itself, milliseconds since 1970. */
  readonly expiresAt: number | undefined;

  /** How the parent's budgets stand. */
  readonly budgets: readonly BudgetStatus[];
}

/** What became of money that was set aside. Micro-units of `currency`. */
export interface CarveOut {
  readonly id: string;

  /** `carved` while it can be spent from, `unresolved` while delegated agents still hold some of it, then `settled`. */
  readonly state: CallState;
  readonly currency: string;
  readonly amount: bigint;
  readonly spent: bigint;
  readonly held: bigint;

  /** What can still be held from it: nothing once it is closed. */
  readonly left: bigint;
  readonly expiresAt: number | undefined;
}

/**
 * Money that a parent sets aside out of its own budgets for delegated agents. It is held like the price of a call, of
 * the tool `torii/carve-out`, which the parent's policies judge. What was spent becomes the parent's spend when it is
 * closed and nobody holds any of it any more; the rest returns.
 */
export interface CarveOuts {
  /** Never rejects: what goes wrong is a denial. Where policy demands an approval, it is denied. */
  open(request: CarveOutRequest): Promise<Opened | Denial>;

  /** Undefined for an id that set nothing aside. */
  status(carveOut: CallName): Promise<CarveOut | undefined>;

  /**
   * Lets nothing more be held from it, and settles it, at once or as soon as nobody holds any of it. Safe to repeat.
   * Undefined for an id that set nothing aside.
   */
  close(carveOut: CallName, note?: string): Promise<CarveOut | undefined>;
}
