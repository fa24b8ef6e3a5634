import type {
  Approval,
  ApprovalQuery,
  CancelAnswer,
  Cancellation,
  VoteAnswer,
  VoteRequest,
} from '../../nouns/approval.ts';
import type { ApprovalStore } from '../../nouns/store.ts';
import { mayDecide } from '../../stores/seats.ts';
import {
  cancelledDenial,
  type CountedVote,
  countVote,
  deniedByPerson,
  type Elevated,
  elevatedBy,
  elevationsWithout,
  type Elevating,
  voteEvents,
} from '../../stores/transitions/count-vote.ts';
import { untilUnchanged } from './again.ts';
import { approvalOf, type ListedBy, listKey } from './approval-words.ts';
import { factsLine } from '../holds/facts-line.ts';
import type { FieldNames } from '../keys.ts';
import { listOf, textOf, wholeOf } from '../replies.ts';
import { type Argument, run, type Slot } from '../script.ts';
import { ANNOUNCE, APPROVAL, APPROVALS, CANCEL, LATE_APPROVAL, VOTE } from '../scripts/approvals.ts';
import { toldElevations } from './sessions.ts';

/** Most approvals that are read at once: each has the arguments of its call. */
const PAGE = 50;

/** Approvals of one slot. */
export function approvalsOf(slot: Slot, names: FieldNames): ApprovalStore {
  return {
    vote: (request) => untilUnchanged(() => voted(slot, request)),
    cancel: (cancellation) => untilUnchanged(() => cancelled(slot, cancellation)),
    announce: async (limit) => wholeOf((await run(slot, ANNOUNCE, [limit])).rest[0]),
    approval: async (approvalId) => (await standing(slot, approvalId)).approval,
    approvals: (query) => listed(slot, names, query),
  };
}

/** An approval, and what else a vote on it is decided by. */
interface Standing extends Elevating {
  readonly approval: Approval | undefined;
  readonly revision: number;

  /** What its session may do, as it is kept. */
  readonly words: string;
}

async function standing(slot: Slot, approvalId: string): Promise<Standing> {
  const seen = await run(slot, APPROVAL, [approvalId]);
  const { kind, now, rest } = seen.kind === 'late' ? await run(slot, LATE_APPROVAL, [approvalId]) : seen;
  if (kind === 'unknown') {
    return { nowMs: now, approval: undefined, revision: 0, words: '', elevations: [], active: undefined };
  }
  const [told, revision] = rest;
  const session = toldElevations(rest.slice(2), now);
  return { nowMs: now, approval: approvalOf(told), revision: wholeOf(revision), ...session };
}

/** Counts a vote, or undefined where what it was decided by changed until it was written. */
async function voted(slot: Slot, request: VoteRequest): Promise<VoteAnswer | undefined> {
  const before = await standing(slot, request.approvalId);
  const counted = countVote(before.approval, request, before.nowMs);
  if (counted.kind === 'known') return counted.answer;
  const { approval } = counted;
  const { kind } = await run(slot, VOTE, voteArguments(before, counted));
  return kind === 'voted' ? { kind: 'counted', approval } : undefined;
}

function voteArguments(
  before: Standing,
  counted: Exclude<CountedVote, { readonly kind: 'known' }>,
): readonly Argument[] {
  const { approval } = counted;
  const { id, callId, status, votes, resolvedAt } = approval;
  const elevated = status === 'approved' ? elevatedBy(approval, before) : undefined;
  const events = voteEvents(counted, elevated?.untilMs);
  return [
    id,
    before.revision,
    standsUntil(approval, before.nowMs),
    status,
    JSON.stringify(votes),
    resolvedAt ?? '',
    status === 'denied' ? JSON.stringify(deniedByPerson(callId)) : '',
    before.active ?? '',
    ...(elevated === undefined ? ['', '', '', ''] : elevationArguments(before, elevated)),
    ...events.flatMap((event) => [event.type, factsLine(event)]),
  ];
}

function elevationArguments(
  { words }: Standing,
  { elevations }: Pick<Elevated, 'elevations'>,
): readonly Argument[] {
  const lasts = Math.max(0, ...elevations.map(({ untilMs }) => untilMs));
  return ['elevates', words, JSON.stringify(elevations), lasts];
}

