import type { Approval, ApprovalStatus, VoteRefusal } from './approval.ts';
import type { Denial } from './denial.ts';
import type { PersonCredential } from './vouched-person.ts';

/** What an approver did, or why it did not count. */
export type ApprovalDecision =
  | { readonly kind: 'counted'; readonly approval: Approval }
  | { readonly kind: 'refused'; readonly code: VoteRefusal }
  | Denial;

/** Why an approval was not cancelled, in precedence. */
export const cancelRefusals = ['APPROVAL_NOT_FOUND', 'CANCEL_NOT_ALLOWED', 'APPROVAL_RESOLVED'] as const;
export type CancelRefusal = (typeof cancelRefusals)[number];

/** What became of a question that somebody withdraws. */
export type ApprovalCancellation =
  | { readonly kind: 'cancelled'; readonly approval: Approval }
  | { readonly kind: 'refused'; readonly code: CancelRefusal }
  | Denial;

/** Which approvals to list. Every part that is named has to hold. */
export interface ApprovalListQuery {
  readonly credential: PersonCredential;
  readonly status?: ApprovalStatus;
  readonly agent?: string;
  readonly owner?: string;
  readonly tool?: string;
  readonly tenant?: string;

  /** Most approvals of the page, 1 to 100. @default 100 */
  readonly limit?: number;

  /** `next` of the page before, of the same query by the same person. */
  readonly cursor?: string;
}

/** Approvals, the latest first. A page may have fewer than were asked for: there are more as long as there is a `next`. */
export interface ApprovalPage {
  readonly kind: 'page';
  readonly approvals: readonly Approval[];

  /** The `cursor` of the next page; absent after the last. */
  readonly next?: string;
}

/** A link that lets one person see and decide one approval. Whoever has it is that person: send it to nobody else. */
export interface ApprovalLink {
  readonly approver: string;
  readonly url: string;

  /** From when on it does nothing, milliseconds since 1970. */
  readonly expiresAt: number;
}

/**
 * What people do. Every method rejects with STORE_UNAVAILABLE when the store cannot answer. Where tenants have stores of
 * their own, naming the `tenant` spares looking through all of them; an approval of another tenant is then none.
 */
export interface Approvals {
  /** Decides as the person whom `credential` proves. Agent tokens are refused, and so is whoever is no approver. */
  decide(vote: {
    readonly credential: PersonCredential;
    readonly approvalId: string;
    readonly verdict: 'approve' | 'deny';

    /** The `actionHash` of the approval that the person saw. */
    readonly actionHash: string;

    /** Why, for people; the first 1,000 characters are kept. */
    readonly comment?: string;
    readonly tenant?: string;
  }): Promise<ApprovalDecision>;

  /**
   * The approvals that somebody may see: auditors and admins all of them, owners those of their agents, approvers those
   * that they may decide. Over several tenants one that cannot answer is left out and told to `onError`, unless it is
   * the one that was named.
   */
  list(query: ApprovalListQuery): Promise<ApprovalPage | Denial>;

  /** One approval, for whom `list` would show it, and for the agent that waits for it. Undefined for anybody else. */
  get(query: {
    readonly credential: PersonCredential;
    readonly approvalId: string;
    readonly tenant?: string;
  }): Promise<Approval | undefined | Denial>;

  /**
   * Withdraws a question whose call has not started, also one that was granted: the call ends with APPROVAL_CANCELLED and
   * its money returns. For the agent that asked, the owner of that agent, and admins. The same again is told the same.
   */
  cancel(request: {
    readonly credential: PersonCredential;
    readonly approvalId: string;

    /** Why, for people; the first 1,000 characters are kept. */
    readonly comment?: string;
    readonly tenant?: string;
  }): Promise<ApprovalCancellation>;

  /**
   * For operators: a signed link for each person whose vote would count now, none for an approval that is unknown or
   * resolved. Throws OPTIONS_INVALID without the option `approvalLinks`.
   */
  links(query: {
    readonly approvalId: string;
    readonly tenant?: string;

    /** In milliseconds, 1,000 to 3,600,000; a link never outlives its approval. @default 3_600_000 */
    readonly expiresInMs?: number;
  }): Promise<readonly ApprovalLink[]>;
}
