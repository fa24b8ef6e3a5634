import type { Approval, Quorum } from './approval.ts';
import type { Clock } from './clock.ts';
import type { BudgetWindow, RateWindow, Scope } from './decision.ts';
import type { Denial } from './denial.ts';
import type { SessionFacts } from './facts.ts';
import type { Outbox } from './outbox.ts';
import type { Principal } from './principal.ts';
import type { RevisionStore } from './revision.ts';
import type { Entry, EntryType, Event } from './entry.ts';
import type { JsonObject } from './canonical.ts';
import type { Money } from './money.ts';

/** A stretch of time that a budget counts in. `endMs` is undefined for a lifetime. */
export interface WindowSpan {
  readonly startMs: number;
  readonly endMs: number | undefined;
}

/** A charge against one budget. In a rolling window the span is the slice that the charge is posted to. */
export interface BudgetCharge extends WindowSpan {
  readonly key: string;
  readonly policy: string;
  readonly clause: string;
  readonly scope: Scope;
  readonly window: BudgetWindow;

  /**
   * Set for a rolling window: every charge of the key counts until its whole slice is longer ago than this, in
   * milliseconds. The slices of a key always have the same length. Undefined for windows that count their span alone.
   */
  readonly rollingMs: number | undefined;

  readonly currency: string;

  /** Micro-units of the currency. */
  readonly limit: bigint;
  readonly amount: bigint;
}

/** One call counted towards one rate. */
export interface RateCharge {
  readonly key: string;
  readonly policy: string;
  readonly clause: string;
  readonly scope: Scope;
  readonly per: RateWindow;
  readonly perMs: number;
  readonly limit: number;
}

/** The approval that a reservation opens together with its hold. */
export interface ApprovalRequest {
  readonly id: string;
  readonly actionHash: string;
  readonly quorums: readonly Quorum[];
  readonly action: Approval['action'];
  readonly expiresInMs: number;
}

/** The part of a call that the store keeps. */
export interface CallIdentity extends Principal {
  readonly id: string;
  readonly fingerprint: string | undefined;
  readonly requestHash: string;
  readonly tool: string;
  readonly price: Money;
}

/** What a decision adds to the record of its session. */
export interface SessionUse {
  /** Whether the call does more than read. */
  readonly writes: boolean;
}

/** Names an agent: the same word for another owner, tenant or issuer is another agent. */
export type AgentKey = Pick<Principal, 'issuer' | 'tenant' | 'owner' | 'agent'>;

/** Names a session of an agent. */
export type SessionKey = AgentKey & Pick<Principal, 'session'>;

export interface Reservation {
  readonly call: CallIdentity;

  /** Hash of the set that decided: another active one answers `stale-policies`, except to a repeat. Undefined in shadow. */
  readonly policies: string | undefined;

  /** Counts a fresh decision, granted or refused, in its session; undefined where no policy looks at sessions. */
  readonly session: SessionUse | undefined;

  readonly budgets: readonly BudgetCharge[];
  readonly rates: readonly RateCharge[];

  /** `start`: the caller executes next. `wait`: for a person. `hold`: started later with `start`. */
  readonly then:
    | { readonly kind: 'start' }
    | { readonly kind: 'hold' }
    | { readonly kind: 'wait'; readonly approval: ApprovalRequest };

  /** How long the hold may stay as it is before the store expires it, or calls it unresolved once started. */
  readonly ttlMs: number;

  /** Recorded with the entry: policies, framework, hash of the arguments. */
  readonly facts: JsonObject;
}

/** A denial that policy gave, on its way into the store. */
export interface RefusalRequest extends Pick<Reservation, 'call' | 'policies' | 'session' | 'facts'> {
  readonly denial: Denial;
}

/**
 * `waiting`, `held` and `started` hold money. `unresolved` holds it too: it may have been spent, and only `settle`
 * or `release` can say. The other four have ended for good.
 */
export type CallState =
  'waiting' | 'held' | 'started' | 'unresolved' | 'settled' | 'released' | 'expired' | 'denied';

/** What the store knows of a call. */
export interface CallRecord extends CallIdentity {
  readonly state: CallState;

  /** The charges as reserved. */
  readonly budgets: readonly BudgetCharge[];

  readonly approvalId: string | undefined;

  /** Set when the state is `denied`, or when the call ended for a reason that later repeats are told. */
  readonly denial: Denial | undefined;

