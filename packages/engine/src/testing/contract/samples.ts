import type { Quorum } from '../../nouns/approval.ts';
import { deny } from '../../nouns/denial.ts';
import type {
  ApprovalRequest,
  BudgetCharge,
  CallIdentity,
  Delivery,
  RateCharge,
  Reservation,
  Settlement,
  VoteRequest,
} from '../../nouns/store.ts';

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
  return { ...named, currency: 'USD', limit: 100n, amount: 10n, startMs: 0, endMs: undefined, ...change };
}

/** The same of the hour that contains `nowMs`. */
export function hourly(key: string, nowMs: number, change: Partial<BudgetCharge> = {}): BudgetCharge {
  const startMs = nowMs - (nowMs % HOUR_MS);
  return charge(key, { window: 'hour', startMs, endMs: startMs + HOUR_MS, ...change });
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

/** A reservation that starts at once. */
export function reservation(id: string, change: Partial<Reservation> = {}): Reservation {
  return {
    call: call(id),
    budgets: [],
    rates: [],
    then: { kind: 'start' },
    ttlMs: TTL_MS,
    facts: { framework: 'test' },
    ...change,
  };
}

/** One of the quorums of a sample approval. */
export function quorum(require: number, approvers: readonly string[]): Quorum {
  return { policy: 'house', clause: 'approvals[0]', reason: '10 is above 5', require, approvers };
}

/** Waits for Ada's yes, a minute long. */
export function waitFor(
  id: string,
  change: Partial<ApprovalRequest> = {},
): Extract<Reservation['then'], { kind: 'wait' }> {
  const action = {
    issuer: 'https://issuer.test',
    agent: 'bot',
    owner: 'ada',
    session: 's1',
    tool: 'search',
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
