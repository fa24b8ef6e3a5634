import {
  type Approval,
  decidersOf,
  type VoteAnswer,
  type VoteRefusal,
  type VoteRequest,
} from '../../nouns/approval.ts';
import { deny } from '../../nouns/denial.ts';
import type { StartAnswer, StartRequest } from '../../nouns/hold.ts';
import { budgetStatuses } from './budgets.ts';
import { cancel, returnHold } from './end.ts';
import { current } from './expire.ts';
import { staleness } from './revisions.ts';
import { moveCall, record, type Step } from './rows.ts';
import { elevate } from './sessions.ts';

/** Starts a held call, or a waiting one whose approval of exactly this action was granted. */
export function start(step: Step, request: StartRequest): StartAnswer {
  const call = current(step, request.callId);
  if (call === undefined) return { kind: 'unknown-call' };
  if (call.state !== 'held' && call.state !== 'waiting') return { kind: 'not-startable', call };
  const stale = staleness(step, request.policies);
  if (stale !== undefined) return stale;

  const approval = call.approvalId === undefined ? undefined : step.tables.approval(call.approvalId);
  if (approval !== undefined && approval.actionHash !== request.actionHash) {
    const denial = {
      ...deny('APPROVAL_MISMATCH', 'the action or its policy changed after approval was asked'),
      callId: call.id,
    };
    return { kind: 'not-startable', call: cancel(step, call, denial) };
  }
  if (approval?.status === 'pending') return { kind: 'waiting', approval };
  if (call.state === 'waiting' && approval?.status !== 'approved') return { kind: 'not-startable', call };

  record(step, {
    type: 'call.started',
    callId: call.id,
    facts: approval === undefined ? {} : { approval: approval.id },
  });
  const started = moveCall(step, call, { state: 'started', deadlineMs: step.now + request.ttlMs });
  return { kind: 'started', call: started, budgets: budgetStatuses(step, started.budgets) };
}

/** Counts one vote: enough approve, one denial ends it and returns the money. */
export function vote(step: Step, request: VoteRequest): VoteAnswer {
  const approval = asOfNow(step, request.approvalId);
  if (approval === undefined) return { kind: 'refused', code: 'APPROVAL_NOT_FOUND' };
  const refusal = refusalOf(step, approval, request);
  if (refusal !== undefined) return { kind: 'refused', code: refusal };

  const { approver, verdict, comment } = request;
  const votes = [...approval.votes, { approver, verdict, comment, at: step.now }];
  const status =
    verdict === 'deny' ? 'denied' : reached(step, { ...approval, votes }) ? 'approved' : 'pending';
  const voted: Approval = {
    ...approval,
    votes,
    status,
    resolvedAt: status === 'pending' ? undefined : step.now,
  };
  step.tables.putApproval(voted);
  report(step, voted, status === 'approved' ? elevate(step, voted) : undefined);
  if (status === 'denied') endDenied(step, voted);
  return { kind: 'counted', approval: voted };
}

/** The approval as it is now: past its deadline it is expired. */
export function asOfNow(step: Step, approvalId: string): Approval | undefined {
  const approval = step.tables.approval(approvalId);
  if (approval === undefined) return undefined;
  current(step, approval.callId);
  return step.tables.approval(approvalId);
}

function refusalOf(step: Step, approval: Approval, request: VoteRequest): VoteRefusal | undefined {
  if (!approval.quorums.some((quorum) => decidersOf(approval, quorum, step.now).has(request.approver)))
    return 'NOT_AN_APPROVER';
  if (approval.status !== 'pending') return 'APPROVAL_RESOLVED';
  if (approval.actionHash !== request.actionHash) return 'ACTION_CHANGED';
  if (approval.votes.some((earlier) => earlier.approver === request.approver)) return 'ALREADY_VOTED';
  return undefined;
}

function reached(step: Step, approval: Approval): boolean {
  return approval.quorums.every((quorum) => {
    const may = decidersOf(approval, quorum, step.now);
    return approval.votes.filter(({ approver }) => may.has(approver)).length >= quorum.require;
  });
}

function report(step: Step, approval: Approval, elevatesUntil: number | undefined): void {
  const { id, callId, status, votes, actionHash } = approval;
  const last = votes.at(-1);
  if (last === undefined) return;
  const { approver, verdict, comment } = last;
  const said = { approval: id, status: 'pending', approver, verdict, action: actionHash };
  const facts = comment === undefined ? said : { ...said, comment };
  record(step, { type: 'approval.decision_submitted', callId, facts });
  const ended = { approval: id, status };
  const granted = elevatesUntil === undefined ? ended : { ...ended, elevatesUntil };
  if (status === 'approved') record(step, { type: 'approval.approved', callId, facts: granted });
  if (status === 'denied') record(step, { type: 'approval.denied', callId, facts: ended });
}

function endDenied(step: Step, approval: Approval): void {
  const call = step.tables.call(approval.callId);
  if (call?.state !== 'waiting') return;
  returnHold(step, call);
  const denial = {
    ...deny('APPROVAL_DENIED', 'a person denied this call'),
    callId: call.id,
  };
  record(step, { type: 'call.released', callId: call.id, facts: { reason: 'APPROVAL_DENIED' } });
  moveCall(step, call, { state: 'released', denial, deadlineMs: undefined, endedAt: step.now });
}
