import type { Approval, Vote, VoteAnswer, VoteRefusal, VoteRequest } from '../../nouns/approval.ts';
import { type Denial, deny } from '../../nouns/denial.ts';
import type { Event } from '../../nouns/entry.ts';
import type { Elevation } from '../../nouns/facts.ts';
import { freeSeats, mayDecide, seatsTaken } from '../seats.ts';
import { isStale } from './revisions.ts';

/**
 * What one vote comes to: an answer that changes nothing, or the approval with the vote counted. `enough`: it was counted
 * before, and since then an escalation made those who agreed enough.
 */
export type CountedVote =
  { readonly kind: 'known'; readonly answer: VoteAnswer } | (Changed & { readonly kind: 'voted' | 'enough' });

interface Changed {
  readonly approval: Approval;
}

/** Counts one vote on an approval as it stands at `nowMs`. Whoever keeps approvals writes what comes of it. */
export function countVote(approval: Approval | undefined, request: VoteRequest, nowMs: number): CountedVote {
  if (approval === undefined) return refused('APPROVAL_NOT_FOUND');
  const same = approval.votes.find(({ approver }) => approver === request.approver);
  if (same?.verdict === request.verdict && approval.actionHash === request.actionHash) {
    if (approval.status === 'pending' && isReached(approval, nowMs))
      return { kind: 'enough', approval: { ...approval, status: 'approved', resolvedAt: nowMs } };
    return { kind: 'known', answer: { kind: 'counted', approval } };
  }
  const seats = freeSeats(approval, request.approver, nowMs);
  const refusal = refusalOf({ approval, seats }, request, nowMs);
  if (refusal !== undefined) return refused(refusal);

  const { approver, verdict, comment, via } = request;
  const standsFor = seats.find((seat) => seat !== undefined && seat !== approver);
  const said: Vote = { approver, verdict, comment, via, at: nowMs };
  const votes = [...approval.votes, standsFor === undefined ? said : { ...said, standsFor }];
  const status =
    verdict === 'deny' ? 'denied' : isReached({ ...approval, votes }, nowMs) ? 'approved' : 'pending';
  const resolvedAt = status === 'pending' ? undefined : nowMs;
  return { kind: 'voted', approval: { ...approval, votes, status, resolvedAt } };
}

/** The entries of an approval that was just voted on. `elevatesUntil` is what its session was given, if anything. */
export function voteEvents(
  { kind, approval }: Exclude<CountedVote, { readonly kind: 'known' }>,
  elevatesUntil: number | undefined,
): readonly Event[] {
  const { id, callId, status, votes, actionHash } = approval;
  const last = votes.at(-1);
  if (last === undefined) return [];
  const { approver, verdict, comment, via, standsFor } = last;
  const facts = {
    approval: id,
    status: 'pending',
    approver,
    verdict,
    via,
    action: actionHash,
    ...(standsFor === undefined ? {} : { standsFor }),
    ...(comment === undefined ? {} : { comment }),
  };
  const submitted: Event = { type: 'approval.decision_submitted', callId, facts };
  const ended = { approval: id, status };
  const granted = elevatesUntil === undefined ? ended : { ...ended, elevatesUntil };
  const approved: Event = { type: 'approval.approved', callId, facts: granted };
  if (status === 'approved') return kind === 'enough' ? [approved] : [submitted, approved];
  if (status === 'denied') return [submitted, { type: 'approval.denied', callId, facts: ended }];
  return [submitted];
}

/** What a session may do beyond reading, and by which policies, when an approval of its action is granted. */
export interface Elevating {
  readonly nowMs: number;

  /** Hash of the active set; undefined where none is. */
  readonly active: string | undefined;

  /** What it may do already. */
  readonly elevations: readonly Elevation[];
}

/** What a session may do from then on, and until when at the latest what it was given now. */
export interface Elevated {
  readonly elevations: readonly Elevation[];
  readonly untilMs: number;
}

/**
 * Lets the session of an approved action use its tool, for each policy whose quorum says so for as long as it says.
 * Undefined where no quorum elevates, and where another set of policies is active than the one that asked.
 */
export function elevatedBy(approval: Approval, before: Elevating): Elevated | undefined {
  const { action, quorums, policies } = approval;
  if (isStale(policies, before.active)) return undefined;
  const given = quorums.flatMap(({ policy, elevatesForMs = 0 }) =>
    elevatesForMs > 0 ? [{ policy, tool: action.tool, untilMs: before.nowMs + elevatesForMs }] : [],
  );
  if (given.length === 0) return undefined;
  const untilMs = Math.max(...given.map((elevation) => elevation.untilMs));
  return { elevations: given.reduce(extended, before.elevations), untilMs };
}

/**
 * What a session may still do once an approval that was granted is withdrawn: what it let the session do ends, unless
 * another one lets it do that for longer.
 */
export function elevationsWithout(
  { action, quorums, status, resolvedAt = 0 }: Approval,
  elevations: readonly Elevation[],
): readonly Elevation[] {
  if (status !== 'approved') return elevations;
  return elevations.filter(
    ({ policy, tool, untilMs }) =>
      tool !== action.tool ||
      !quorums.some(
        (quorum) => quorum.policy === policy && untilMs <= resolvedAt + (quorum.elevatesForMs ?? 0),
      ),
  );
}

/** With one more elevation. One of the same policy for the same tool is never cut short. */
function extended(elevations: readonly Elevation[], given: Elevation): readonly Elevation[] {
  const isSame = ({ policy, tool }: Elevation): boolean => policy === given.policy && tool === given.tool;
  const untilMs = Math.max(given.untilMs, elevations.find(isSame)?.untilMs ?? 0);
  return [...elevations.filter((other) => !isSame(other)), { ...given, untilMs }];
}

/** What repeats of a call are told once its approval was withdrawn. */
export function cancelledDenial(callId: string): Denial {
  return {
    ...deny('APPROVAL_CANCELLED', 'somebody withdrew this call before it started'),
    callId,
  };
}

/** What repeats of a call are told once a person said no. */
export function deniedByPerson(callId: string): Denial {
  return { ...deny('APPROVAL_DENIED', 'a person denied this call'), callId };
}

function refused(code: VoteRefusal): CountedVote {
  return { kind: 'known', answer: { kind: 'refused', code } };
}

/** What a vote is judged by: the approval, and the seats that the vote would fill. */
interface Judged {
  readonly approval: Approval;
  readonly seats: ReturnType<typeof freeSeats>;
}

function refusalOf(
  { approval, seats }: Judged,
  request: VoteRequest,
  nowMs: number,
): VoteRefusal | undefined {
  if (!mayDecide(approval, request.approver, nowMs)) return 'NOT_AN_APPROVER';
  if (approval.status !== 'pending') return 'APPROVAL_RESOLVED';
  if (approval.actionHash !== request.actionHash) return 'ACTION_CHANGED';
  const voted = approval.votes.some(({ approver }) => approver === request.approver);
  return voted || seats.every((seat) => seat === undefined) ? 'ALREADY_VOTED' : undefined;
}

function isReached(approval: Approval, nowMs: number): boolean {
  return approval.quorums.every((quorum) => seatsTaken(approval, quorum, nowMs).size >= quorum.require);
}
