import type { Approvals } from './approvals.ts';
import type { Call, CallRequest } from './call.ts';
import type { Decision, PolicyReference } from './decision.ts';
import type { Denial, DenialCode } from './denial.ts';
import type { Entry, EntryType } from './entry.ts';
import type { Money, MoneyInput } from './money.ts';
import type { Outcome, Standing, Waiting } from './outcome.ts';
import type { Policies } from './policies.ts';
import type { BudgetStatus, RateStatus } from './charge.ts';
import type { CarveOuts } from './carve-out.ts';
import type { CallRecord } from './hold.ts';
import type { Person } from './principal.ts';
import type { PersonCredential } from './vouched-person.ts';
import type { BudgetName, CallName, OfTenant, Revocations, Wallets } from './operator.ts';
import type { Webhooks } from './webhooks.ts';

/** Leave to execute one call once. The money is held; say how it ended, exactly once: the first word counts. */
export interface Permit extends Standing {
  readonly call: Call;

  /**
   * Asks for another price, for more time, or for both; what is not named stays, and the time starts anew. The call is
   * decided again at the new price, and more money is judged as for a new call; less returns the difference. Answers a
   * denial where it may not: then the call goes on as it was. Never rejects.
   */
  extend(more: { readonly price?: MoneyInput; readonly forMs?: number }): Promise<Extended | Denial>;

  /** The call ran and cost `charged`, by default the price as last extended. Answers how it really ended. */
  settle(charged?: MoneyInput): Promise<Ended>;

  /** The call did nothing and cost nothing: the whole hold returns, and its id may be attempted again. */
  release(reason: string): Promise<Ended>;

  /** Nobody knows what the call cost: the hold stays until `engine.calls` says. */
  suspend(reason: string): Promise<Ended>;
}

/** A call may cost this much from now on. */
export interface Extended {
  readonly kind: 'extended';
  readonly callId: string;

  /** What is held for it in all. */
  readonly price: Money;

  /** When it counts as unresolved unless it has ended, milliseconds since 1970. */
  readonly deadlineMs: number | undefined;
  readonly budgets: readonly BudgetStatus[];
}

/**
 * How a call ended. `first` is false when an earlier end counted instead, and for a carve-out that cannot end yet:
 * then `call.state` is still `carved` or `unresolved`.
 */
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

/** How an agent stands under its policies. */
export interface AgentStatus {
  readonly kind: 'status';
  readonly agent: string;
  readonly owner: string;
  readonly session: string;
  readonly policies: readonly AgentPolicySummary[];

  /** With the wallets that its policies name, and the carve-out that its token names: those have an `account`. */
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

/**
 * What `verify` found. `broken` names the first entry that is not what was written. Of several journals, `entries`
 * counts all and `head` is that of the store as opened.
 */
export type Verification =
  | { readonly kind: 'intact'; readonly entries: number; readonly head: string }
  | { readonly kind: 'broken'; readonly seq: number; readonly message: string };

/** Torii in one process: the path of a call, and what is needed around it. */
export interface Engine {
  /** What policy says of a call, with every reason. Holds nothing, records nothing. */
  decide(request: CallRequest): Promise<Decision | Denial>;

  /** Takes the call as far as it goes without starting it: asks a person where policy demands one. Safe to repeat. */
  prepare(request: CallRequest, options?: CallOptions): Promise<Ready | Waiting | Denial>;

  /**
   * Takes the call up to its execution. Whoever gets the permit executes, and says how it ended. Where a person has to
   * approve it answers `waiting` at once, or waits for them as long as `options` say.
   */
  authorize(request: CallRequest, options?: WaitOptions): Promise<Allowed | Waiting | Denial>;

  /**
   * The whole path: identify, decide, review, reserve, approve, execute, settle, record.
   *
   * A tool that throws costs nothing, unless nobody knows: `OutcomeUnknownError`, an abort, a timeout or a lost
   * connection. What threw may be repeated under its id, as a further attempt: a call of its own. Never rejects for what
   * policy, stores or tools do.
   */
  guard<T>(
    request: CallRequest,
    execute: (permit: Permit) => T | PromiseLike<T>,
    options?: GuardOptions<T>,
  ): Promise<Outcome<T>>;

