import type { BudgetCharge, BudgetStatus } from '../../nouns/charge.ts';
import type { Bucket, Tables } from '../tables.ts';
import type { Standing, Step } from './rows.ts';

/** What counts against a limit. */
interface Usage {
  readonly spent: bigint;
  readonly held: bigint;
}

/** The bucket of a charge, empty where nothing was ever charged. */
export function bucketOf(
  tables: Pick<Tables, 'bucket'>,
  { key, startMs }: Pick<BudgetCharge, 'key' | 'startMs'>,
): Bucket {
  return tables.bucket(key, startMs) ?? { key, startMs, spent: 0n, held: 0n, frozen: false };
}

/** Whether a forced debit stopped the budget, in whichever of its windows, and nobody has lifted that yet. */
export function isFrozen(tables: Pick<Tables, 'frozenBuckets'>, key: string): boolean {
  return tables.frozenBuckets(key).length > 0;
}

/** What counts against the limit of a charge now: its own window, or every slice that a rolling one still covers. */
export function usageOf(step: Standing, charge: BudgetCharge): Usage {
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
 * What counts against the limit when the charge itself is judged. In a rolling window that is its own slice too when it
 * counts no more: a forced debit of long ago is still one, and so is what a call adds to a hold of long ago.
 */
export function usedBeside(step: Standing, charge: BudgetCharge): bigint {
  const { spent, held } = usageOf(step, charge);
  const countsMs = countsMsOf(charge);
  if (countsMs === undefined || charge.startMs > step.now - countsMs) return spent + held;
  const own = bucketOf(step.tables, charge);
  return spent + held + own.spent + own.held;
}

/** Whether more is spent and held than the limit. */
export function isOverspent(step: Standing, charge: BudgetCharge): boolean {
  return usedBeside(step, charge) > limitOf(step.tables, charge);
}

/** The limit of a budget, and what an account was funded with so far. */
export function limitOf(tables: Pick<Tables, 'account'>, { key, account, limit }: BudgetCharge): bigint {
  return account === undefined ? limit : (tables.account(key)?.funds ?? 0n);
}

/** When `amount` fits at the latest, and undefined where waiting does not help. Meant for what does not fit now. */
export function budgetRoomAt(step: Standing, charge: BudgetCharge, amount: bigint): number | undefined {
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
export function budgetStatuses(step: Standing, charges: readonly BudgetCharge[]): readonly BudgetStatus[] {
  return charges.map((charge) => budgetStatus(step, charge));
}

function budgetStatus(step: Standing, charge: BudgetCharge): BudgetStatus {
  const { key, policy, clause, scope, window, currency, account } = charge;
  const limit = limitOf(step.tables, charge);
  const { spent, held } = usageOf(step, charge);
  const left = limit - spent - held;
  const resetsAt = resetsAtOf(step, charge);
  const status = {
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
  return account === undefined ? status : { ...status, account };
}

function resetsAtOf({ tables, now }: Standing, charge: BudgetCharge): number | undefined {
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
