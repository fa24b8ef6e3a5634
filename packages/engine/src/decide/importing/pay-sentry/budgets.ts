import { formatCurrency } from '../../../nouns/money.ts';
import type { PolicyDocument } from '../../document/schema.ts';
import { Glob } from '../../matching/glob.ts';
import { microsOf } from '../decimal-amount.ts';
import { type Reading, toolsOf } from './conditions.ts';
import type { PaySentryBudget } from './document.ts';

type Budget = NonNullable<PolicyDocument['budgets']>[number];

/** The budgets of everybody, or of some agents alone. Each such list of agents needs a policy of its own. */
export interface BudgetGroup {
  readonly agents: readonly string[] | undefined;
  readonly budgets: Budget[];
}

interface Context extends Reading {
  /** Patterns of the agents that the policy is for. */
  readonly agents: readonly string[] | undefined;
}

const WINDOWS = { hourly: 'hour', daily: 'day', weekly: 'week', monthly: 'month' } as const;

interface Kept {
  readonly index: number;
  readonly source: PaySentryBudget;
  readonly limit: bigint;
}

/** The first group is that of everybody, even where it is empty. */
export function budgetGroupsOf(source: readonly PaySentryBudget[], context: Context): readonly BudgetGroup[] {
  const everybody: BudgetGroup = { agents: undefined, budgets: [] };
  const groups = new Map<string, BudgetGroup>();
  for (const { index, source: budget, limit } of kept(source, context)) {
    const { agentIds } = budget;
    const agents = agentIds && [...new Set(agentIds)].sort();
    const key = JSON.stringify(agents);
    const group = agents === undefined ? everybody : (groups.get(key) ?? { agents, budgets: [] });
    if (agents !== undefined) groups.set(key, group);
    checkAgents(agentIds ?? [], index, context);
    group.budgets.push(budgetOf(budget, { index, limit, context }));
  }
  return [everybody, ...groups.values()];
}

function budgetOf(
  { window, serviceIds }: PaySentryBudget,
  {
    index,
    limit: units,
    context,
  }: { readonly index: number; readonly limit: bigint; readonly context: Context },
): Budget {
  const { translation, currency } = context;
  const path = ['budgets', index];
  const limit = formatCurrency(units, currency);
  const tools = serviceIds && { tools: toolsOf(serviceIds, [...path, 'serviceIds'], context) };
  if (window === 'per_transaction') return { scope: 'call', window: 'call', limit, ...tools };
  const calendar = WINDOWS[window];
  const start = calendar === 'week' ? ', and the week begins on Monday' : '';
  const message = `all agents of a tenant share it, as all agents do there, so one tenant is assumed; the ${calendar} is that of UTC${start}`;
  translation.assumed(path, message);
  return { scope: 'tenant', window: calendar, limit, ...tools };
}

/** Of budgets that count the same, ours has one: the smallest. */
function kept(source: readonly PaySentryBudget[], { translation, currency }: Context): readonly Kept[] {
  const byIdentity = new Map<string, Kept>();
  for (const [index, budget] of source.entries()) {
    const { window, agentIds, serviceIds, maxAmount } = budget;
    const identity = JSON.stringify([window, sorted(agentIds), sorted(serviceIds)]);
    const limit = microsOf(maxAmount) ?? 0n;
    const other = byIdentity.get(identity);
    if (other === undefined || limit < other.limit)
      byIdentity.set(identity, { index, source: budget, limit });
    if (other === undefined) continue;
    const message = `counts the same as \`budgets[${other.index}]\`; the smaller of the two is kept`;
    if (other.source.currency === budget.currency) translation.assumed(['budgets', index], message);
    else translation.stricter(['budgets', index], `${message}, as both tokens count as ${currency}`);
  }
  return [...byIdentity.values()];
}

function sorted(names: readonly string[] | undefined): readonly string[] | null {
  return names === undefined ? null : [...new Set(names)].sort();
}

/** A policy of some agents alone would let an agent in that the policy of everybody leaves out. */
function checkAgents(names: readonly string[], budget: number, { agents, translation }: Context): void {
  if (agents === undefined) return;
  const globs = agents.map((pattern) => new Glob(pattern, 'none'));
  for (const [index, name] of names.entries()) {
    if (globs.some((glob) => glob.matches(name))) continue;
    const message = `expected an agent of the option \`agents\`, got \`${name}\``;
    translation.refuse(['budgets', budget, 'agentIds', index], message);
  }
}
