import type { TimedReason } from '../../nouns/denial.ts';
import { formatCurrency } from '../../nouns/money.ts';
import type { BudgetCharge, RateCharge } from '../../nouns/charge.ts';
import type { Bucket } from '../tables.ts';
import { bucketOf, budgetRoomAt, isFrozen, usageOf } from './budgets.ts';
import { rateStatus, roomAt, type Step } from './rows.ts';

/** Buckets as they will be once all their charges are held, or why they may not be. */
export interface Judgement {
  readonly buckets: readonly Bucket[];
  readonly objections: readonly TimedReason[];
}

/** What one reservation asks of one bucket, all its charges together. */
interface Asked {
  readonly bucket: Bucket;

  /** What counted against the budget before. */
  readonly used: bigint;
  readonly amount: bigint;
}

/** Judges all budgets together, so that two charges of one budget count twice. */
export function judgeBudgets(step: Step, charges: readonly BudgetCharge[]): Judgement {
  const asked = new Map<string, Asked>();
  const objections: TimedReason[] = [];
  for (const charge of charges) {
    const id = `${charge.startMs} ${charge.key}`;
    const before = asked.get(id) ?? untouched(step, charge);
    const together = { ...before, amount: before.amount + charge.amount };
    const objection = judgeBudget(step, charge, together);
    if (objection !== undefined) objections.push(objection);
    asked.set(id, together);
  }
  const buckets = [...asked.values()].map(({ bucket, amount }) => ({
    ...bucket,
    held: bucket.held + amount,
  }));
  return { buckets, objections };
}

function untouched(step: Step, charge: BudgetCharge): Asked {
  const bucket = bucketOf(step.tables, charge);
  const { spent, held } = charge.rollingMs === undefined ? bucket : usageOf(step, charge);
  return { bucket, used: spent + held, amount: 0n };
}

function judgeBudget(
  step: Step,
  charge: BudgetCharge,
  { used, amount: together }: Asked,
): TimedReason | undefined {
  const { key, policy, clause, currency, limit, amount } = charge;
  const left = limit - used - (together - amount);
  const where = {
    policy,
    clause,
    value: formatCurrency(amount, currency),
    limit: formatCurrency(left < 0n ? 0n : left, currency),
  };
  if (isFrozen(step.tables, key)) {
    return {
      ...where,
      code: 'BUDGET_FROZEN',
      message: `${nameOf(charge)} is frozen until its owner lifts the freeze`,
    };
  }
  if (amount <= left) return undefined;
  const message = `this call may cost ${where.value}; ${nameOf(charge)} has ${where.limit} left of ${formatCurrency(limit, currency)}`;
  const objection: TimedReason = { ...where, code: 'BUDGET_EXCEEDED', message };
  const roomMs = budgetRoomAt(step, charge, together);
  return roomMs === undefined ? objection : { ...objection, retryAfterMs: roomMs - step.now };
}

function nameOf({ scope, window }: BudgetCharge): string {
  const budget = `the budget of the ${scope}`;
  if (window === 'lifetime') return budget;
  return window.startsWith(ROLLING)
    ? `${budget} for any ${window.slice(ROLLING.length)}`
    : `${budget} for the ${window}`;
}

const ROLLING = 'rolling ';

/** Judges all rates together, so that two charges of one rate count twice. */
export function judgeRates(step: Step, charges: readonly RateCharge[]): readonly TimedReason[] {
  const asked = new Map<string, number>();
  return charges.flatMap((charge) => {
    const { key, policy, clause, per, limit } = charge;
    const calls = (asked.get(key) ?? 0) + 1;
    asked.set(key, calls);
    const used = rateStatus(step, charge).used + calls - 1;
    if (used < limit) return [];
    const message = `${used} of ${limit} calls per ${per} are used`;
    const objection: TimedReason = {
      policy,
      clause,
      code: 'RATE_EXCEEDED',
      message,
      value: `${used + 1} calls`,
      limit: `${limit} calls`,
    };
    return [
      calls > limit
        ? objection
        : { ...objection, retryAfterMs: Math.max(1, roomAt(step, charge, calls) - step.now) },
    ];
  });
}