  /** 1, and one more for each use of the id that was withdrawn. */
  readonly use: number;

  /** This use was withdrawn: the next reservation of the id is a new one. */
  readonly withdrawn?: true;

  /** Set once settled: what it really cost. */
  readonly charged: Money | undefined;

  /** Milliseconds since 1970, by the store's clock. */
  readonly createdAt: number;

  /** When the sweeper acts on it; undefined when it never does. */
  readonly deadlineMs: number | undefined;

  readonly endedAt: number | undefined;
}

/** How a budget stands. All amounts are micro-units of its currency; those of a rolling window are sums of its slices. */
export interface BudgetStatus {
  readonly key: string;
  readonly policy: string;
  readonly clause: string;
  readonly scope: Scope;
  readonly window: BudgetWindow;
  readonly currency: string;
  readonly limit: bigint;
  readonly spent: bigint;
  readonly held: bigint;

  /** `limit - spent - held`, never below zero. */
  readonly left: bigint;

  /** A forced debit stopped it; nothing is granted until it is unfrozen. */
  readonly frozen: boolean;

  /**
   * When it starts anew, milliseconds since 1970; undefined for a lifetime. For a rolling window, when the oldest slice
   * that spent or holds anything stops counting; undefined while there is none.
   */
  readonly resetsAt: number | undefined;

  /** The same as a wait from now by the store's clock, in milliseconds. */
  readonly resetsInMs: number | undefined;
}

/** How a rate stands. */
export interface RateStatus {
  readonly key: string;
  readonly policy: string;
  readonly clause: string;
  readonly scope: Scope;
  readonly per: RateWindow;
  readonly limit: number;
  readonly used: number;
  readonly left: number;

  /** When at least one more call fits, at the latest; milliseconds since 1970. */
  readonly resetsAt: number;

  /** The same as a wait from now by the store's clock, in milliseconds; 0 where one fits now. */
  readonly resetsInMs: number;
}

export type ReserveAnswer =
  /** `fresh` exactly once per call: for the reservation that made the hold. `call.state` is the state of now. */
  | {
      readonly kind: 'reserved';
      readonly fresh: boolean;
      readonly call: CallRecord;
      readonly budgets: readonly BudgetStatus[];
      readonly rates: readonly RateStatus[];
    }
  | { readonly kind: 'refused'; readonly fresh: boolean; readonly callId: string; readonly denial: Denial }
  /** The id belongs to another request; nothing changed. */
  | { readonly kind: 'conflict'; readonly callId: string }
  /** A span does not contain the store's time; nothing changed. Compute the spans at `nowMs` and ask again. */
  | { readonly kind: 'stale-window'; readonly nowMs: number }
  /** Another set of policies is active than the one that decided; nothing changed. Load it, decide, ask again. */
  | StalePolicies;

/** The set of policies that decided is not the active one. */
export interface StalePolicies {
  readonly kind: 'stale-policies';

  /** Hash of the set that is active. */
  readonly active: string;
}

export type StartAnswer =
  /** Exactly one caller is told this for a call. */
  | { readonly kind: 'started'; readonly call: CallRecord; readonly budgets: readonly BudgetStatus[] }
  | { readonly kind: 'waiting'; readonly approval: Approval }
  /** Somebody started it, or it has ended. */
  | { readonly kind: 'not-startable'; readonly call: CallRecord }
  | { readonly kind: 'unknown-call' }
  | StalePolicies;

/** Asks to start a call. */
export interface StartRequest {
  readonly callId: string;

  /** The action as it would be approved now. */
  readonly actionHash: string;

  /** How long it may run before it counts as unresolved, in milliseconds. */
  readonly ttlMs: number;

  /** As in the reservation. */
  readonly policies: string | undefined;
}

/** How a call ends. The first end wins; later ends change nothing and are told the first. */
export type EndAnswer =
  | {
      readonly kind: 'ended';
      readonly first: boolean;
      readonly call: CallRecord;
      readonly budgets: readonly BudgetStatus[];
    }
  | { readonly kind: 'unknown-call' };

export interface Settlement {
  readonly callId: string;

  /** What it really cost. */
  readonly charged: Money;

  /** The same in micro-units, for each currency among the charges of the hold. */
  readonly amounts: ReadonlyMap<string, bigint>;

