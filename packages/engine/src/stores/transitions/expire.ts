import { nextAttemptId, previousAttemptId } from '../../nouns/attempt.ts';
import { type Denial, deny } from '../../nouns/denial.ts';
import type { CallRecord } from '../../nouns/hold.ts';
import { close } from './carve-outs.ts';
import { returnHold } from './end.ts';
import { moveCall, record, type Step } from './rows.ts';

/** How long an ended call still answers repeats of its id, and a session is remembered after its last decision. */
export const KEPT_AFTER_END_MS = 72 * 3_600_000;

/** Forgotten per sweep. */
const PRUNED_AT_ONCE = 200;

/** Ends calls past their deadline, at most `limit`; answers how many. */
export function expire(step: Step, limit: number): number {
  const due = step.tables.dueCalls(step.now, limit);
  for (const call of due) expireCall(step, call);
  return due.length;
}

/** Expires and forgets: what a worker does from time to time. */
export function sweep(step: Step, limit: number): number {
  for (const id of step.tables.endedCalls(step.now - KEPT_AFTER_END_MS, PRUNED_AT_ONCE)) forget(step, id);
  step.tables.pruneSessions(step.now, PRUNED_AT_ONCE);
  return expire(step, limit);
}

/**
 * Forgets a call that ended long ago, and after it the attempts before it that were kept for its sake. A call whose next
 * attempt is known is kept: whoever repeats it has to be led to that one, and not be taken for somebody new.
 */
function forget({ tables, now }: Step, callId: string): void {
  if (tables.call(nextAttemptId(callId)) !== undefined) return tables.passOver(callId);
  tables.forgetCall(callId);
  for (let id = previousAttemptId(callId); id !== undefined; id = previousAttemptId(id)) {
    const { endedAt = Infinity } = tables.call(id) ?? {};
    if (endedAt >= now - KEPT_AFTER_END_MS) return;
    tables.forgetCall(id);
  }
}

/** The call as it is now: past its deadline it ends before anybody looks at it. */
export function current(step: Step, callId: string): CallRecord | undefined {
  const call = step.tables.call(callId);
  if (call?.deadlineMs === undefined || step.now < call.deadlineMs) return call;
  return expireCall(step, call);
}

function expireCall(step: Step, call: CallRecord): CallRecord {
  // Money that may have left is never returned by a timer.
  if (call.state === 'started') {
    record(step, {
      type: 'call.unresolved',
      callId: call.id,
      facts: { reason: 'no end was reported in time' },
    });
    return moveCall(step, call, { state: 'unresolved', deadlineMs: undefined });
  }
  if (call.state === 'carved') {
    close(step, call, {});
    const facts = { reason: 'what was set aside is past its time' };
    record(step, { type: 'call.unresolved', callId: call.id, facts });
    return moveCall(step, call, { state: 'unresolved', deadlineMs: undefined });
  }
  returnHold(step, call);
  const denial = call.approvalId === undefined ? undefined : expireApproval(step, call, call.approvalId);
  record(step, { type: 'call.expired', callId: call.id, facts: {} });
  return moveCall(step, call, { state: 'expired', denial, deadlineMs: undefined, endedAt: step.now });
}

function expireApproval(step: Step, call: CallRecord, approvalId: string): CallRecord['denial'] {
  const approval = step.tables.approval(approvalId);
  if (approval !== undefined) {
    step.tables.putApproval({ ...approval, status: 'expired', resolvedAt: step.now });
    record(step, {
      type: 'approval.expired',
      callId: call.id,
      facts: { approval: approvalId, status: 'expired' },
    });
  }
  return lateDenial(call.id);
}

/** What is told of a call whose approval, or whose repeat after it, came too late. */
export function lateDenial(callId: string): Denial {
  return { ...deny('APPROVAL_EXPIRED', 'this call was not approved and repeated in time'), callId };
}
