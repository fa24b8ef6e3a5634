import type {
  Approval,
  ApprovalQuery,
  CancelAnswer,
  Cancellation,
  VoteAnswer,
  VoteRequest,
} from './approval.ts';
import type { JsonObject } from './canonical.ts';
import type { BudgetCharge, BudgetStatus, RateCharge, RateStatus } from './charge.ts';
import type { Clock } from './clock.ts';
import type { Entry, EntryType, Event } from './entry.ts';
import type { SessionFacts } from './facts.ts';
import type {
  AgentKey,
  CallRecord,
  CarveOutStatus,
  EndAnswer,
  ExtendAnswer,
  Extension,
  RefusalRequest,
  Reservation,
  ReserveAnswer,
  SessionKey,
  Settlement,
  StartAnswer,
  StartRequest,
} from './hold.ts';
import type { Outbox } from './outbox.ts';
import type { RevisionStore } from './revision.ts';
import type { RevocationStore } from './revocation.ts';
import type { MaybePromise } from './steps.ts';
import type { WalletStore } from './wallet.ts';

/**
 * Where money is held and what happened is written. An implementation must pass `storeContract` of
 * `@torii/engine/testing`.
 *
 * Every method is one atomic step: its journal entries are written with the change they describe, or neither is.
 * What is on the path of a call may be answered at once, by a store that need not ask anybody; all else is promised. An
 * answer is durable as far as the store promises to be. `callId` is the idempotency key: a repeated
 * request gets the first answer. The store's own clock decides and never runs backwards. A store that cannot answer
 * rejects, or throws, `STORE_UNAVAILABLE`, and then nothing has changed or the repeat will say what did; it never guesses.
 */
export interface Store
  extends HoldStore, WalletStore, RevocationStore, ApprovalStore, RevisionStore, Journal, Outbox {
  /** Whose it is, where every tenant has one of its own; undefined where all share it. */
  readonly tenant: string | undefined;

  /**
   * The store of a tenant: its money, journal, approvals and webhooks. Where all tenants share one, always the same;
   * revisions are shared everywhere, and every tenant's store judges by the active one.
   */
  of(tenant: string): Store;

  /** The stores of all tenants that were ever asked for, this one first. */
  all(): Promise<readonly Store[]>;

  /** Waits for what is under way and gives up what the store holds. Every later call rejects. */
  close(): Promise<void>;
}

export interface HoldStore {
  /** Holds every charge, or none: each budget, each rate, and the approval, with the entry, in one step. */
  reserve(reservation: Reservation): MaybePromise<ReserveAnswer>;

  /**
   * Records that policy denied the call before any money was looked at. A call of the same id that still waits or is
   * held ends here and its money returns; one that has started or ended is left as it is.
   */
  refuse(refusal: RefusalRequest): MaybePromise<ReserveAnswer>;

  /** Starts a held call, or a waiting one whose approval of exactly `actionHash` was granted, and uses that up. */
  start(request: StartRequest): MaybePromise<StartAnswer>;

  /**
   * Holds another amount in the windows in which the call was reserved, and gives it more time. More is judged as a
   * reservation would be; less returns the difference. All or nothing, and the same again changes only the deadline.
   */
  extend(extension: Extension): MaybePromise<ExtendAnswer>;

  /**
   * Lets nothing more be held from what a `carve` set aside. Once nobody holds any of it, `settle` turns what was spent
   * into spend of the parent's budgets and returns the rest. Undefined for a call that set nothing aside.
   */
  closeCarveOut(callId: string, facts: JsonObject): Promise<CarveOutStatus | undefined>;

  /**
   * Turns the hold into spend, in the windows in which it was reserved. Less than held: the rest returns. More than
   * held: all of it is debited, and every budget pushed past its limit is frozen and recorded as such.
   */
  settle(settlement: Settlement): MaybePromise<EndAnswer>;

  /** Returns the whole hold. */
  release(callId: string, facts: JsonObject): MaybePromise<EndAnswer>;

  /**
   * Takes back the start that this attempt made, whose caller was told that nothing runs: the money returns, and the id
   * can be used anew; its rates still count it. What another attempt made is left as it is.
   */
  withdraw(call: Pick<CallRecord, 'id' | 'attempt'>, facts: JsonObject): Promise<EndAnswer>;

  /** Keeps the hold without a deadline: nobody knows whether the money was spent. Not an end: settle or release. */
  suspend(callId: string, facts: JsonObject): MaybePromise<EndAnswer>;

  /**
   * Ends what is past its deadline, at most `limit` calls; answers how many. Started calls become unresolved. Forgets, a few
   * at once, calls that ended 72 hours ago, but none whose next attempt is known: repeats of it are led there.
   */
  expire(limit: number): Promise<number>;

  /**
   * When something has to be done next by itself: the earliest deadline of a call or notice of an approval, milliseconds
   * since 1970. Undefined where nothing is left to do.
   */
  nextDeadline(): Promise<number | undefined>;

  /** What a session did so far and may do for now. Starts anew 72 hours after its last decision or elevation. */
  session(key: SessionKey): MaybePromise<SessionFacts>;

  /** The record of a call. */
  call(callId: string): MaybePromise<CallRecord | undefined>;

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

  /**
   * Withdraws an approval whose call has not started, also one that was granted and not used: the call ends with
   * APPROVAL_CANCELLED and its money returns, in the same step. The same again is told the same.
   */
  cancel(cancellation: Cancellation): Promise<CancelAnswer>;

  /**
   * Writes the notices of pending approvals that are due, at most `limit`: an entry `approval.reminded` or
   * `approval.escalated` for each, once. Answers how many.
   */
  announce(limit: number): Promise<number>;

  approval(approvalId: string): Promise<Approval | undefined>;

  /** The latest first: by when they were created, then by id. */
  approvals(query: ApprovalQuery): Promise<readonly Approval[]>;
}

export interface Journal {
  /** Appends events that move no money. */
  append(events: readonly Event[]): MaybePromise<void>;

  /** Entries after `afterSeq`, oldest first. */
  entries(query: {
    readonly afterSeq: number;
    readonly limit: number;
    readonly types?: readonly EntryType[];
  }): Promise<readonly Entry[]>;

  /** Links what is not linked yet, and moves entries to the ledger that keeps them for good, where there is one. */
  drain(): Promise<void>;

  /** The newest denials of an agent, newest first. */
  denials(agent: AgentKey, limit: number): Promise<readonly Entry[]>;
}

/** A store that promises all its answers: somebody has to be asked for each. */
export interface PromisedStore
  extends Omit<Store, keyof HoldStore | keyof Journal | 'of' | 'all'>, Promised<HoldStore & Journal> {
  of(tenant: string): PromisedStore;
  all(): Promise<readonly PromisedStore[]>;
}

type Promised<T> = {
  readonly [Step in keyof T]: T[Step] extends (...asked: infer Asked) => infer Answer
    ? (...asked: Asked) => Promise<Awaited<Answer>>
    : never;
};

/** Opens a store. `sqliteStore(path)` and `memoryStore()` make one; the engine opens it with its own clock. */
export interface StoreSource<Opened extends Store = Store> {
  open(context: { readonly clock: Clock }): Promise<Opened>;
}
