import { attemptIn } from '../nouns/attempt.ts';
import { canonicalJson, type Json, type JsonObject } from '../nouns/canonical.ts';
import type { Call } from '../nouns/call.ts';
import type { Clock } from '../nouns/clock.ts';
import {
  type Allowance,
  type BudgetDemand,
  type Decision,
  type Flag,
  policyName,
  type PolicyReference,
  type RateDemand,
  type Refusal,
} from '../nouns/decision.ts';
import type { Denial } from '../nouns/denial.ts';
import { sha256 } from '../nouns/digest.ts';
import { ToriiError } from '../nouns/errors.ts';
import { formatMoney } from '../nouns/money.ts';
import type { Random } from '../nouns/random.ts';
import { known, type Steps } from '../nouns/steps.ts';
import type { BudgetCharge, RateCharge } from '../nouns/charge.ts';
import type {
  ApprovalRequest,
  CallIdentity,
  RefusalRequest,
  Reservation,
  ReserveAnswer,
  SessionUse,
} from '../nouns/hold.ts';
import type { HoldStore } from '../nouns/store.ts';
import { spanOf } from './windows.ts';

export interface ReserveContext {
  readonly store: HoldStore;
  readonly clock: Clock;
  readonly random: Random;

  /** Names this asking, at random. */
  readonly attempt: string;

  /** How long a started call may run before it counts as unresolved, in milliseconds. */
  readonly holdTtlMs: number;
}

/** A set of policies, as far as what it decided has to say which one it was. */
export interface DecidingSet {
  /** Undefined where the whole engine is in shadow: another set may be active, and what is decided is not enforced. */
  readonly hash: string | undefined;
  readonly readsSessions: boolean;
}

/** A call that was decided, on its way to the money. */
export interface Decided {
  readonly call: Call;
  readonly decision: Decision;
  readonly set: DecidingSet;

  /** What a second set would have decided, where that differs. */
  readonly shadow: JsonObject | undefined;
}

/** Tries again after a window ended between our clock and the store's. */
const STALE_TRIES = 2;

/** A call that policy denies. */
export interface Refused extends Decided {
  readonly decision: Refusal;
}

/** A call that policy allows, perhaps once a person has. */
export interface Granted extends Decided {
  readonly decision: Allowance;

  /** Set where what is held is not for the call itself: others spend from it. */
  readonly setAside?: SetAside;
}

/** Money on its way into an account that delegated agents spend from. */
export interface SetAside {
  readonly currency: string;

  /** Micro-units. */
  readonly units: bigint;
  readonly forMs: number;
}

/** Holds what the call may cost in every budget and counts it in every rate, or in none of them. */
export function* reserve(context: ReserveContext, granted: Granted): Steps<ReserveAnswer> {
  let nowMs = context.clock.now();
  for (let attempt = 0; attempt <= STALE_TRIES; attempt++) {
    const answer = yield* known(context.store.reserve(reservationOf(context, granted, nowMs)));
    if (answer.kind !== 'stale-window') return answer;
    nowMs = answer.nowMs;
  }
  throw new ToriiError('STORE_UNAVAILABLE', 'the clocks of store and engine do not agree on the window');
}

/** The part of a call that a store keeps. */
export function identityOf({ id, fingerprint, requestHash, principal, tool, price }: Call): CallIdentity {
  const { issuer, tenant, agent, owner, session } = principal;
  return { id, fingerprint, requestHash, issuer, tenant, agent, owner, session, tool, price };
}

/** What the store is told of a call that policy denies. */
export function refusalOf(decided: Refused, attempt: string): RefusalRequest {
  const { call, decision, set } = decided;
  return {
    call: identityOf(call),
    policies: set.hash,
    session: sessionUse(decided),
    attempt,
    denial: ofCall(decision.denial, call.id),
    facts: factsOf(decided),
  };
}

/** It was decided for the call, and may be told to a later attempt of it. */
function ofCall(denial: Denial, callId: string): Denial {
  return denial.callId === callId ? denial : { ...denial, callId };
}