  readonly facts: JsonObject;
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

/**
 * Where money is held and what happened is written. An implementation must pass `storeContract` of
 * `@torii/engine/testing`.
 *
 * Every method is one atomic step: its journal entries are written with the change they describe, or neither is.
 * A promise that resolves is durable as far as the store promises to be. `callId` is the idempotency key: a repeated
 * request gets the first answer. The store's own clock decides and never runs backwards. A store that cannot answer
 * rejects with `STORE_UNAVAILABLE`, and then nothing has changed or the repeat will say what did; it never guesses.
 */
export interface Store extends HoldStore, ApprovalStore, RevisionStore, Journal, Outbox {
  /** Waits for what is under way and gives up what the store holds. Every later call rejects. */
  close(): Promise<void>;
}

export interface HoldStore {
  /** Holds every charge, or none: each budget, each rate, and the approval, with the entry, in one step. */
  reserve(reservation: Reservation): Promise<ReserveAnswer>;

  /**
   * Records that policy denied the call before any money was looked at. A call of the same id that still waits or is
   * held ends here and its money returns; one that has started or ended is left as it is.
   */
  refuse(refusal: RefusalRequest): Promise<ReserveAnswer>;

  /** Starts a held call, or a waiting one whose approval of exactly `actionHash` was granted, and uses that up. */
  start(request: StartRequest): Promise<StartAnswer>;

  /**
   * Turns the hold into spend, in the windows in which it was reserved. Less than held: the rest returns. More than
   * held: all of it is debited, and every budget pushed past its limit is frozen and recorded as such.
   */
  settle(settlement: Settlement): Promise<EndAnswer>;

  /** Returns the whole hold. */
  release(callId: string, facts: JsonObject): Promise<EndAnswer>;

  /**
   * Takes back the start of this use of the id, whose caller was told that nothing runs: the money returns, and the id
   * can be used anew; its rates still count it. A later use of the id is left as it is.
   */
  withdraw(call: Pick<CallRecord, 'id' | 'use'>, facts: JsonObject): Promise<EndAnswer>;

  /** Keeps the hold without a deadline: nobody knows whether the money was spent. Not an end: settle or release. */
  suspend(callId: string, facts: JsonObject): Promise<EndAnswer>;

  /** Ends what is past its deadline, at most `limit` calls; answers how many. Started calls become unresolved. */
  expire(limit: number): Promise<number>;

  /** What a session did so far and may do for now. Starts anew 72 hours after its last decision or elevation. */
  session(key: SessionKey): Promise<SessionFacts>;

  /** The record of a call. */
  call(callId: string): Promise<CallRecord | undefined>;

  /** Calls that hold money although nobody knows the outcome, oldest first. */
  unresolved(limit: number): Promise<readonly CallRecord[]>;

  /** How budgets and rates stand now, for charges computed as for a reservation of nothing. */
  status(
    budgets: readonly BudgetCharge[],
    rates: readonly RateCharge[],
  ): Promise<{ readonly budgets: readonly BudgetStatus[]; readonly rates: readonly RateStatus[] }>;

  /** Lifts the freeze of a budget, in all its windows. Answers whether any was frozen. */
  unfreeze(budgetKey: string, facts: JsonObject): Promise<boolean>;
}

export interface ApprovalStore {
  /**
   * Counts one vote. Enough votes approve, and elevate the session where a quorum says so; one denial ends it and returns
   * the money, in the same step. Those whom only an escalation names may vote once it has come.
   */
  vote(request: VoteRequest): Promise<VoteAnswer>;

  approval(approvalId: string): Promise<Approval | undefined>;

  /** Newest first. To an approver: those that name them, in an escalation once it has come. */
  approvals(filter: {
    readonly status?: Approval['status'];
    readonly approver?: string;
    readonly limit: number;
  }): Promise<readonly Approval[]>;
}

export interface Journal {
  /** Appends events that move no money. */
  append(events: readonly Event[]): Promise<void>;

  /** Entries after `afterSeq`, oldest first. */
  entries(query: {
    readonly afterSeq: number;
    readonly limit: number;
    readonly types?: readonly EntryType[];
  }): Promise<readonly Entry[]>;

  /** The newest denials of an agent, newest first. */
  denials(agent: AgentKey, limit: number): Promise<readonly Entry[]>;
}

/** Opens a store. `sqliteStore(path)` and `memoryStore()` make one; the engine opens it with its own clock. */
export interface StoreSource {
  open(context: { readonly clock: Clock }): Promise<Store>;
}
