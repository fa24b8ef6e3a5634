import type { Approval, Quorum } from './approval.ts';
import type { JsonObject } from './canonical.ts';
import type { BudgetCharge, BudgetStatus, RateCharge, RateStatus } from './charge.ts';
import type { Denial } from './denial.ts';
import type { Money } from './money.ts';
import type { Principal } from './principal.ts';

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
