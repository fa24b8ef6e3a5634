import { durationMs } from '../../nouns/duration.ts';
import { sha256 } from '../../nouns/digest.ts';
import type {
  BudgetAlert,
  BudgetDemand,
  BudgetWindow,
  RateDemand,
  RateWindow,
} from '../../nouns/decision.ts';
import { budgetIdentity, percentOf, perMs, rateIdentity, rollingMs } from '../document/limits.ts';
import type { Inherited } from '../document/inherit.ts';
import { type CountedScope, type Holder, type KeyTemplate, keyTemplate } from '../keys.ts';
import { type Ordered, Selector } from '../matching/selector.ts';
import type { Check, Findings, Place, Question } from '../question.ts';
import { missing } from './payee.ts';
import { assetUnknown, type Threshold, thresholdOf } from './price.ts';

/** A budget that calls are charged to. */
export interface BudgetClause extends Ordered, Place, Threshold {
  readonly scope: CountedScope;
  readonly window: BudgetWindow;
  readonly zone: string;
  readonly rollingMs: number | undefined;
  readonly key: KeyTemplate;
  readonly alerts: readonly BudgetAlert[];
}

/** A rate that calls count towards. */
export interface RateClause extends Ordered, Place {
  readonly scope: CountedScope;
  readonly per: RateWindow;
  readonly perMs: number;
  readonly limit: number;
  readonly key: KeyTemplate;
}

/** The clauses of a policy that only `reserve` can judge. */
export interface Counts {
  readonly budgets: Selector<BudgetClause>;
  readonly rates: Selector<RateClause>;
}

/** Prepares what is counted. An heir counts in the budgets of the policy that it inherits them from, in their zone. */
export function countsOf({ document, originOf, budgetZone }: Inherited): Counts {
  const { id: policy, budgets = [], rates = [], classes = {}, cooldown } = document;
  const zoneOf = (zone: string | undefined): string => zone ?? budgetZone ?? 'UTC';
  const counted = budgets.flatMap((budget, order) => {
    const { scope, window, tools, timezone } = budget;
    if (scope === 'call' || window === 'call') return [];
    const zone = zoneOf(timezone);
    const [, ...identity] = budgetIdentity({ ...budget, timezone: zone });
    const key = keyTemplate(originOf('budgets'), scope, identity.map(shortened));
    const place = { policy, order, clause: `budgets[${order}]` };
    const threshold = thresholdOf(budget.limit);
    const alerts = alertsOf(budget.alerts, threshold.limit);
    const item = { ...place, scope, window, zone, rollingMs: rollingMs(window), key, alerts, ...threshold };
    return [{ item, patterns: tools }];
  });
  const limited = rates.map((rate, order) => {
    const { scope, per, limit, tools, class: name } = rate;
    const inClass = name === undefined ? undefined : (classes[name] ?? []);
    const [, ...identity] = rateIdentity(rate, inClass);
    const key = keyTemplate(originOf('rates'), scope, identity.map(shortened));
    const item = { policy, order, clause: `rates[${order}]`, scope, per, perMs: perMs(per) ?? 0, limit, key };
    return { item, patterns: inClass ?? tools };
  });
  const pause = cooldown === undefined ? [] : [pauseOf(policy, cooldown, originOf('cooldown'))];
  return {
    budgets: new Selector<BudgetClause>(counted, '/'),
    rates: new Selector<RateClause>([...limited, ...pause], '/'),
  };
}

/** Demands what the budgets and rates of a policy count for a call. */
export function countChecks({ budgets, rates }: Counts): readonly Check[] {
  return [
    ...(budgets.all.length === 0 ? [] : [demandBudgets(budgets)]),
    ...(rates.all.length === 0 ? [] : [demandRates(rates)]),
  ];
}

/** What a budget asks of a call of this holder that costs `amount`; undefined where the holder has none of its scope. */
export function budgetDemand(budget: BudgetClause, holder: Holder, amount: bigint): BudgetDemand | undefined {
  const key = holder.key(budget.scope, budget.key);
  if (key === undefined) return undefined;
  const { policy, clause, scope, window, zone, rollingMs: length, currency, limit, alerts } = budget;
  const demand = { key, policy, clause, scope, window, zone, rollingMs: length, currency, limit, amount };
  return alerts.length === 0 ? demand : { ...demand, alerts };
}

/** The shares of a limit at which people want to hear of it, the smallest first. */
function alertsOf(shares: readonly string[] = [], limit: bigint): readonly BudgetAlert[] {
  const percents = [...new Set(shares.map((share) => percentOf(share) ?? 100))].sort((a, b) => a - b);
  return Object.freeze(
    percents.map((percent) => ({ percent, units: (limit * BigInt(percent) + 99n) / 100n })),
  );
}

/** What a rate asks of one call of this holder; undefined where the holder has none of its scope. */
export function rateDemand(rate: RateClause, holder: Holder): RateDemand | undefined {
  const key = holder.key(rate.scope, rate.key);
  if (key === undefined) return undefined;
  const { policy, clause, scope, per, perMs: length, limit } = rate;
  return { key, policy, clause, scope, per, perMs: length, limit };
}

function pauseOf(policy: string, cooldown: RateWindow, origin: string) {
  const key = keyTemplate(origin, 'agent', ['cooldown']);
  const item: RateClause = {
    policy,
    order: Number.MAX_SAFE_INTEGER,
    clause: 'cooldown',
    scope: 'agent',
    per: cooldown,
    perMs: durationMs(cooldown) ?? 0,
    limit: 1,
    key,
  };
  return { item, patterns: undefined };
}

function demandBudgets(budgets: Selector<BudgetClause>): Check {
  return (question, findings) => {
    for (const budget of budgets.select(question.tool)) {
      const amount = question.price.in(budget.currency);
      if (amount === undefined) {
        assetUnknown(question.price, findings, budget);
        continue;
      }
      const demand = budgetDemand(budget, question.holder, amount);
      if (demand === undefined) merchantMissing(question, findings, budget);
      else addOnce(findings.budgets, demand);
    }
  };
}

function demandRates(rates: Selector<RateClause>): Check {
  return (question, findings) => {
    for (const rate of rates.select(question.tool)) {
      const demand = rateDemand(rate, question.holder);
      if (demand === undefined) merchantMissing(question, findings, rate);
      else addOnce(findings.rates, demand);
    }
  };
}

/** Two heirs of one policy share what they inherit, and all policies share a wallet: a call counts there once. */
export function addOnce<Demand extends { readonly key: string }>(demands: Demand[], demand: Demand): void {
  for (const { key } of demands) if (key === demand.key) return;
  demands.push(demand);
}

/** Of a call, only the merchant can be unknown. */
function merchantMissing(question: Question, findings: Findings, { policy, clause }: Place): void {
  missing(question, findings, { policy, section: clause, field: 'recipient' });
}

/** A key names a list of tools by its hash, so that keys stay short however long the list. */
function shortened(part: string | readonly string[] | null): string | null {
  return part === null || typeof part === 'string' ? part : sha256(JSON.stringify(part)).slice(0, 32);
}
