import type { BudgetDemand, RateDemand } from '../nouns/decision.ts';
import type { BudgetClause, RateClause } from './clauses.ts';
import type { Holder } from './keys.ts';

/** What a budget asks of a call of this holder that costs `amount`. */
export function budgetDemand(budget: BudgetClause, holder: Holder, amount: bigint): BudgetDemand {
  const { policy, clause, scope, window, currency, limit } = budget;
  return { key: holder.key(scope, budget.key), policy, clause, scope, window, currency, limit, amount };
}

/** What a rate asks of one call of this holder. */
export function rateDemand(rate: RateClause, holder: Holder): RateDemand {
  const { policy, clause, scope, per, limit } = rate;
  return { key: holder.key(scope, rate.key), policy, clause, scope, per, limit };
}
