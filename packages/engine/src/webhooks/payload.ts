import { z } from 'zod';
import type { Approval, ApprovalStatus } from '../nouns/approval.ts';
import { sha256 } from '../nouns/digest.ts';
import type { Entry } from '../nouns/entry.ts';
import type { Delivery } from '../nouns/outbox.ts';
import type { WebhookEvent } from './endpoint.ts';

/** The JSON that an endpoint receives. */
export interface WebhookPayload {
  /** The same on every try: skip a request whose id was seen. */
  readonly id: string;
  readonly event: WebhookEvent;

  /** The same as `event`. */
  readonly type: WebhookEvent;

  /** When it happened, ISO 8601. */
  readonly timestamp: string;

  /** Its place in the journal. Tries and repeats may arrive out of order; this number tells the order. */
  readonly sequence: number;
  readonly approval: WebhookApproval;
}

/** The approval that the event is about. */
export interface WebhookApproval {
  readonly id: string;
  readonly agentId: string;
  readonly ownerId: string;

  /** As of this event; it may have changed since. */
  readonly status: ApprovalStatus;
  readonly tool: string;

  /** For people: `500.00 USD`. */
  readonly amount: string;
  readonly callId: string;

  /** What an approver must send back with the vote. */
  readonly actionHash: string;

  /** How many people have to agree. Where several clauses ask, the largest number. */
  readonly requiredApprovers: number;
  readonly approvers: readonly string[];

  /** How many had agreed when it happened. */
  readonly approvals: number;

  /** ISO 8601. */
  readonly createdAt: string;
  readonly expiresAt: string;
}

const factsSchema = z.object({
  approval: z.string(),
  status: z.enum(['pending', 'approved', 'denied', 'expired', 'cancelled']),
});

/** What an entry of the journal says of an approval; the rest is looked up. */
export type ApprovalFacts = z.infer<typeof factsSchema>;

/** Reads the facts of an `approval.*` entry, or undefined where they do not name an approval and its status. */
export function approvalFacts(entry: Entry): ApprovalFacts | undefined {
  return factsSchema.safeParse(entry.facts).data;
}

/** The message to `endpoint` about `entry`. Equal input gives the same id and the same bytes. */
export function deliveryOf(endpoint: string, entry: Entry, approval: Approval & ApprovalFacts): Delivery {
  const id = `msg_${sha256([endpoint, entry.seq, entry.hash].join('\n')).slice(0, 32)}`;
  const event = entry.type as WebhookEvent;
  const payload: WebhookPayload = {
    id,
    event,
    type: event,
    timestamp: isoText(entry.at),
    sequence: entry.seq,
    approval: describe(approval, entry.at),
  };
  return { id, endpoint, event, body: JSON.stringify(payload), attempts: 0, dueAt: entry.at };
}

function describe(approval: Approval, at: number): WebhookApproval {
  const { action, quorums } = approval;
  return {
    id: approval.id,
    agentId: action.agent,
    ownerId: action.owner,
    status: approval.status,
    tool: action.tool,
    amount: action.price,
    callId: approval.callId,
    actionHash: approval.actionHash,
    requiredApprovers: Math.max(0, ...quorums.map((quorum) => quorum.require)),
    approvers: [...new Set(quorums.flatMap((quorum) => quorum.approvers))],
    approvals: approval.votes.filter((vote) => vote.verdict === 'approve' && vote.at <= at).length,
    createdAt: isoText(approval.createdAt),
    expiresAt: isoText(approval.expiresAt),
  };
}

function isoText(ms: number): string {
  return new Date(ms).toISOString();
}
