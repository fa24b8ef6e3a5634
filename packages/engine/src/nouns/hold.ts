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

  /**
   * `start`: the caller executes next. `wait`: for a person. `hold`: started later with `start`. `carve`: what is held
   * funds the account `carveOutKey(call.id)`, which delegated agents spend from.
   */
  readonly then:
    | { readonly kind: 'start' }
    | { readonly kind: 'hold' }
    | { readonly kind: 'wait'; readonly approval: ApprovalRequest }
    | { readonly kind: 'carve'; readonly currency: string; readonly units: bigint };

  /** Names this asking, at random: asked again by the same name after a lost reply, it is told the same, `fresh` too. */
  readonly attempt: string;

  /** How long the hold may stay as it is before the store expires it, or calls it unresolved once started. */
  readonly ttlMs: number;

  /** Recorded with the entry: policies, framework, hash of the arguments. */
  readonly facts: JsonObject;
}

/** A denial that policy gave, on its way into the store. */
export interface RefusalRequest extends Pick<
  Reservation,
  'call' | 'policies' | 'session' | 'attempt' | 'facts'
> {
  readonly denial: Denial;
}

/**
 * `waiting`, `held`, `started` and `carved` hold money. `unresolved` holds it too: it may have been spent, and only
 * `settle` or `release` can say. The other four have ended for good.
 */
export type CallState =
  'waiting' | 'held' | 'started' | 'carved' | 'unresolved' | 'settled' | 'released' | 'expired' | 'denied';

/** What the store knows of a call. */
export interface CallRecord extends CallIdentity {
  readonly state: CallState;

  /** The charges as reserved, or as last extended. */
  readonly budgets: readonly BudgetCharge[];

  /** Set for money that was set aside: the currency of its account. */
  readonly carved?: string;

  readonly approvalId: string | undefined;

  /** Set when the state is `denied`, or when the call ended for a reason that later repeats are told. */
  readonly denial: Denial | undefined;

  /** The asking that made the hold, the start or the denial. */
  readonly attempt: string;

  /** Its start was taken back: the next reservation of the id is a new one. */
  readonly withdrawn?: true;

  /** Set once settled: what it really cost. */
  readonly charged: Money | undefined;

  /** Milliseconds since 1970, by the store's clock. */
  readonly createdAt: number;

  /** When the expiry acts on it; undefined when it never does. */
  readonly deadlineMs: number | undefined;

  readonly endedAt: number | undefined;
}

/** Every answer about money says after which entry of the journal it was given: its place among all answers. */
interface Versioned {
  /** `seq` of the last entry when it was given; 0 in an empty store. */
  readonly version: number;
}

export type ReserveAnswer = Versioned & ReserveResult;

/** What became of a reservation. */
export type ReserveResult =
  /** `fresh` for one attempt per call: the one that made the hold, while that is as it made it. `call` is as of now. */
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

export type StartAnswer = Versioned & StartResult;

/** What became of a start. */
export type StartResult =
  /** One attempt is told this for a call. */
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
  readonly attempt: string;
}

export type EndAnswer = Versioned & EndResult;

/** How a call ends. The first end wins; later ends change nothing and are told the first. */
export type EndResult =
  | {
      readonly kind: 'ended';
      readonly first: boolean;
      readonly call: CallRecord;
      readonly budgets: readonly BudgetStatus[];
    }
  /** Delegated agents may still spend from what was set aside, or hold some of it: close it first, and let them end. */
  | { readonly kind: 'in-use'; readonly call: CallRecord }
  | { readonly kind: 'unknown-call' };

/** Asks for another price, or more time, for a call that is held or has started. */
export interface Extension {
  readonly callId: string;

  /** What the call may cost in all from now on. */
  readonly price: Money;

  /** The same in micro-units, for each currency among the charges of the hold. */
  readonly amounts: ReadonlyMap<string, bigint>;

  /** How long it may stay as it is from now, in milliseconds. */
  readonly ttlMs: number;

  /** As in the reservation. */
  readonly policies: string | undefined;
  readonly facts: JsonObject;
}

export type ExtendAnswer = Versioned & ExtendResult;

/** What became of an extension. Whatever is not `extended` changed nothing. */
export type ExtendResult =
  | { readonly kind: 'extended'; readonly call: CallRecord; readonly budgets: readonly BudgetStatus[] }
  /** There is no room for it, or the caller was revoked. Kept nowhere but in the journal: ask again when there is room. */
  | { readonly kind: 'refused'; readonly call: CallRecord; readonly denial: Denial }
  /** It waits, was set aside, or has ended. */
  | { readonly kind: 'not-extendable'; readonly call: CallRecord }
  | { readonly kind: 'unknown-call' }
  | StalePolicies;

/** What was set aside, and what became of it so far. Micro-units of `currency`. */
export interface CarveOutStatus {
  readonly call: CallRecord;
  readonly currency: string;
  readonly units: bigint;
  readonly spent: bigint;
  readonly held: bigint;

  /** Nothing more can be held from it. */
  readonly closed: boolean;
}

/** Names the account that a reservation with `carve` funds. */
export function carveOutKey(callId: string): string {
  return JSON.stringify(['carve-out', callId]);
}

export interface Settlement {
  readonly callId: string;

  /** What it really cost. */
  readonly charged: Money;

  /** The same in micro-units, for each currency among the charges of the hold. */
  readonly amounts: ReadonlyMap<string, bigint>;

  readonly facts: JsonObject;
}
