import { z } from 'zod';
import type { Approval, ApprovalStatus, Vote } from '../nouns/approval.ts';
import type { JsonObject } from '../nouns/canonical.ts';
import { sha256 } from '../nouns/digest.ts';
import type { Entry } from '../nouns/entry.ts';
import { moneyFrom } from '../nouns/money.ts';
import type { Delivery } from '../nouns/outbox.ts';
import type { AlertEvent, ApprovalEvent, WebhookEvent } from './events.ts';

/** Most bytes of a message. What is longer is sent without its longest parts, and says so. */
export const MAX_BODY_BYTES = 64 * 1_024;

/** The JSON that an endpoint receives. `event` tells which it is. */
export type WebhookPayload = ApprovalPayload | AlertPayload | PingPayload;

interface Envelope {
  /** The same on every try: skip a request whose id was seen. */
  readonly id: string;

  /** When it happened, ISO 8601. */
  readonly timestamp: string;

  /** Its place in the journal of its tenant. Messages may arrive out of order; this number tells the order. */
  readonly sequence: number;

  /** Whose it is; absent where it is about no tenant. */
  readonly tenant?: string;

  /** It would have been longer than 64 KiB: what was long was left out, and is read from the engine. */
  readonly truncated?: true;
}

/** Something happened to an approval. */
export interface ApprovalPayload extends Envelope {
  readonly event: ApprovalEvent;

  /** The same as `event`. */
  readonly type: ApprovalEvent;
  readonly approval: WebhookApproval;

  /** What a person said, where that is what happened. */
  readonly decision?: {
    readonly approver: string;
    readonly decision: Vote['verdict'];
    readonly comment: string | null;
    readonly timestamp: string;
  };

  /** How it ended, where it did. */
  readonly result?: { readonly approved: boolean; readonly status: ApprovalStatus };

  /** Whom a reminder or an escalation is for. */
  readonly notice?: { readonly approvers: readonly string[] };
  readonly data?: undefined;
}

/** Something that somebody may have to look at. */
export interface AlertPayload extends Envelope {
  readonly event: AlertEvent;

  /** The same as `event`. */
  readonly type: AlertEvent;

  /** The facts of the entry in the journal. */
  readonly data: JsonObject;
  readonly approval?: undefined;
}

/** A test of the endpoint, which no entry of the journal stands behind. */
export interface PingPayload extends Envelope {
  readonly event: 'ping';
  readonly type: 'ping';
  readonly data: JsonObject;
  readonly approval?: undefined;
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

  /** In the smallest unit of its asset, decimal; of a currency in millionths. Null where it has none. */
  readonly amountRaw: string | null;

  /** Who receives the money, and how, as far as it is known. */
  readonly recipient: string | null;
  readonly network: string | null;
  readonly category: string | null;

  /** Why policy asks, in words. */
  readonly memo: string | null;
  readonly callId: string;

  /** What holds the money while people think: the call. */
  readonly reservationId: string;

  /** What an approver must send back with the vote. */
  readonly actionHash: string;

  /** How many people have to agree. Where several clauses ask, the largest number. */
  readonly requiredApprovers: number;
  readonly approvers: readonly string[];

  /** How many had agreed when it happened. */
  readonly currentApprovalCount: number;

  /** ISO 8601. */
  readonly createdAt: string;
  readonly expiresAt: string;

  /** When it stopped being pending; null while it is. */
  readonly resolvedAt: string | null;
}

const factsSchema = z.object({
  approval: z.string(),
  status: z.enum(['pending', 'approved', 'denied', 'expired', 'cancelled']),
  approver: z.string().optional().catch(undefined),
  approvers: z.array(z.string()).optional().catch(undefined),
});

/** What an entry of the journal says of an approval; the rest is looked up. */
export type ApprovalFacts = z.infer<typeof factsSchema>;

/** Reads the facts of an `approval.*` entry, or undefined where they do not name an approval and its status. */
export function approvalFacts(entry: Pick<Entry, 'facts'>): ApprovalFacts | undefined {
  return factsSchema.safeParse(entry.facts).data;
}

/** To whom a message goes, and about what. Equal input gives the same id and the same bytes. */
export interface Occasion<Event extends WebhookEvent> {
  readonly endpoint: string;
  readonly event: Event;
  readonly entry: Entry;
}

