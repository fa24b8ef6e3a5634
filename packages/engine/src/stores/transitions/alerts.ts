import type { BudgetCharge } from '../../nouns/charge.ts';
import type { BudgetAlert } from '../../nouns/decision.ts';
import type { Event } from '../../nouns/entry.ts';
import { formatCurrency } from '../../nouns/money.ts';

/** What was spent of a budget in its window before and after a step, in micro-units. */
export interface Spending {
  readonly before: bigint;
  readonly after: bigint;
}

/** The alerts of a charge that its spending passed just now. Spend only grows in a window, so each is passed once. */
export function alertsPassed(
  { alerts = [] }: BudgetCharge,
  { before, after }: Spending,
): readonly BudgetAlert[] {
  return alerts.filter(({ units }) => before < units && after >= units);
}

/** The entry of an alert. `spent` is what the budget had come to. */
export function alertEvent(
  callId: string,
  { key, startMs, policy, clause, currency, limit }: BudgetCharge,
  { percent, spent }: { readonly percent: number; readonly spent: bigint },
): Event {
  const amounts = { spent: formatCurrency(spent, currency), limit: formatCurrency(limit, currency) };
  const facts = { budget: key, startMs, policy, clause, percent, ...amounts };
  return { type: 'budget.threshold_reached', callId, facts };
}
