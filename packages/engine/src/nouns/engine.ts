import type { Approval, ApprovalStatus, VoteRefusal } from './approval.ts';
import type { Call, CallRequest } from './call.ts';
import type { Decision, PolicyReference } from './decision.ts';
import type { Denial, DenialCode } from './denial.ts';
import type { Entry, EntryType } from './entry.ts';
import type { MoneyInput } from './money.ts';
import type { Outcome, Standing, Waiting } from './outcome.ts';
import type { Policies } from './policies.ts';
import type { BudgetStatus, RateStatus } from './charge.ts';
import type { CallRecord } from './hold.ts';

/** Leave to execute one call once. The money is held; say how it ended, exactly once: the first word counts. */
export interface Permit extends Standing {
  readonly call: Call;

  /** The call ran and cost `charged`, by default the price. Answers how it really ended. */
  settle(charged?: MoneyInput): Promise<Ended>;

  /** The call cost nothing: the whole hold returns. */
  release(reason: string): Promise<Ended>;

  /** Nobody knows what the call cost: the hold stays until `engine.calls` says. */
  suspend(reason: string): Promise<Ended>;
}

/** How a permit ended. `first` is false when an earlier end counted instead. */
export interface Ended {
  readonly first: boolean;
  readonly call: CallRecord;
  readonly budgets: readonly BudgetStatus[];
}

export interface Allowed {
  readonly kind: 'allowed';
  readonly permit: Permit;
}

/** The call may start. `approvalId` is set when a person allowed it. */
export interface Ready {
  readonly kind: 'ready';
  readonly callId: string;
  readonly approvalId: string | undefined;
}

/** What an approver did, or why it did not count. */
export type ApprovalDecision =
  | { readonly kind: 'counted'; readonly approval: Approval }
  | { readonly kind: 'refused'; readonly code: VoteRefusal }
  | Denial;

/** What people do. Every method rejects with STORE_UNAVAILABLE when the store cannot answer. */
export interface Approvals {
  /** Decides as the person whom `credential`, an approver token, proves. Agent tokens are refused. */
  decide(vote: {
    readonly credential: string | undefined;
    readonly approvalId: string;
    readonly verdict: 'approve' | 'deny';

    /** The `actionHash` of the approval that the person saw. */
    readonly actionHash: string;
    readonly comment?: string;
  }): Promise<ApprovalDecision>;

  /** Approvals that the approver may decide, newest first, at most 100. */
  list(query: {
    readonly credential: string | undefined;
    readonly status?: ApprovalStatus;
  }): Promise<readonly Approval[] | Denial>;

  /** One approval, for its approvers and for the agent that waits for it. Undefined for anybody else. */
  get(query: {
    readonly credential: string | undefined;
    readonly approvalId: string;
  }): Promise<Approval | undefined | Denial>;
}

/** How an agent stands under its policies. */
export interface AgentStatus {
  readonly kind: 'status';
  readonly agent: string;
  readonly owner: string;
  readonly session: string;
  readonly policies: readonly AgentPolicySummary[];
  readonly budgets: readonly BudgetStatus[];
  readonly rates: readonly RateStatus[];
  readonly recentDenials: readonly {
    readonly at: number;
    readonly tool: string;
    readonly code: DenialCode;
  }[];
}

export interface AgentPolicySummary extends PolicyReference {
  /** Undefined where the policy does not restrict tools. */
  readonly allow: readonly string[] | undefined;
  readonly deny: readonly string[];
}

/** What `verify` found. `broken` names the first entry that is not what was written. */
export type Verification =
  | { readonly kind: 'intact'; readonly entries: number; readonly head: string }
  | { readonly kind: 'broken'; readonly seq: number; readonly message: string };

/** Torii in one process: the path of a call, and what is needed around it. */
export interface Engine {
  /** What policy says of a call, with every reason. Holds nothing, records nothing. */
  decide(request: CallRequest): Promise<Decision | Denial>;

  /** Takes the call as far as it goes without starting it: asks a person where policy demands one. Safe to repeat. */
  prepare(request: CallRequest): Promise<Ready | Waiting | Denial>;

  /** Takes the call up to its execution. Whoever gets the permit executes, and says how it ended. */
  authorize(request: CallRequest): Promise<Allowed | Waiting | Denial>;

  /**
   * The whole path: identify, decide, review, reserve, approve, execute, settle, record.
   *
   * A tool that throws costs nothing, unless nobody knows: `OutcomeUnknownError`, an abort, a timeout or a lost
   * connection. Never rejects for what policy, stores or tools do.
   */
  guard<T>(
    request: CallRequest,
    execute: (permit: Permit) => T | PromiseLike<T>,
    options?: GuardOptions<T>,
  ): Promise<Outcome<T>>;

  readonly approvals: Approvals;

  readonly agents: {
    /** How the agent that `credential` proves stands. Rejects with STORE_UNAVAILABLE when the store cannot answer. */
    status(credential: string | undefined): Promise<AgentStatus | Denial>;
  };

  /** For operators: calls by id, and those whose outcome nobody knows. */
  readonly calls: {
    get(callId: string): Promise<CallRecord | undefined>;
    unresolved(): Promise<readonly CallRecord[]>;

    /** Throws MONEY_INVALID for an amount that is none or that its budgets do not count. */
    settle(callId: string, charged: MoneyInput, note: string): Promise<Ended | undefined>;
    release(callId: string, note: string): Promise<Ended | undefined>;
  };

  readonly budgets: {
    /** Lifts the freeze that a forced debit left. Answers whether there was one. */
    unfreeze(budgetKey: string, note: string): Promise<boolean>;
  };

  readonly policies: Policies;

  readonly journal: {
    /** Entries after `afterSeq`, oldest first, at most 1,000. */
    entries(query?: {
      readonly afterSeq?: number;
      readonly limit?: number;
      readonly types?: readonly EntryType[];
    }): Promise<readonly Entry[]>;

    /** Reads the whole journal and checks every link. */
    verify(): Promise<Verification>;
  };

  /** Whether the store answers. */
  health(): Promise<{ readonly ok: boolean; readonly message: string }>;

  /**
   * Denies new calls, waits for those that run (at most `closeTimeoutMs`), stops the workers and closes the store.
   * A call that still runs then becomes unresolved when its time is up. Safe to repeat.
   */
  close(): Promise<void>;
}

export interface GuardOptions<T> {
  /** What the call really cost, from its result. @default the price */
  readonly charged?: (value: T) => MoneyInput | PromiseLike<MoneyInput>;

  /** The signal that the tool was given. Once it is aborted, a tool that throws leaves the outcome open. */
  readonly signal?: AbortSignal | undefined;
}