/** The message about an approval. */
export function approvalDelivery(
  occasion: Occasion<ApprovalEvent>,
  approval: Approval,
  facts: ApprovalFacts,
): Delivery {
  const { endpoint, event, entry } = occasion;
  const vote =
    event === 'approval.decision_submitted' || isVotedOn(event) ? voteOf(approval, entry, facts) : undefined;
  const { status } = facts;
  const payload: ApprovalPayload = {
    ...envelopeOf(endpoint, entry, approval.action.tenant),
    event,
    type: event,
    approval: describe(approval, entry, status),
    ...(vote === undefined ? {} : { decision: vote }),
    ...(status === 'pending' ? {} : { result: { approved: status === 'approved', status } }),
    ...(facts.approvers === undefined ? {} : { notice: { approvers: facts.approvers } }),
  };
  return deliveryOf(payload, occasion, bytesOf(payload, shortened(payload)));
}

/** The message about anything else. */
export function alertDelivery(occasion: Occasion<AlertEvent>, tenant?: string): Delivery {
  const { endpoint, event, entry } = occasion;
  const { tenant: own } = entry.facts;
  const payload: AlertPayload = {
    ...envelopeOf(endpoint, entry, typeof own === 'string' ? own : tenant),
    event,
    type: event,
    data: entry.facts,
  };
  return deliveryOf(payload, occasion, bytesOf(payload, { ...payload, data: {}, truncated: true }));
}

/** The message that tests an endpoint. */
export function pingBody(id: string, atMs: number, tenant: string | undefined): string {
  const whose = tenant === undefined ? {} : { tenant };
  const payload: PingPayload = {
    id,
    timestamp: isoText(atMs),
    sequence: 0,
    ...whose,
    event: 'ping',
    type: 'ping',
    data: {},
  };
  return JSON.stringify(payload);
}

function deliveryOf({ id }: Envelope, { endpoint, entry }: Occasion<WebhookEvent>, body: string): Delivery {
  return { id, endpoint, event: entry.type, body, attempts: 0, dueAt: entry.at };
}

/** The hash of an entry says nothing of the tenant: journals that began alike in the same millisecond have it in common. */
function idOf(endpoint: string, { seq, hash }: Entry, tenant: string | undefined): string {
  const named = [endpoint, seq, hash, ...(tenant === undefined ? [] : [tenant])];
  return `msg_${sha256(named.join('\n')).slice(0, 32)}`;
}

function envelopeOf(endpoint: string, entry: Entry, tenant: string | undefined): Envelope {
  const whose = tenant === undefined ? {} : { tenant };
  const id = idOf(endpoint, entry, tenant);
  return { id, timestamp: isoText(entry.at), sequence: entry.seq, ...whose };
}

function bytesOf(payload: WebhookPayload, shorter: WebhookPayload): string {
  const whole = JSON.stringify(payload);
  return Buffer.byteLength(whole) <= MAX_BODY_BYTES ? whole : JSON.stringify(shorter);
}

/** Only lists of people and comments have no bound of their own. */
function shortened({ decision: _, notice: __, approval, ...payload }: ApprovalPayload): ApprovalPayload {
  return { ...payload, approval: { ...approval, approvers: [], memo: null }, truncated: true };
}

function isVotedOn(event: ApprovalEvent): boolean {
  return event === 'approval.approved' || event === 'approval.denied';
}

function voteOf(
  { votes }: Approval,
  { at }: Entry,
  { approver }: ApprovalFacts,
): ApprovalPayload['decision'] {
  const vote = votes.findLast(
    (cast) => cast.at <= at && (approver === undefined || cast.approver === approver),
  );
  return (
    vote && {
      approver: vote.approver,
      decision: vote.verdict,
      comment: vote.comment ?? null,
      timestamp: isoText(vote.at),
    }
  );
}

function describe(approval: Approval, { at }: Entry, status: ApprovalStatus): WebhookApproval {
  const { action, quorums, resolvedAt } = approval;
  const { recipient = null, network = null, category = null } = action.payee;
  return {
    id: approval.id,
    agentId: action.agent,
    ownerId: action.owner,
    status,
    tool: action.tool,
    amount: action.price,
    amountRaw: moneyFrom(action.price)?.units.toString() ?? null,
    recipient,
    network,
    category,
    memo: quorums.map(({ reason }) => reason).join('; ') || null,
    callId: approval.callId,
    reservationId: approval.callId,
    actionHash: approval.actionHash,
    requiredApprovers: Math.max(0, ...quorums.map((quorum) => quorum.require)),
    approvers: [...new Set(quorums.flatMap((quorum) => quorum.approvers))],
    currentApprovalCount: approval.votes.filter((vote) => vote.verdict === 'approve' && vote.at <= at).length,
    createdAt: isoText(approval.createdAt),
    expiresAt: isoText(approval.expiresAt),
    // What has ended since then had not ended when it happened.
    resolvedAt: status === 'pending' || resolvedAt === undefined ? null : isoText(resolvedAt),
  };
}

function isoText(ms: number): string {
  return new Date(ms).toISOString();
}
