import type { Approval } from '../../nouns/approval.ts';
import type { Reservation } from '../../nouns/hold.ts';
import { subjectKey } from '../../nouns/revocation.ts';
import { decidesFrom } from '../../stores/keys.ts';
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
  const people = decidesFrom({ quorums, createdAt: 0 }).keys();
  const facts = { approval: id, status: 'pending', action: actionHash };
  const question = { id, actionHash, quorums, action, policies };
  const session = names.of(subjectKey({ kind: 'session', ...action }));
  // Only the last line may hold a line break: names and hashes have none, and JSON writes it as two characters.
  return [
    [...people].map((person) => names.of(approverKey(person))).join(''),
    session,
    actionHash,
    factsLine({ type: 'approval.created', callId: call.id, facts }),
    JSON.stringify(question),
    id,
  ].join('\n');
}

/** Names whoever may decide approvals. */
export function approverKey(approver: string): string {
  return JSON.stringify(['approver', approver]);
}

/** The approval that a script tells of. */
export function approvalOf(reply: Reply | undefined): Approval {
  const [question, status, createdAt, expiresAt, resolvedAt, callId, votes] = listOf(reply);
  const { policies, ...asked } = jsonOf(question) as Question;
  const resolvedMs = wholeOf(resolvedAt);
  return {
    ...asked,
    callId: textOf(callId),
    policies,
    status: textOf(status) as Approval['status'],
    votes: (jsonOf(votes) as Approval['votes']).map((vote) => ({ ...vote, comment: vote.comment })),
    createdAt: wholeOf(createdAt),
    expiresAt: wholeOf(expiresAt),
    resolvedAt: resolvedMs === -1 ? undefined : resolvedMs,
  };
}
