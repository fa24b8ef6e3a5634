import { denyAll, type TimedReason } from '../../nouns/denial.ts';
import type { BudgetCharge } from '../../nouns/charge.ts';
import type { CallRecord, CallState, ExtendResult, Extension } from '../../nouns/hold.ts';
import { formatMoney } from '../../nouns/money.ts';
import { bucketOf, budgetStatuses } from './budgets.ts';
import { requireAmounts } from './end.ts';
import { current } from './expire.ts';
import { staleness } from './revisions.ts';
import { revoked } from './revocations.ts';
import { judgeWithRoom } from './room.ts';
import { moveCall, record, type Step, whoAndWhat, written } from './rows.ts';

/** States of a call that may still ask for more. */
const EXTENDABLE: ReadonlySet<CallState> = new Set(['held', 'started']);

/** Holds another amount in the windows of the hold and gives it more time, all or nothing. Less is never judged. */
export function extend(step: Step, extension: Extension): ExtendResult {
  const { callId, amounts, policies } = extension;
  const call = current(step, callId);
  if (call === undefined) return { kind: 'unknown-call' };
  if (!EXTENDABLE.has(call.state)) return { kind: 'not-extendable', call };
  requireAmounts(call, amounts);
  const changes = call.budgets.map((charge) => ({ ...charge, amount: moreOf(charge, amounts) }));
  const raises = changes.filter(({ amount }) => amount > 0n);
  const stale = raises.length === 0 ? undefined : staleness(step, policies);
  if (stale !== undefined) return stale;
  const judged = raises.length === 0 ? [] : judgeWithRoom(step, raises, 'extension').objections;
  const objections = [...revoked(step, call, call.budgets), ...judged];
  if (objections.length > 0) return refused(step, call, { ...extension, objections });

  for (const { key, startMs, amount } of changes) {
    const bucket = bucketOf(step.tables, { key, startMs });
    if (amount !== 0n) step.tables.putBucket({ ...bucket, held: bucket.held + amount });
  }
  return extended(step, call, extension);
}

/** What a charge asks for beside what it holds, below zero where it returns some. */
function moreOf({ currency, amount }: BudgetCharge, amounts: Extension['amounts']): bigint {
  return (amounts.get(currency) ?? amount) - amount;
}

function extended(step: Step, call: CallRecord, { price, amounts, ttlMs, facts }: Extension): ExtendResult {
  const budgets = call.budgets.map((charge) => ({
    ...charge,
    amount: amounts.get(charge.currency) ?? charge.amount,
  }));
  record(step, {
    type: 'call.extended',
    callId: call.id,
    facts: { ...facts, price: formatMoney(price), charges: budgets.map(written) },
  });
  const moved = moveCall(step, call, { price, budgets, deadlineMs: step.now + ttlMs });
  return { kind: 'extended', call: moved, budgets: budgetStatuses(step, moved.budgets) };
}

interface Refused extends Extension {
  readonly objections: readonly TimedReason[];
}

/** Written with the price that was asked for, and kept nowhere else: the call goes on as it is. */
function refused(step: Step, call: CallRecord, { price, facts, objections }: Refused): ExtendResult {
  const denial = denyAll(objections, call.id);
  const { code, message } = denial;
  record(step, {
    type: 'call.denied',
    callId: call.id,
    facts: { ...facts, ...whoAndWhat({ ...call, price }), code, message, extension: true },
  });
  return { kind: 'refused', call, denial };
}
