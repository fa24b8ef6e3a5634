import { canonicalJson } from '../nouns/canonical.ts';
import type { Call } from '../nouns/call.ts';
import type { Clock } from '../nouns/clock.ts';
import {
  type Allowance,
  type BudgetDemand,
  policyName,
  type PolicyReference,
  type RateDemand,
} from '../nouns/decision.ts';
import { sha256 } from '../nouns/digest.ts';
import { ToriiError } from '../nouns/errors.ts';
import { formatMoney } from '../nouns/money.ts';
import type { Random } from '../nouns/random.ts';
import type {
  ApprovalRequest,
  BudgetCharge,
  CallIdentity,
  HoldStore,
  RateCharge,
  Reservation,
  ReserveAnswer,
} from '../nouns/store.ts';
import { lengthOf, spanOf } from './windows.ts';

export interface ReserveContext {
  readonly store: HoldStore;
  readonly clock: Clock;
  readonly random: Random;

  /** How long a started call may run before it counts as unresolved, in milliseconds. */
  readonly holdTtlMs: number;
}

/** Tries again after a window ended between our clock and the store's. */
const STALE_TRIES = 2;

/** Holds what the call may cost in every budget and counts it in every rate, or in none of them. */
export async function reserve(
  context: ReserveContext,
  call: Call,
  decision: Allowance,
): Promise<ReserveAnswer> {
  let nowMs = context.clock.now();
  for (let attempt = 0; attempt <= STALE_TRIES; attempt++) {
    const answer = await context.store.reserve(reservationOf(context, { call, decision, nowMs }));
    if (answer.kind !== 'stale-window') return answer;
    nowMs = answer.nowMs;
  }
  throw new ToriiError('STORE_UNAVAILABLE', 'the clocks of store and engine do not agree on the window');
}

/** The part of a call that a store keeps. */
export function identityOf({ id, fingerprint, requestHash, principal, tool, price }: Call): CallIdentity {
  const { issuer, agent, owner, session } = principal;
  return { id, fingerprint, requestHash, issuer, agent, owner, session, tool, price };
}

/** What the journal keeps of a call besides who and what. */
export function factsOf(call: Call, policies: readonly PolicyReference[]): Reservation['facts'] {
  const { framework, definition } = call;
  return {
    framework,
    arguments: sha256(call.arguments),
    ...(definition === undefined ? {} : { definition }),
    policies: policies.map(policyName),
  };
}

/**
 * SHA-256 of exactly what a person is asked about: agent, tool, definition, arguments, price and the versions of the
 * policies that asked. The session may change while they think; what is done may not.
 */
export function actionHashOf({ principal, requestHash }: Call, policies: readonly PolicyReference[]): string {
  const { issuer, agent, owner } = principal;
  return sha256(
    canonicalJson(['action', issuer, agent, owner, requestHash, ...policies.map(({ hash }) => hash)]),
  );
}

/** The charge that a demand makes at `nowMs`. */
export function budgetCharge(demand: BudgetDemand, nowMs: number): BudgetCharge {
  const { key, policy, clause, scope, window, currency, limit, amount } = demand;
  const { startMs, endMs } = spanOf(window, nowMs);
  return { key, policy, clause, scope, window, currency, limit, amount, startMs, endMs };
}

/** The count that a demand makes. */
export function rateCharge(demand: RateDemand): RateCharge {
  const { key, policy, clause, scope, per, limit } = demand;
  return { key, policy, clause, scope, per, limit, perMs: lengthOf(per) };
}

function reservationOf(
  { random, holdTtlMs }: ReserveContext,
  { call, decision, nowMs }: { readonly call: Call; readonly decision: Allowance; readonly nowMs: number },
): Reservation {
  return {
    call: identityOf(call),
    budgets: decision.budgets.map((demand) => budgetCharge(demand, nowMs)),
    rates: decision.rates.map(rateCharge),
    then:
      decision.kind === 'allow'
        ? { kind: 'start' }
        : { kind: 'wait', approval: approvalOf(call, decision, random) },
    ttlMs: holdTtlMs,
    facts: factsOf(call, decision.policies),
  };
}

function approvalOf(call: Call, decision: Allowance, random: Random): ApprovalRequest {
  const { issuer, agent, owner, session } = call.principal;
  return {
    id: random.id('apr'),
    actionHash: actionHashOf(call, decision.policies),
    quorums: decision.approvals.map(({ policy, clause, reason, require, approvers }) => ({
      policy,
      clause,
      reason,
      require,
      approvers,
    })),
    action: {
      issuer,
      agent,
      owner,
      session,
      tool: call.tool,
      arguments: call.arguments,
      price: formatMoney(call.price),
    },
    expiresInMs: Math.min(...decision.approvals.map(({ expiresInMs }) => expiresInMs)),
  };
}
