import type { Approval, CancelAnswer, Cancellation } from '../../nouns/approval.ts';
import { asOfNow } from './approve.ts';
import { cancelledDenial } from './count-vote.ts';
import { returnHold } from './end.ts';
import { moveCall, record, type Step } from './rows.ts';
import { lower } from './sessions.ts';

/** Withdraws an approval whose call has not started, with its call and with what it let the session do. */
export function cancelApproval(step: Step, { approvalId, facts }: Cancellation): CancelAnswer {
  const approval = asOfNow(step, approvalId);
  if (approval === undefined) return { kind: 'refused', code: 'APPROVAL_NOT_FOUND' };
  if (approval.status === 'cancelled') return { kind: 'cancelled', approval };
  const call = step.tables.call(approval.callId);
  // The call of an approval that was used may be another one by now, which waits for an approval of its own.
  if (call?.state !== 'waiting' || call.approvalId !== approvalId)
    return { kind: 'refused', code: 'APPROVAL_RESOLVED' };

  const cancelled: Approval = { ...approval, status: 'cancelled', resolvedAt: step.now };
  step.tables.putApproval(cancelled);
  lower(step, approval);
  returnHold(step, call);
  const told = { ...facts, approval: approvalId, status: 'cancelled' };
  record(step, { type: 'approval.cancelled', callId: call.id, facts: told });
  record(step, { type: 'call.released', callId: call.id, facts: { reason: 'APPROVAL_CANCELLED' } });
  const denial = cancelledDenial(call.id);
  moveCall(step, call, { state: 'released', denial, deadlineMs: undefined, endedAt: step.now });
  return { kind: 'cancelled', approval: cancelled };
}
