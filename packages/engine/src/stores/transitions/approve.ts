import type { Approval, VoteAnswer, VoteRequest } from '../../nouns/approval.ts';
import { type Denial, deny, denyAll } from '../../nouns/denial.ts';
import type { StartResult, StartRequest } from '../../nouns/hold.ts';
import { budgetStatuses } from './budgets.ts';
import { countVote, deniedByPerson, voteEvents } from './count-vote.ts';
import { cancel, returnHold } from './end.ts';
import { current } from './expire.ts';
import { staleness } from './revisions.ts';
import { revoked } from './revocations.ts';
import { moveCall, record, type Step } from './rows.ts';
import { elevate } from './sessions.ts';

/** Starts a held call, or a waiting one whose approval of exactly this action was granted. */
export function start(step: Step, request: StartRequest): StartResult {
  const call = current(step, request.callId);
  if (call === undefined) return { kind: 'unknown-call' };
  if (call.state === 'started' && call.attempt === request.attempt) {
    return { kind: 'started', call, budgets: budgetStatuses(step, call.budgets) };
  }
  if (call.state !== 'held' && call.state !== 'waiting') return { kind: 'not-startable', call };
  const stale = staleness(step, request.policies);
  if (stale !== undefined) return stale;
  const objections = revoked(step, call, call.budgets);
  if (objections.length > 0) {
    return { kind: 'not-startable', call: cancel(step, call, denyAll(objections, call.id)) };
  }

  const approval = call.approvalId === undefined ? undefined : step.tables.approval(call.approvalId);
  if (approval !== undefined && approval.actionHash !== request.actionHash) {
    return { kind: 'not-startable', call: cancel(step, call, changedDenial(call.id)) };
  }
  if (approval?.status === 'pending') return { kind: 'waiting', approval };
  if (call.state === 'waiting' && approval?.status !== 'approved') return { kind: 'not-startable', call };

  record(step, {
    type: 'call.started',
    callId: call.id,
    facts: approval === undefined ? {} : { approval: approval.id },
  });
  const started = moveCall(step, call, {
    state: 'started',
    attempt: request.attempt,
    deadlineMs: step.now + request.ttlMs,
  });
  return { kind: 'started', call: started, budgets: budgetStatuses(step, started.budgets) };
}

/** What is told of a call that is to start as another action than was approved. */
export function changedDenial(callId: string): Denial {
  return {
    ...deny('APPROVAL_MISMATCH', 'the action or its policy changed after approval was asked'),
    callId,
  };
}

/** Counts one vote: enough approve, one denial ends it and returns the money. */
export function vote(step: Step, request: VoteRequest): VoteAnswer {
  const counted = countVote(asOfNow(step, request.approvalId), request, step.now);
  if (counted.kind === 'known') return counted.answer;
  const { approval } = counted;
  step.tables.putApproval(approval);
  const elevatesUntil = approval.status === 'approved' ? elevate(step, approval) : undefined;
  for (const event of voteEvents(counted, elevatesUntil)) record(step, event);
  if (approval.status === 'denied') endDenied(step, approval);
  return { kind: 'counted', approval };
}

/** The approval as it is now: past its deadline it is expired. */
export function asOfNow(step: Step, approvalId: string): Approval | undefined {
  const approval = step.tables.approval(approvalId);
  if (approval === undefined) return undefined;
  current(step, approval.callId);
  return step.tables.approval(approvalId);
}

function endDenied(step: Step, approval: Approval): void {
  const call = step.tables.call(approval.callId);
  if (call?.state !== 'waiting') return;
  returnHold(step, call);
  record(step, { type: 'call.released', callId: call.id, facts: { reason: 'APPROVAL_DENIED' } });
  moveCall(step, call, {
    state: 'released',
    denial: deniedByPerson(call.id),
    deadlineMs: undefined,
    endedAt: step.now,
  });
}
