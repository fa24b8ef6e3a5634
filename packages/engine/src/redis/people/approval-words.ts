import { type Approval, noticesOf, type Vote } from '../../nouns/approval.ts';
import type { ApprovalRequest, Reservation } from '../../nouns/hold.ts';
import { subjectKey } from '../../nouns/revocation.ts';
import { spansOf } from '../../stores/seats.ts';
import { noticeEvent } from '../../stores/transitions/notices.ts';
import { factsLine } from '../holds/facts-line.ts';
import type { FieldNames } from '../keys.ts';
import { jsonOf, listOf, textOf, wholeOf } from '../replies.ts';
import type { Reply } from '../script.ts';

/** The parts of an approval that never change, as JSON. */
type Question = Pick<Approval, 'id' | 'actionHash' | 'quorums' | 'action'> & { readonly policies?: string };

/**
 * The approval that a reservation opens, as `openApproval` of the scripts reads it; empty where it opens none. Throws
 * NOT_CANONICAL for an id or a hash that the journal could not record.
 */
export function approvalArgument({ call, policies, then }: Reservation, names: FieldNames): string {
  if (then.kind !== 'wait') return '';
  const { id, actionHash, quorums, action } = then.approval;
  const facts = { approval: id, status: 'pending', action: actionHash };
  const question = { id, actionHash, quorums, action, policies };
  const session = names.of(subjectKey({ kind: 'session', ...action }));
  // Only the last line may hold a line break: names and hashes have none, and JSON writes it as two characters.
  return [
    namesOf(then.approval)
      .map((key) => names.of(key))
      .join(''),
    session,
    actionHash,
    factsLine({ type: 'approval.created', callId: call.id, facts }),
    noticesLine(call.id, then.approval),
    JSON.stringify(question),
    id,
  ].join('\n');
}

/** What a list of approvals can be asked for by, besides their status. */
export type ListedBy = 'approver' | 'owner' | 'agent' | 'tool';

/** Names the approvals that somebody may decide at some time, or those of an owner, an agent or a tool. */
export function listKey(by: ListedBy, value: string): string {
  return JSON.stringify([by, value]);
}

function namesOf({ quorums, action }: ApprovalRequest): readonly string[] {
  const people = spansOf({ quorums, action, createdAt: 0 }).keys();
  return [
    ...[...people].map((person) => listKey('approver', person)),
    ...(['owner', 'agent', 'tool'] as const).map((by) => listKey(by, action[by])),
  ];
}

/** How long after it was asked each notice is due, with type and facts of its entry. */
function noticesLine(callId: string, { id, quorums, action, expiresInMs }: ApprovalRequest): string {
  const notices = noticesOf({ createdAt: 0, expiresAt: expiresInMs, quorums, action });
  const lines = notices.map((notice) => {
    const event = noticeEvent({ id, callId }, notice);
    return [notice.at, event.type, factsLine(event)];
  });
  return JSON.stringify(lines);
}

/** A vote as it is kept. Before others could, whoever voted proved it with a token, and nobody wrote that down. */
type KeptVote = Omit<Vote, 'via'> & Partial<Pick<Vote, 'via'>>;

/** The approval that a script tells of. */
export function approvalOf(reply: Reply | undefined): Approval {
  const [question, status, createdAt, expiresAt, resolvedAt, callId, votes, noticed] = listOf(reply);
  const { policies, ...asked } = jsonOf(question) as Question;
  const resolvedMs = wholeOf(resolvedAt);
  return {
    ...asked,
    callId: textOf(callId),
    policies,
    status: textOf(status) as Approval['status'],
    votes: (jsonOf(votes) as readonly KeptVote[]).map((vote) => ({
      via: 'token',
      ...vote,
      comment: vote.comment,
    })),
    createdAt: wholeOf(createdAt),
    expiresAt: wholeOf(expiresAt),
    resolvedAt: resolvedMs === -1 ? undefined : resolvedMs,
    noticed: wholeOf(noticed),
  };
}