/** What the journal keeps of a call besides who and what: enough to decide it again, its arguments excepted. */
function factsOf({ call, decision, shadow }: Decided): Reservation['facts'] {
  const { id, framework, definition, payee, effect } = call;
  const { policies, flags, effect: seen } = decision;
  const args = sha256(call.arguments);
  const facts: { [name: string]: Json } = { framework, arguments: args, effect: seen, payee: { ...payee } };
  // One by one: a literal of spreads is many times slower, and this is on the path of every call.
  facts['policies'] = policies.map(policyName);
  if (definition !== undefined) facts['definition'] = definition;
  if (effect !== undefined) facts['declared'] = effect;
  if (shadow !== undefined) facts['shadow'] = shadow;
  const { of, number } = attemptIn(id);
  if (number > 1) Object.assign(facts, { attempt: number, attemptOf: of });
  return flags.length === 0 ? facts : Object.assign(facts, flagsIn(flags));
}

/** Most flags whose reasons an entry keeps. */
const NOTED_FLAGS = 20;

function flagsIn(flags: readonly Flag[]): JsonObject {
  const noted = flags.slice(0, NOTED_FLAGS);
  const named = { flags: noted.map(({ policy, clause, reason }) => ({ policy, clause, reason })) };
  return flags.length === noted.length ? named : { ...named, flagsInAll: flags.length };
}

function sessionUse({ decision, set }: Decided): SessionUse | undefined {
  return set.readsSessions ? { writes: decision.writes } : undefined;
}

/**
 * SHA-256 of exactly what a person is asked about: agent, tool, definition, arguments, price and the versions of the
 * policies that asked. The session may change while they think; what is done may not.
 */
export function actionHashOf({ principal, requestHash }: Call, policies: readonly PolicyReference[]): string {
  const { issuer, tenant, agent, owner } = principal;
  return sha256(
    canonicalJson(['action', issuer, tenant, agent, owner, requestHash, ...policies.map(({ hash }) => hash)]),
  );
}

/** The charge that a demand makes at `nowMs`. */
export function budgetCharge(demand: BudgetDemand, nowMs: number): BudgetCharge {
  const { key, policy, clause, scope, window, rollingMs, currency, limit, amount, account, alerts } = demand;
  const { startMs, endMs } = spanOf(demand, nowMs);
  const charge = { key, policy, clause, scope, window, rollingMs, currency, limit, amount, startMs, endMs };
  if (account === undefined) return alerts === undefined ? charge : { ...charge, alerts };
  return alerts === undefined ? { ...charge, account } : { ...charge, account, alerts };
}

/** The count that a demand makes. */
export function rateCharge(demand: RateDemand): RateCharge {
  const { key, policy, clause, scope, per, perMs, limit } = demand;
  return { key, policy, clause, scope, per, perMs, limit };
}

function reservationOf(context: ReserveContext, granted: Granted, nowMs: number): Reservation {
  const { call, decision, set, setAside } = granted;
  return {
    call: identityOf(call),
    policies: set.hash,
    session: sessionUse(granted),
    budgets: decision.budgets.map((demand) => budgetCharge(demand, nowMs)),
    rates: decision.rates.map(rateCharge),
    then: thenOf(context, granted),
    attempt: context.attempt,
    ttlMs: setAside?.forMs ?? context.holdTtlMs,
    facts: factsOf(granted),
  };
}

function thenOf({ random }: ReserveContext, { call, decision, setAside }: Granted): Reservation['then'] {
  if (setAside !== undefined) return { kind: 'carve', currency: setAside.currency, units: setAside.units };
  return decision.kind === 'allow'
    ? { kind: 'start' }
    : { kind: 'wait', approval: approvalOf(call, decision, random) };
}

function approvalOf(call: Call, decision: Allowance, random: Random): ApprovalRequest {
  const { issuer, tenant, agent, owner, session } = call.principal;
  return {
    id: random.id('apr'),
    actionHash: actionHashOf(call, decision.policies),
    quorums: decision.approvals.map(({ expiresInMs: _, ...quorum }) => quorum),
    action: {
      issuer,
      tenant,
      agent,
      owner,
      session,
      tool: call.tool,
      payee: call.payee,
      arguments: call.arguments,
      price: formatMoney(call.price),
    },
    expiresInMs: Math.min(...decision.approvals.map(({ expiresInMs }) => expiresInMs)),
  };
}