  readonly approvals: Approvals;

  readonly people: {
    /**
     * Who a credential proves somebody to be, and what they may do: for doors that offer operations of their own. An
     * agent token proves nobody here. Asks no store, and never rejects.
     */
    identify(credential: PersonCredential): Promise<Person | Denial>;
  };

  readonly agents: {
    /** How the agent that `credential` proves stands. Rejects with STORE_UNAVAILABLE when the store cannot answer. */
    status(credential: string | undefined): Promise<AgentStatus | Denial>;
  };

  /** For operators: calls by id, and those whose outcome nobody knows. */
  readonly calls: {
    get(call: CallName): Promise<CallRecord | undefined>;

    /** Oldest first, at most 100; of all tenants, unless one is named. */
    unresolved(query?: OfTenant): Promise<readonly CallRecord[]>;

    /** Throws MONEY_INVALID for an amount that is none or that its budgets do not count. */
    settle(call: CallName, charged: MoneyInput, note: string): Promise<Ended | undefined>;

    /** It did nothing and cost nothing: its id may be attempted again. */
    release(call: CallName, note: string): Promise<Ended | undefined>;
  };

  readonly budgets: {
    /** Lifts the freeze that a forced debit left, of a wallet too. Answers whether there was one. */
    unfreeze(budget: BudgetName, note: string): Promise<boolean>;
  };

  readonly revocations: Revocations;

  readonly wallets: Wallets;
  readonly carveOuts: CarveOuts;

  readonly policies: Policies;

  readonly webhooks: Webhooks;

  readonly journal: {
    /** Entries after `afterSeq`, oldest first, at most 1,000; of the store as opened, unless a tenant is named. */
    entries(
      query?: OfTenant & {
        readonly afterSeq?: number;
        readonly limit?: number;
        readonly types?: readonly EntryType[];
      },
    ): Promise<readonly Entry[]>;

    /** Reads the whole journal, of each tenant unless one is named, and checks every link. */
    verify(query?: OfTenant): Promise<Verification>;
  };

  /** Whether the store answers. */
  health(): Promise<{ readonly ok: boolean; readonly message: string }>;

  /**
   * Denies new calls, waits for those that run (at most `closeTimeoutMs`), stops the workers and closes the store.
   * A call that still runs then becomes unresolved when its time is up. Safe to repeat.
   */
  close(): Promise<void>;
}

/** `enforce` blocks what may not run. `shadow` decides and records, and blocks nothing. */
export type Mode = 'enforce' | 'shadow';

/** How one call is asked about. */
export interface CallOptions {
  /**
   * `shadow` lets this one call pass whatever is decided, as an engine in shadow does: it is decided and recorded, held
   * where it is allowed, and nobody is asked. An engine in shadow enforces nothing. @default 'enforce'
   */
  readonly mode?: Mode | undefined;
}

/** Longest time that a call waits for people, in milliseconds: a day. */
export const LONGEST_WAIT_MS = 86_400_000;

/** How long to wait for people. Nothing is held differently meanwhile: the call may be repeated as ever. */
export interface WaitOptions extends CallOptions {
  /**
   * How long a call that needs approval waits for it, in milliseconds, at most a day. When it is decided, or the time is
   * up, the answer is that of a repeat of the call. @default 0, which answers `waiting` at once
   */
  readonly waitMs?: number | undefined;

  /** Ends the waiting once it is aborted; the call goes on waiting. */
  readonly signal?: AbortSignal | undefined;
}

export interface GuardOptions<T> extends CallOptions {
  /** As for `authorize`. @default 0 */
  readonly waitMs?: number | undefined;

  /** What the call really cost, from its result. @default the price */
  readonly charged?: (value: T) => MoneyInput | PromiseLike<MoneyInput>;

  /**
   * The signal that the tool was given. Once it is aborted, a tool that throws leaves the outcome open. It ends the
   * waiting for people too.
   */
  readonly signal?: AbortSignal | undefined;
}
