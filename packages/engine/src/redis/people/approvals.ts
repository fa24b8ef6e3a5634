import type { Approval, VoteAnswer, VoteRequest } from '../../nouns/approval.ts';
import type { ApprovalStore } from '../../nouns/store.ts';
import { decidesFrom } from '../../stores/keys.ts';
import {
  countVote,
  deniedByPerson,
  type Elevated,
  elevatedBy,
  type Elevating,
  voteEvents,
} from '../../stores/transitions/count-vote.ts';
import { untilUnchanged } from './again.ts';
import { approvalOf, approverKey } from './approval-words.ts';
import { factsLine } from '../holds/facts-line.ts';
import type { FieldNames } from '../keys.ts';
import { listOf, textOf, wholeOf } from '../replies.ts';
import { type Argument, run, type Slot } from '../script.ts';
import { APPROVAL, APPROVALS, LATE_APPROVAL, VOTE } from '../scripts/approvals.ts';
import { toldElevations } from './sessions.ts';

/** Most approvals that are read at once: each has the arguments of its call. */
const PAGE = 50;

type Filter = Parameters<ApprovalStore['approvals']>[0];

/** Approvals of one slot. */
export function approvalsOf(slot: Slot, names: FieldNames): ApprovalStore {
  return {
    vote: (request) => untilUnchanged(() => voted(slot, request)),
    approval: async (approvalId) => (await standing(slot, approvalId)).approval,
    approvals: (filter) => listed(slot, names, filter),
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
  const { kind } = await run(slot, VOTE, voteArguments(before, approval));
  return kind === 'voted' ? { kind: 'counted', approval } : undefined;
}

function voteArguments(before: Standing, approval: Approval): readonly Argument[] {
  const { id, callId, status, votes, resolvedAt } = approval;
  const elevated = status === 'approved' ? elevatedBy(approval, before) : undefined;
  const events = voteEvents(approval, elevated?.untilMs);
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

function elevationArguments({ words }: Standing, { elevations }: Elevated): readonly Argument[] {
  const lasts = Math.max(...elevations.map(({ untilMs }) => untilMs));
  return ['elevates', words, JSON.stringify(elevations), lasts];
}

/** A vote bears the time at which it was decided, so it is written soon after or decided anew. */
const WRITTEN_WITHIN_MS = 1_000;

/** Until when a decision of `nowMs` about an approval is right: then it ends, or somebody more may decide. */
function standsUntil({ quorums, createdAt, expiresAt }: Approval, nowMs: number): number {
  const steps = quorums.flatMap(({ escalations }) => escalations.map(({ afterMs }) => createdAt + afterMs));
  return Math.min(nowMs + WRITTEN_WITHIN_MS, expiresAt, ...steps.filter((atMs) => atMs > nowMs));
}

/**
 * Reads page by page, because an approval is listed for everybody whom it names, and only time says who of them may
 * decide by now.
 */
async function listed(slot: Slot, names: FieldNames, filter: Filter): Promise<readonly Approval[]> {
  const { approver, limit } = filter;
  const list = listOfAll(names, filter);
  const found: Approval[] = [];
  let after = '';
  do {
    const page = approver === undefined ? Math.min(PAGE, limit - found.length) : PAGE;
    const { now, rest } = await run(slot, APPROVALS, [list, after, page]);
    const mayDecide = (approval: Approval): boolean =>
      approver === undefined || (decidesFrom(approval).get(approver) ?? Infinity) <= now;
    found.push(...listOf(rest[1]).map(approvalOf).filter(mayDecide));
    after = textOf(rest[0]);
  } while (after !== '' && found.length < limit);
  return found.slice(0, limit);
}

/** The list of all approvals, or of those of a status, of a person, or of both. */
function listOfAll(names: FieldNames, { status, approver }: Filter): string {
  const letter = status?.charAt(0) ?? '';
  if (approver === undefined) return status === undefined ? 'aa' : `as${letter}`;
  const name = names.of(approverKey(approver));
  return status === undefined ? `ap${name}` : `aq${name}${letter}`;
}
