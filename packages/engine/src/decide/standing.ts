import type { BudgetDemand, RateDemand } from '../nouns/decision.ts';
import type { AgentPolicySummary } from '../nouns/engine.ts';
import type { Principal } from '../nouns/principal.ts';
import { budgetDemand, rateDemand } from './checks/counts.ts';
import { walletDemand } from './checks/wallet.ts';
import { type CompiledPolicies, type CompiledPolicy, matching } from './compile.ts';
import { Holder } from './keys.ts';

/** Everything that the policies count for one principal. */
export interface PolicyStanding {
  readonly summaries: readonly AgentPolicySummary[];

  /**
   * Every budget, whatever its tools, and every wallet, charged nothing. Budgets of single tools and merchants are not
   * among them.
   */
  readonly budgets: readonly BudgetDemand[];
  readonly rates: readonly RateDemand[];
}

/**
 * The policies, budgets and rates of a principal through any framework, under the same keys as in `decide`. For status
 * pages.
 */
export function standingOf(principal: Principal, policies: CompiledPolicies): PolicyStanding {
  const concerned = matching(policies, { principal, framework: undefined });
  const holder = new Holder({ principal });
  return {
    summaries: concerned.map(summary),
    budgets: once(
      concerned.flatMap(({ counts, wallet }) => [
        ...counts.budgets.all.flatMap((each) => budgetDemand(each, holder, 0n) ?? []),
        ...(wallet === undefined ? [] : [walletDemand(wallet, principal, 0n)]),
      ]),
    ),
    rates: once(
      concerned.flatMap(({ counts }) => counts.rates.all.flatMap((each) => rateDemand(each, holder) ?? [])),
    ),
  };
}

function summary({ reference, tools }: CompiledPolicy): AgentPolicySummary {
  return { ...reference, ...tools };
}

/** Two heirs of one policy share what they inherit, and all policies share a wallet. */
function once<Demand extends { readonly key: string }>(demands: readonly Demand[]): readonly Demand[] {
  return [...new Map(demands.map((demand) => [demand.key, demand])).values()];
}
