import assert from 'node:assert/strict';
import type { Entry } from '../../nouns/entry.ts';
import { auditBudgets } from '../audit.ts';

/** What stands in the books. In cents. */
export interface Account {
  /** How often tools were started. */
  readonly runs: number;
  readonly spent: number;

  /** What is still held, and ought to be. */
  readonly held: number;
}

/** What has to stand in the books when a scenario is over. */
export type Expected =
  | Account
  /** For scenarios that are about words: others are about the money of such calls. */
  | Pick<Account, 'runs'>
  | {
      readonly runs: number;

      /** Spent, or held until somebody knows: frameworks differ in what they tell of a caller who left. */
      readonly gone: number;
    };

/** A budget that counts every call of every scenario, and has room for all of them. */
export const ledger = {
  id: 'ledger',
  tools: { allow: ['*', '**'] },
  budgets: [{ scope: 'tenant', window: 'lifetime', limit: '1000000.00 USD' }],
} as const;

/** What the journal says that all calls together have spent and hold, in cents. */
export function booksOf(entries: readonly Entry[]): Pick<Account, 'spent' | 'held'> {
  // What was set aside is spent by the calls of delegated agents, and would count twice.
  const aside = new Set(entries.filter(({ facts }) => 'carved' in facts).map(({ callId }) => callId));
  const budgets = auditBudgets(entries.filter(({ callId }) => callId === undefined || !aside.has(callId)));
  const all = budgets.filter(({ key }) => key.includes('"tenant"'));
  const sum = (field: 'spent' | 'held'): number =>
    centsOf(all.reduce((total, budget) => total + budget[field], 0n));
  return { spent: sum('spent'), held: sum('held') };
}

/** As much of an account as a scenario says something of. */
export function inTermsOf(expected: Expected, { runs, spent, held }: Account): Expected {
  if ('gone' in expected) return { runs, gone: spent + held };
  return 'spent' in expected ? { runs, spent, held } : { runs };
}

/** `0.30 USD` */
export function dollars(cents: number): string {
  return `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')} USD`;
}

function centsOf(units: bigint): number {
  assert.equal(units % 10_000n, 0n, `expected whole cents, got ${units} millionths`);
  return Number(units / 10_000n);
}
