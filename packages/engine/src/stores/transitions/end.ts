import { MAX_UNITS } from '../../nouns/asset.ts';
import type { JsonObject } from '../../nouns/canonical.ts';
import type { Denial } from '../../nouns/denial.ts';
import { ToriiError } from '../../nouns/errors.ts';
import { formatMoney } from '../../nouns/money.ts';
import type { BudgetCharge } from '../../nouns/charge.ts';
import type { BudgetAlert } from '../../nouns/decision.ts';
import type { CallRecord, EndResult, Settlement } from '../../nouns/hold.ts';
import { noteSpending } from './accounts.ts';
import { alertEvent, alertsPassed } from './alerts.ts';
import { bucketOf, budgetStatuses, isOverspent, usageOf } from './budgets.ts';
import { close, isInUse, isInUseOrSpent, requireAllSpent } from './carve-outs.ts';
import { moveCall, record, type Step } from './rows.ts';

/** States in which a call holds money that an execution may have spent. */
const ENDABLE: ReadonlySet<CallRecord['state']> = new Set(['held', 'started', 'carved', 'unresolved']);

/** Turns the hold into spend. */
export function settle(step: Step, settlement: Settlement): EndResult {
  return end(step, settlement.callId, (call) => {
    if (isInUse(step, call)) return undefined;
    const { charged, amounts, facts } = settlement;
    requireAmounts(call, amounts);
    requireAllSpent(step, call, amounts);
    const debits = call.budgets.map((charge) => debit(step, charge, amounts.get(charge.currency) ?? 0n));
    const settled = moveCall(step, call, {
      state: 'settled',
      charged,
      deadlineMs: undefined,
      endedAt: step.now,
    });
    const counted: Record<string, string> = {};
    for (const [currency, units] of amounts) counted[currency] = units.toString();
    record(step, {
      type: 'call.settled',
      callId: call.id,
      facts: { ...facts, charged: formatMoney(charged), counted },
    });
    noteSpending(step, call);
    for (const { charge, passed, spent } of debits) {
      for (const { percent } of passed) record(step, alertEvent(call.id, charge, { percent, spent }));
    }
    for (const { charge, freezes } of debits) {
      if (!freezes) continue;
      const { key, startMs, policy, clause } = charge;
      const facts = { budget: key, startMs, policy, clause };
      record(step, { type: 'budget.frozen', callId: call.id, facts });
    }
    return settled;
  });
}

/** Returns the whole hold. */
export function release(step: Step, callId: string, facts: JsonObject): EndResult {
  return end(step, callId, (call) => {
    if (isInUseOrSpent(step, call)) return undefined;
    returnHold(step, call);
    record(step, { type: 'call.released', callId, facts });
    return moveCall(step, call, { state: 'released', deadlineMs: undefined, endedAt: step.now });
  });
}

/** Returns the whole hold of a start that nobody learned of, and frees its id. */
export function withdraw(
  step: Step,
  { id, attempt }: Pick<CallRecord, 'id' | 'attempt'>,
  facts: JsonObject,
): EndResult {
  const known = step.tables.call(id);
  if (known !== undefined && known.attempt !== attempt) {
    return { kind: 'ended', first: false, call: known, budgets: budgetStatuses(step, known.budgets) };
  }
  return end(step, id, (call) => {
    if (isInUseOrSpent(step, call)) return undefined;
    returnHold(step, call);
    record(step, { type: 'call.released', callId: id, facts });
    return moveCall(step, call, {
      state: 'released',
      withdrawn: true,
      deadlineMs: undefined,
      endedAt: step.now,
    });
  });
}

/** Keeps the hold until somebody settles or releases the call. */
export function suspend(step: Step, callId: string, facts: JsonObject): EndResult {
  return end(step, callId, (call) => {
    if (call.state === 'unresolved') return call;
    close(step, call, facts);
    record(step, { type: 'call.unresolved', callId, facts });
    return moveCall(step, call, { state: 'unresolved', deadlineMs: undefined });
  });
}

/** Ends a call that has not started and its approval, because policy denies it now. The caller records the denial. */
export function cancel(step: Step, call: CallRecord, denial: Denial): CallRecord {
  returnHold(step, call);
  const approval = call.approvalId === undefined ? undefined : step.tables.approval(call.approvalId);
  if (approval !== undefined) {
    step.tables.putApproval({ ...approval, status: 'cancelled', resolvedAt: step.now });
    const facts = { approval: approval.id, status: 'cancelled', code: denial.code };
    record(step, { type: 'approval.cancelled', callId: call.id, facts });
  }
  record(step, { type: 'call.released', callId: call.id, facts: { reason: denial.code } });
  return moveCall(step, call, { state: 'released', denial, deadlineMs: undefined, endedAt: step.now });
}

/** Takes the hold of a call out of its budgets. */
export function returnHold({ tables }: Step, call: CallRecord): void {
  for (const charge of call.budgets) {
    const bucket = bucketOf(tables, charge);
    tables.putBucket({ ...bucket, held: bucket.held - charge.amount });
  }
}

/** Ends a call with `change`, unless it has ended. No change: what it set aside is still in use. */
function end(step: Step, callId: string, change: (call: CallRecord) => CallRecord | undefined): EndResult {
  const call = step.tables.call(callId);
  if (call === undefined) return { kind: 'unknown-call' };
  const first = ENDABLE.has(call.state);
  const ended = first ? change(call) : call;
  if (ended === undefined) return { kind: 'in-use', call };
  return { kind: 'ended', first, call: ended, budgets: budgetStatuses(step, ended.budgets) };
}

/** Throws MONEY_INVALID unless there is an amount for each currency that the hold counts in. */
export function requireAmounts(call: CallRecord, amounts: Settlement['amounts']): void {
  for (const { currency } of call.budgets) {
    const amount = amounts.get(currency);
    if (amount === undefined || amount < 0n || amount > MAX_UNITS) throw missingAmount(currency);
  }
}

/** Thrown where a currency that the hold counts in has no amount, or an impossible one. */
export function missingAmount(currency: string): ToriiError {
  return new ToriiError('MONEY_INVALID', `expected an amount in \`${currency}\`, which the hold counts in`);
}

/** What a debit came to. */
interface Debit {
  readonly charge: BudgetCharge;

  /** Whether it pushed the budget past its limit and froze it. */
  readonly freezes: boolean;

  /** What it made true that somebody wants to hear of, and what was spent by then: 0 where nobody wants to. */
  readonly passed: readonly BudgetAlert[];
  readonly spent: bigint;
}

/** Debits what was really spent. */
function debit(step: Step, charge: BudgetCharge, actual: bigint): Debit {
  // What was spent of a rolling budget is a sum of many slices, and matters to those alone who want to hear of it.
  const isWatched = charge.alerts !== undefined;
  const before = isWatched ? usageOf(step, charge).spent : 0n;
  const bucket = bucketOf(step.tables, charge);
  const held = bucket.held - charge.amount;
  const spent = bucket.spent + actual > MAX_UNITS ? MAX_UNITS : bucket.spent + actual;
  const posted = { ...bucket, held, spent };
  step.tables.putBucket(posted);
  const freezes = actual > charge.amount && isOverspent(step, charge);
  if (freezes) step.tables.putBucket({ ...posted, frozen: true });
  const after = isWatched ? usageOf(step, charge).spent : 0n;
  return { charge, freezes, passed: alertsPassed(charge, { before, after }), spent: after };
}
