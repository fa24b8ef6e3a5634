import type { BudgetCharge, BudgetStatus, RateCharge, RateStatus } from '../../nouns/charge.ts';
import { budgetStatuses } from '../../stores/transitions/budgets.ts';
import { rateStatus } from '../../stores/transitions/rows.ts';
import { amountOf, listOf, wholeOf } from '../replies.ts';
import type { Answer, Reply } from '../script.ts';
import { standingOf } from './standing.ts';

/** How budgets stood when a script answered. */
export function budgetStatusesOf(
  { now }: Pick<Answer, 'now'>,
  budgets: readonly BudgetCharge[],
  figures: Reply | undefined,
): readonly BudgetStatus[] {
  const budgetFigures = listOf(figures).map(amountOf);
  return budgetStatuses(standingOf({ now, budgets, budgetFigures, rates: [], rateFigures: [] }), budgets);
}

/** How rates stood when a script answered. */
export function rateStatusesOf(
  { now }: Pick<Answer, 'now'>,
  rates: readonly RateCharge[],
  figures: Reply | undefined,
): readonly RateStatus[] {
  if (rates.length === 0) return [];
  const rateFigures = listOf(figures).map(wholeOf);
  const standing = standingOf({ now, budgets: [], budgetFigures: [], rates, rateFigures });
  return rates.map((charge) => rateStatus(standing, charge));
}
