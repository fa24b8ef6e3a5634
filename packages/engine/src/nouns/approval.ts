import type { JsonObject } from './canonical.ts';
import type { Escalation } from './decision.ts';
import type { Payee } from './payee.ts';

/** How a person proved who they are: a token, a signed link, the session of the host, or a chat platform. */
export const votePaths = ['token', 'link', 'session', 'chat'] as const;
export type VotePath = (typeof votePaths)[number];

/** One approver's word on one approval. */
export interface Vote {
  readonly approver: string;

  /** Whom the approver stood in for; absent for somebody who was asked themselves. */
  readonly standsFor?: string;

  readonly verdict: 'approve' | 'deny';
  readonly comment: string | undefined;
  readonly via: VotePath;
  readonly at: number;
}

/** Somebody who may decide instead of somebody else for a while. Both together are one person of a quorum. */
export interface Deputy {
  readonly standsFor: string;
  readonly deputy: string;

  /** Milliseconds since 1970: from the first on, before the second. */
  readonly fromMs: number;
  readonly untilMs: number;
}

/** What one clause demands: this many distinct people of this list. */
export interface Quorum {
  readonly policy: string;
  readonly clause: string;
  readonly reason: string;
  readonly require: number;
  readonly approvers: readonly string[];

  /** Who else may decide once the approval is this old; they count towards the same number. */
  readonly escalations: readonly Escalation[];

  /** Approving lets the session use the tool this long without asking again. */
  readonly elevatesForMs?: number;

  /** Who may stand in for those named here; absent where nobody may. */
  readonly deputies?: readonly Deputy[];

  /** How long after it was asked the people are reminded, the earliest first; absent where they are not. */
  readonly remindersMs?: readonly number[];

  /** The owner of the agent may not decide, nor may anybody in their place. */
  readonly separateDuties?: true;
}

export const approvalStatuses = ['pending', 'approved', 'denied', 'expired', 'cancelled'] as const;
export type ApprovalStatus = (typeof approvalStatuses)[number];

/** A question to people about one exact action. The money stays held while they think. */
export interface Approval {
  readonly id: string;
  readonly callId: string;

  /** SHA-256 of the canonical action: call, tool, definition, arguments, price, policy versions. */
  readonly actionHash: string;

  readonly status: ApprovalStatus;

  /** Every quorum must be reached; one vote counts in each whose list names the approver. */
  readonly quorums: readonly Quorum[];

  readonly votes: readonly Vote[];

  /** What the approver is asked about. */
  readonly action: {
    readonly issuer: string;
    readonly tenant: string;
    readonly agent: string;
    readonly owner: string;
    readonly session: string;
    readonly tool: string;

    /** Who receives the money, as far as it is known. */
    readonly payee: Payee;

    /** RFC 8785 text of the arguments. */
    readonly arguments: string;

    /** For people: `0.90 USD`. */
    readonly price: string;
  };

  /** Hash of the set of policies that asked. Once another one is active, approving elevates no session. */
  readonly policies: string | undefined;

  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly expiresAt: number;

  /** When the status left `pending`. */
  readonly resolvedAt: number | undefined;

  /** How many of its notices were given. */
  readonly noticed: number;
}

/** People are told again of an approval that nobody has decided, or more people are told that they may. */
export interface Notice {
  readonly kind: 'reminded' | 'escalated';

  /** Milliseconds since 1970. */
  readonly at: number;

  /** Whom it concerns: everybody who is asked by then, or those who are from then on. Never who stands in for them. */
  readonly approvers: readonly string[];
}

/** Every notice of an approval before it expires, in the order of their time. */
export function noticesOf(
  approval: Pick<Approval, 'createdAt' | 'expiresAt' | 'quorums' | 'action'>,
): readonly Notice[] {
  const { createdAt, expiresAt, quorums } = approval;
  const withASay = (people: readonly string[], quorum: Quorum): readonly string[] =>
    people.filter((person) => !isExcluded(approval, quorum, person));
  const found = quorums.flatMap((quorum): readonly Notice[] => [
    ...(quorum.remindersMs ?? []).map((afterMs): Notice => {
      const at = createdAt + afterMs;
      return { kind: 'reminded', at, approvers: withASay([...decidersOf(approval, quorum, at)], quorum) };
    }),
    ...quorum.escalations.map(({ afterMs, approvers }): Notice => {
      return { kind: 'escalated', at: createdAt + afterMs, approvers: withASay(approvers, quorum) };
    }),
  ]);
  return found.filter(({ at }) => at < expiresAt).sort((a, b) => a.at - b.at);
}

/** When the next notice of an approval is due; undefined where none is left or nobody needs one any more. */
export function nextNoticeAt(approval: Approval): number | undefined {
  return approval.status === 'pending' ? noticesOf(approval)[approval.noticed]?.at : undefined;
}

/** Nobody approves what they ask themselves, nor the owner of the agent where the quorum says so. */
export function isExcluded(
  { action }: Pick<Approval, 'action'>,
  { separateDuties }: Quorum,
  person: string,
): boolean {
  return person === action.agent || (separateDuties === true && person === action.owner);
}

/** Who may decide for a quorum by now: those it names, and those of every escalation that has come. */
export function decidersOf(
  { createdAt }: Pick<Approval, 'createdAt'>,
  { approvers, escalations }: Quorum,
  nowMs: number,
): ReadonlySet<string> {
  const come = escalations.filter(({ afterMs }) => nowMs >= createdAt + afterMs);
  return new Set([...approvers, ...come.flatMap((escalation) => escalation.approvers)]);
}

export interface VoteRequest {
  readonly approvalId: string;

  /** The person as verified: never what a request says. */
  readonly approver: string;
  readonly via: VotePath;
  readonly verdict: 'approve' | 'deny';
  readonly comment: string | undefined;

  /** The action that the approver saw; another one is refused. */
  readonly actionHash: string;
}

/** Why a vote did not count, in precedence. */
export const voteRefusals = [
  'APPROVAL_NOT_FOUND',
  'NOT_AN_APPROVER',
  'APPROVAL_RESOLVED',
  'ACTION_CHANGED',
  'ALREADY_VOTED',
] as const;

export type VoteRefusal = (typeof voteRefusals)[number];

export type VoteAnswer =
  | { readonly kind: 'counted'; readonly approval: Approval }
  | { readonly kind: 'refused'; readonly code: VoteRefusal };

/** Somebody withdraws a question: the agent that asked, or somebody with the right to. */
export interface Cancellation {
  readonly approvalId: string;

  /** Who did it, for the journal. */
  readonly facts: JsonObject;
}

/** `APPROVAL_RESOLVED` where its call has started or ended. */
export type CancelAnswer =
  | { readonly kind: 'cancelled'; readonly approval: Approval }
  | { readonly kind: 'refused'; readonly code: 'APPROVAL_NOT_FOUND' | 'APPROVAL_RESOLVED' };

/** Where a page of approvals ended: they are listed by when they were created, then by id, the latest first. */
export type ApprovalPlace = Pick<Approval, 'createdAt' | 'id'>;

/** Which approvals are asked for. Every part that is named has to hold. */
export interface ApprovalQuery {
  readonly status?: ApprovalStatus;

  /** Who may decide them, themselves or in somebody's place; in an escalation once it has come. */
  readonly approver?: string;

  /** Whose agents asked, where a store is that of several tenants. */
  readonly tenant?: string;
  readonly owner?: string;
  readonly agent?: string;
  readonly tool?: string;
  readonly limit: number;

  /** Only what is listed after this. */
  readonly after?: ApprovalPlace;
}
