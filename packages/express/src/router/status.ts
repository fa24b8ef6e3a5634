import { type AgentStatus, formatCurrency } from '@torii/engine';
import { wholeSeconds } from '@torii/engine/http';

type Budget = AgentStatus['budgets'][number];

/** How an agent stands, as JSON: amounts are decimal text, times are ISO 8601 or whole seconds from now. */
export function statusBody(status: AgentStatus): object {
  const { agent, owner, session, policies, budgets, rates, recentDenials } = status;
  return {
    agent,
    owner,
    session,
    policies: policies.map(({ id, version, allow, deny }) => ({ id, version, allow: allow ?? null, deny })),
    quota_window: Object.fromEntries(rates.map((rate) => [`${rate.policy}.${rate.clause}`, windowOf(rate)])),
    budgets: budgets.map(budgetBody),
    ...spendToday(budgets),
    recent_denials: recentDenials.map(({ at, tool, code }) => ({
      at: new Date(at).toISOString(),
      tool,
      code,
    })),
  };
}

function windowOf({ scope, per, used, limit, resetsInMs }: AgentStatus['rates'][number]): object {
  return { scope, per, used, limit, reset_in_s: wholeSeconds(resetsInMs) };
}

function budgetBody({
  policy,
  clause,
  scope,
  window,
  currency,
  frozen,
  resetsAt,
  account,
  ...amounts
}: Budget): object {
  return {
    policy,
    clause,
    scope,
    window,
    ...(account === undefined ? {} : { account }),
    currency,
    spent: decimal(amounts.spent, currency),
    held: decimal(amounts.held, currency),
    left: decimal(amounts.left, currency),
    limit: decimal(amounts.limit, currency),
    frozen,
    resets_at: resetsAt === undefined ? null : new Date(resetsAt).toISOString(),
  };
}

/** The agent's day budget in USD; of several, the one with the least left. */
function spendToday(budgets: readonly Budget[]): object {
  const [tightest] = budgets
    .filter(({ scope, window, currency }) => scope === 'agent' && window === 'day' && currency === 'USD')
    .sort((a, b) => (a.left < b.left ? -1 : 1));
  if (tightest === undefined) return {};
  const { spent, limit, currency } = tightest;
  return { spend_today_usd: decimal(spent, currency), spend_limit_usd: decimal(limit, currency) };
}

function decimal(units: bigint, currency: string): string {
  return formatCurrency(units, currency).slice(0, -currency.length - 1);
}
