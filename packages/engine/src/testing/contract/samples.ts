import type { Quorum, VoteRequest } from '../../nouns/approval.ts';
import { deny } from '../../nouns/denial.ts';
import type { Delivery, Finish, Try } from '../../nouns/outbox.ts';
import type { BudgetCharge, RateCharge } from '../../nouns/charge.ts';
import type {
  ApprovalRequest,
  CallIdentity,
  RefusalRequest,
  Reservation,
  Settlement,
  StartRequest,
} from '../../nouns/hold.ts';

/** Length of the windows that the samples charge. */
export const HOUR_MS = 3_600_000;
export const MINUTE_MS = 60_000;

/** How long a sample reservation is held. */
export const TTL_MS = 30_000;

/** A call of a bot. */
export function call(id: string, change: Partial<CallIdentity> = {}): CallIdentity {
  return {
    id,
    fingerprint: undefined,
    requestHash: 'request',
    issuer: 'https://issuer.test',
    tenant: 'acme',
    agent: 'bot',
    owner: 'ada',
    session: 's1',
    tool: 'search',
    price: { units: 10n, asset: 'USD/6' },
    ...change,
  };
}

/** 10 of a lifetime budget of 100 micro-dollars. */
export function charge(key: string, change: Partial<BudgetCharge> = {}): BudgetCharge {
  const named = { key, policy: 'house', clause: 'budgets[0]', scope: 'agent', window: 'lifetime' } as const;
  const span = { startMs: 0, endMs: undefined, rollingMs: undefined };
  return { ...named, ...span, currency: 'USD', limit: 100n, amount: 10n, ...change };
}

/** The same of the hour that contains `nowMs`. */
export function hourly(key: string, nowMs: number, change: Partial<BudgetCharge> = {}): BudgetCharge {
  const startMs = nowMs - (nowMs % HOUR_MS);
  return charge(key, { window: 'hour', startMs, endMs: startMs + HOUR_MS, ...change });
}

/** Length of the rolling windows that the samples charge, and of the slices that they are cut into. */
export const ROLLING_MS = HOUR_MS;
export const SLICE_MS = MINUTE_MS;

/** The same of any hour, posted to the slice that contains `nowMs`. */
export function rolling(key: string, nowMs: number, change: Partial<BudgetCharge> = {}): BudgetCharge {
  const startMs = nowMs - (nowMs % SLICE_MS);
  const span = { startMs, endMs: startMs + SLICE_MS, rollingMs: ROLLING_MS };
  return charge(key, { window: 'rolling 1h', ...span, ...change });
}

/** Three calls a minute. */
export function rate(key: string, change: Partial<RateCharge> = {}): RateCharge {
  return {
    key,
    policy: 'house',
    clause: 'rates[0]',
    scope: 'agent',
    per: 'minute',
    perMs: MINUTE_MS,
    limit: 3,
    ...change,
  };
}

/** Hash of the policies that the samples were decided by. */
export const POLICIES = 'policies-1';

let attempts = 0;

/** The name of an asking that nobody had yet. */
export function anotherAttempt(): string {
  attempts += 1;
  return `attempt-${attempts}`;
}

/** The same request, asked by somebody who was not told the answer to the first. */
export function again<T extends { readonly attempt: string }>(request: T): T {
  return { ...request, attempt: anotherAttempt() };
}

/** A reservation that starts at once. */
export function reservation(id: string, change: Partial<Reservation> = {}): Reservation {
  return {
    call: call(id),
    policies: POLICIES,
    session: undefined,
    budgets: [],
    rates: [],
    then: { kind: 'start' },
    attempt: anotherAttempt(),
    ttlMs: TTL_MS,
    facts: { framework: 'test' },
    ...change,
  };
}

/** Starts a held call. */
export function starting(callId: string, change: Partial<StartRequest> = {}): StartRequest {
  return {
    callId,
    actionHash: 'action',
    ttlMs: TTL_MS,
    policies: POLICIES,
    attempt: anotherAttempt(),
    ...change,
  };
}

/** One of the quorums of a sample approval. */
export function quorum(require: number, approvers: readonly string[], change: Partial<Quorum> = {}): Quorum {
  const clause = { policy: 'house', clause: 'approvals[0]', reason: '10 is above 5' };
  return { ...clause, require, approvers, escalations: [], ...change };
}

/** Waits for Ada's yes, a minute long. */
export function waitFor(
  id: string,
  change: Partial<ApprovalRequest> = {},
): Extract<Reservation['then'], { kind: 'wait' }> {
  const action = {
    issuer: 'https://issuer.test',
    tenant: 'acme',
    agent: 'bot',
    owner: 'ada',
    session: 's1',
    tool: 'search',
    payee: { recipient: 'shop.test' },
    arguments: '{}',
    price: '0.00001 USD',
  };
  const approval = {
    id,
    actionHash: 'action',
    quorums: [quorum(1, ['ada'])],
    action,
    expiresInMs: MINUTE_MS,
    ...change,
  };
  return { kind: 'wait', approval };
}

/** Ada's yes. */
export function yes(approvalId: string, change: Partial<VoteRequest> = {}): VoteRequest {
  return {
    approvalId,
    approver: 'ada',
    verdict: 'approve',
    comment: undefined,
    actionHash: 'action',
    via: 'token',
    ...change,
  };
}

/** It cost so many micro-dollars. */
export function cost(callId: string, units: bigint): Settlement {
  return {
    callId,
    charged: { units, asset: 'USD/6' },
    amounts: new Map([['USD', units]]),
    facts: { by: 'test' },
  };
}

/** What policy says no to. */
export function refusal(): ReturnType<typeof deny> {
  return deny('TOOL_DENIED', '`search` is denied');
}

/** Refuses a call for that. */
export function refusing(id: string, change: Partial<RefusalRequest> = {}): RefusalRequest {
  return {
    call: call(id),
    policies: POLICIES,
    session: undefined,
    attempt: anotherAttempt(),
    denial: refusal(),
    facts: {},
    ...change,
  };
}

/** A delivery that is due at `dueAt`. */
export function delivery(id: string, dueAt: number): Delivery {
  return {
    id,
    endpoint: 'https://hook.test',
    event: 'call.settled',
    body: `{"id":"${id}"}`,
    attempts: 0,
    dueAt,
  };
}

/** A try that the endpoint answered with 200. */
export function tried(at: number, change: Partial<Try> = {}): Try {
  return { at, durationMs: 20, status: 200, reason: undefined, ...change };
}

/** The end of a delivery, or when it is tried again. */
export function tryEnded(at: number, end: 'delivered' | 'gave-up' | { readonly retryAt: number }): Finish {
  if (end === 'delivered') return { kind: end, tried: tried(at) };
  const failed = tried(at, { status: undefined, reason: 'the endpoint did not answer' });
  return end === 'gave-up'
    ? { kind: end, tried: failed }
    : { kind: 'retry', dueAt: end.retryAt, tried: failed };
}
