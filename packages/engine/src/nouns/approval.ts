import type { Escalation } from './decision.ts';
import type { Payee } from './payee.ts';

/** One approver's word on one approval. */
export interface Vote {
  readonly approver: string;
  readonly verdict: 'approve' | 'deny';
  readonly comment: string | undefined;
  readonly at: number;
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
}

export type ApprovalStatus = 'pending' | 'approved' | 'denied' | 'expired' | 'cancelled';

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

  /** From a verified approver token. */
  readonly approver: string;
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
