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
    readonly agent: string;
    readonly owner: string;
    readonly session: string;
    readonly tool: string;

    /** RFC 8785 text of the arguments. */
    readonly arguments: string;

    /** For people: `0.90 USD`. */
    readonly price: string;
  };

  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly expiresAt: number;

  /** When the status left `pending`. */
  readonly resolvedAt: number | undefined;
}
