import type { TimedReason } from '../../nouns/denial.ts';
import { formatCurrency } from '../../nouns/money.ts';
import type { BudgetCharge, RateCharge } from '../../nouns/charge.ts';
import type { Bucket } from '../tables.ts';
import { bucketOf, budgetRoomAt, isFrozen, limitOf, usedBeside } from './budgets.ts';
import { roomAt, type Standing, usedOf } from './rows.ts';

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
  amount: bigint;
}

/** What is judged: a call, or what a call asks for beside what it holds. */
export type Judged = 'call' | 'extension';

/** Judges all budgets together, so that two charges of one budget count twice. */
export function judgeBudgets(
  step: Standing,
  charges: readonly BudgetCharge[],
  judged: Judged = 'call',
): Judgement {
  // A list, because charges are few: a map would need one text of key and window for each of them.
  const asked: Asked[] = [];
  const objections: TimedReason[] = [];
  for (const charge of charges) {
    let one = asked.find(({ bucket }) => bucket.startMs === charge.startMs && bucket.key === charge.key);
    if (one === undefined) asked.push((one = untouched(step, charge)));
    one.amount += charge.amount;
    const figures = figuresOf(step, charge, one);
    if (figures !== undefined) objections.push(budgetObjection(charge, figures, judged));
  }
  const buckets = asked.map(({ bucket, amount }) => ({ ...bucket, held: bucket.held + amount }));
  return { buckets, objections };
}

function untouched(step: Standing, charge: BudgetCharge): Asked {
  const bucket = bucketOf(step.tables, charge);
  const used = charge.rollingMs === undefined ? bucket.spent + bucket.held : usedBeside(step, charge);
  return { bucket, used, amount: 0n };
}

/** Why a charge did not fit, before anybody words it. */
export interface BudgetFigures {
  readonly frozen: boolean;

  /** What is left beside the charges before it, below zero where too much was spent. */
  readonly left: bigint;

  /** After how long it fits, in milliseconds; undefined where waiting does not help. */
  readonly retryAfterMs: number | undefined;
}

/** Undefined for a charge that fits. */
function figuresOf(
  step: Standing,
  charge: BudgetCharge,
  { used, amount: together }: Asked,
): BudgetFigures | undefined {
  const { key, account, amount } = charge;
  const closed = account === 'carve-out' && step.tables.account(key)?.closed === true;
  const left = (closed ? used : limitOf(step.tables, charge)) - used - (together - amount);
  if (isFrozen(step.tables, key)) return { frozen: true, left, retryAfterMs: undefined };
  if (amount <= left) return undefined;
  const roomMs = budgetRoomAt(step, charge, together);
  return { frozen: false, left, retryAfterMs: roomMs === undefined ? undefined : roomMs - step.now };
}

/** Why a charge may not be held, in words. An extension is told no time: it is of a window that does not come again. */
export function budgetObjection(charge: BudgetCharge, figures: BudgetFigures, judged: Judged): TimedReason {
  const { policy, clause, currency, limit, amount, account } = charge;
  const { frozen, left, retryAfterMs } = figures;
  const value = formatCurrency(amount, currency);
  const where = { policy, clause, value, limit: formatCurrency(left < 0n ? 0n : left, currency) };
  const name = nameOf(charge);
  if (frozen) {
    return { ...where, code: 'BUDGET_FROZEN', message: `${name} is frozen until its owner lifts the freeze` };
  }
  const cost = judged === 'call' ? `this call may cost ${value}` : `this call may cost ${value} more`;
  const message = `${cost}; ${name} has ${where.limit} left`;
  if (account !== undefined) {
    return { ...where, code: account === 'wallet' ? 'WALLET_INSUFFICIENT' : 'BUDGET_EXCEEDED', message };
  }
  const of = `${message} of ${formatCurrency(limit, currency)}`;
  const objection: TimedReason = { ...where, code: 'BUDGET_EXCEEDED', message: of };
  return judged === 'extension' || retryAfterMs === undefined ? objection : { ...objection, retryAfterMs };
}

function nameOf({ scope, window, account }: BudgetCharge): string {
  if (account !== undefined)
    return account === 'wallet' ? 'the wallet of the agent' : 'what was set aside for the agent';
  const budget = `the budget of the ${scope}`;
  if (window === 'lifetime') return budget;
  return window.startsWith(ROLLING)
    ? `${budget} for any ${window.slice(ROLLING.length)}`
    : `${budget} for the ${window}`;
}

const ROLLING = 'rolling ';

/** Judges all rates together, so that two charges of one rate count twice. */
export function judgeRates(step: Standing, charges: readonly RateCharge[]): readonly TimedReason[] {
  const objections: TimedReason[] = [];
  charges.forEach((charge, index) => {
    const calls = charges.filter(({ key }, at) => at <= index && key === charge.key).length;
    const used = usedOf(step, charge) + calls - 1;
    if (used >= charge.limit) objections.push(rateObjection(step, charge, { calls, used }));
  });
  return objections;
}

function rateObjection(
  step: Standing,
  charge: RateCharge,
  { calls, used }: { readonly calls: number; readonly used: number },
): TimedReason {
  const { policy, clause, per, limit } = charge;
  const message = `${used} of ${limit} calls per ${per} are used`;
  const objection: TimedReason = {
    policy,
    clause,
    code: 'RATE_EXCEEDED',
    message,
    value: `${used + 1} calls`,
    limit: `${limit} calls`,
  };
  return calls > limit
    ? objection
    : { ...objection, retryAfterMs: Math.max(1, roomAt(step, charge, calls) - step.now) };
}
