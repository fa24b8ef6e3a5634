import type { BudgetDemand, RateDemand } from '../nouns/decision.ts';
import type { AgentPolicySummary } from '../nouns/engine.ts';
import type { Principal } from '../nouns/principal.ts';
import { type CompiledPolicies, type CompiledPolicy, matching } from './compile.ts';
import { budgetDemand, rateDemand } from './demands.ts';
import { Holder } from './keys.ts';

/** Everything that the policies count for one principal. */
export interface PolicyStanding {
  readonly summaries: readonly AgentPolicySummary[];

  /** Every budget, whatever its tools, charged nothing. */
  readonly budgets: readonly BudgetDemand[];
  readonly rates: readonly RateDemand[];
}

/** The policies, budgets and rates of a principal, under the same keys as in `decide`. For status pages. */
export function standingOf(principal: Principal, policies: CompiledPolicies): PolicyStanding {
  const concerned = matching(policies, principal);
  const holder = new Holder(principal);
  return {
    summaries: concerned.map(summary),
    budgets: concerned.flatMap(({ clauses }) =>
      clauses.budgets.all.map((each) => budgetDemand(each, holder, 0n)),
    ),
    rates: concerned.flatMap(({ clauses }) => clauses.rates.all.map((each) => rateDemand(each, holder))),
  };
}

function summary({ reference, clauses: { allow, deny } }: CompiledPolicy): AgentPolicySummary {
  return {
    ...reference,
    allow: allow?.all.map(({ pattern }) => pattern),
    deny: deny.all.map(({ pattern }) => pattern),
  };
}
