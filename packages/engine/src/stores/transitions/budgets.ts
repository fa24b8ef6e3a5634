import type { BudgetCharge, BudgetStatus } from '../../nouns/charge.ts';
import type { Bucket, Tables } from '../tables.ts';
import type { Step } from './rows.ts';

/** What counts against a limit. */
interface Usage {
  readonly spent: bigint;
  readonly held: bigint;
}

/** The bucket of a charge, empty where nothing was ever charged. */
export function bucketOf(tables: Tables, { key, startMs }: Pick<BudgetCharge, 'key' | 'startMs'>): Bucket {
  return tables.bucket(key, startMs) ?? { key, startMs, spent: 0n, held: 0n, frozen: false };
}

/** Whether a forced debit stopped the budget, in whichever of its windows, and nobody has lifted that yet. */
export function isFrozen(tables: Tables, key: string): boolean {
  return tables.frozenBuckets(key).length > 0;
}

/** What counts against the limit of a charge now: its own window, or every slice that a rolling one still covers. */
export function usageOf(step: Step, charge: BudgetCharge): Usage {
  const countsMs = countsMsOf(charge);
  if (countsMs === undefined) return bucketOf(step.tables, charge);
  let [spent, held] = [0n, 0n];
  for (const bucket of step.tables.buckets(charge.key, step.now - countsMs)) {
    spent += bucket.spent;
    held += bucket.held;
  }
  return { spent, held };
}

/**
 * Whether more is spent and held than the limit. In a rolling window the charge's own slice is judged too when it
 * counts no more: a forced debit of long ago is still one.
 */
export function isOverspent(step: Step, charge: BudgetCharge): boolean {
  const { spent, held } = usageOf(step, charge);
  const countsMs = countsMsOf(charge);
  const lapsed = countsMs !== undefined && charge.startMs <= step.now - countsMs;
  const own = lapsed ? bucketOf(step.tables, charge) : { spent: 0n, held: 0n };
  return spent + held + own.spent + own.held > charge.limit;
}

/** When `amount` fits at the latest, and undefined where waiting does not help. Meant for what does not fit now. */
export function budgetRoomAt(step: Step, charge: BudgetCharge, amount: bigint): number | undefined {
  if (amount > charge.limit) return undefined;
  const countsMs = countsMsOf(charge);
  if (countsMs === undefined) return charge.endMs;
  const { spent, held } = usageOf(step, charge);
  let used = spent + held;
  for (const bucket of step.tables.buckets(charge.key, step.now - countsMs)) {
    used -= bucket.spent + bucket.held;
    if (used + amount <= charge.limit) return instant(bucket.startMs + countsMs);
  }
  return undefined;
}

/** Forgets slices of rolling windows that count no more. */
export function forgetLapsed({ tables, now }: Step, charges: readonly BudgetCharge[]): void {
  for (const charge of charges) {
    const countsMs = countsMsOf(charge);
    if (countsMs !== undefined) tables.dropBuckets(charge.key, now - countsMs);
  }
}

/** How the budgets of a call stand now. */
export function budgetStatuses(step: Step, charges: readonly BudgetCharge[]): readonly BudgetStatus[] {
  return charges.map((charge) => budgetStatus(step, charge));
}

function budgetStatus(step: Step, charge: BudgetCharge): BudgetStatus {
  const { key, policy, clause, scope, window, currency, limit } = charge;
  const { spent, held } = usageOf(step, charge);
  const left = limit - spent - held;
  const resetsAt = resetsAtOf(step, charge);
  return {
    key,
    policy,
    clause,
    scope,
    window,
    currency,
    limit,
    spent,
    held,
    left: left < 0n ? 0n : left,
    frozen: isFrozen(step.tables, key),
    resetsAt,
    resetsInMs: resetsAt === undefined ? undefined : Math.max(0, resetsAt - step.now),
  };
}

function resetsAtOf({ tables, now }: Step, charge: BudgetCharge): number | undefined {
  const countsMs = countsMsOf(charge);
  if (countsMs === undefined) return charge.endMs;
  const oldest = tables
    .buckets(charge.key, now - countsMs)
    .find(({ spent, held }) => spent > 0n || held > 0n);
  return oldest === undefined ? undefined : instant(oldest.startMs + countsMs);
}

/**
 * For how long after its start a slice of a rolling window counts: until all of it is a window ago, so that no stretch
 * of that length ever holds more than the limit. A slice without an end counts for ever. Undefined for other windows.
 */
function countsMsOf({ startMs, endMs, rollingMs }: BudgetCharge): number | undefined {
  if (rollingMs === undefined) return undefined;
  return endMs === undefined ? Infinity : rollingMs + endMs - startMs;
}

function instant(ms: number): number | undefined {
  return Number.isFinite(ms) ? ms : undefined;
}