/** A vote bears the time at which it was decided, so it is written soon after or decided anew. */
const WRITTEN_WITHIN_MS = 1_000;

/** Until when a decision of `nowMs` about an approval is right: then it ends, or others may decide. */
function standsUntil({ quorums, createdAt, expiresAt }: Approval, nowMs: number): number {
  const steps = quorums.flatMap(({ escalations, deputies = [] }) => [
    ...escalations.map(({ afterMs }) => createdAt + afterMs),
    ...deputies.flatMap(({ fromMs, untilMs }) => [fromMs, untilMs]),
  ]);
  return Math.min(nowMs + WRITTEN_WITHIN_MS, expiresAt, ...steps.filter((atMs) => atMs > nowMs));
}

/** Withdraws an approval, or undefined where what it let its session do changed until that was written. */
async function cancelled(slot: Slot, { approvalId, facts }: Cancellation): Promise<CancelAnswer | undefined> {
  const before = await standing(slot, approvalId);
  if (before.approval === undefined) return { kind: 'refused', code: 'APPROVAL_NOT_FOUND' };
  const elevations = elevationsWithout(before.approval, before.elevations);
  const lowers = elevations.length < before.elevations.length;
  const told = { ...facts, approval: approvalId, status: 'cancelled' };
  const line = factsLine({ type: 'approval.cancelled', facts: told });
  // Whoever reads the denial says which call it is.
  const { callId: _, ...denial } = cancelledDenial('');
  const { kind, rest } = await run(slot, CANCEL, [
    approvalId,
    before.revision,
    line,
    JSON.stringify(denial),
    before.active ?? '',
    ...(lowers ? elevationArguments(before, { elevations }) : ['', '', '', '']),
  ]);
  if (kind === 'changed') return undefined;
  if (kind === 'cancelled') return { kind, approval: approvalOf(rest[0]) };
  return { kind: 'refused', code: 'APPROVAL_RESOLVED' };
}

/** What a list can be chosen by: the one that has the fewest in it comes first. */
const LISTS: readonly ListedBy[] = ['approver', 'agent', 'owner', 'tool'];

/**
 * Reads page by page, because there is a list for each of what can be asked for, and only what is in it says whether the
 * rest holds: an approval is listed for everybody whom it names, and only time says who of them may decide by now.
 */
async function listed(slot: Slot, names: FieldNames, query: ApprovalQuery): Promise<readonly Approval[]> {
  const { limit, after } = query;
  const [by, ...others] = LISTS.filter((one) => query[one] !== undefined);
  const list = listOfAll(names, query, by);
  const isExact = by !== 'approver' && others.length === 0;
  const found: Approval[] = [];
  let from = after === undefined ? '' : `${list}${String(after.createdAt).padStart(16, '0')}${after.id}`;
  do {
    const page = isExact ? Math.min(PAGE, limit - found.length) : PAGE;
    const { now, rest } = await run(slot, APPROVALS, [list, from, page]);
    const told = listOf(rest[1]).map(approvalOf);
    found.push(...told.filter((approval) => isAskedFor(approval, query, now)));
    from = textOf(rest[0]);
  } while (from !== '' && found.length < limit);
  return found.slice(0, limit);
}

function isAskedFor(
  approval: Approval,
  { approver, tenant, owner, agent, tool }: ApprovalQuery,
  nowMs: number,
): boolean {
  const { action } = approval;
  return (
    (tenant === undefined || action.tenant === tenant) &&
    (owner === undefined || action.owner === owner) &&
    (agent === undefined || action.agent === agent) &&
    (tool === undefined || action.tool === tool) &&
    (approver === undefined || mayDecide(approval, approver, nowMs))
  );
}

/** The list of all approvals, or of those of a status, of a name, or of both. */
function listOfAll(names: FieldNames, query: ApprovalQuery, by: ListedBy | undefined): string {
  const letter = query.status?.charAt(0) ?? '';
  if (by === undefined) return query.status === undefined ? 'aa' : `as${letter}`;
  const name = names.of(listKey(by, query[by] ?? ''));
  return query.status === undefined ? `ap${name}` : `aq${name}${letter}`;
}
