import type { Approval } from '../../nouns/approval.ts';
import type { JsonObject } from '../../nouns/canonical.ts';
import { type Denial, denyAll } from '../../nouns/denial.ts';
import type { BudgetCharge, RateCharge } from '../../nouns/charge.ts';
import type {
  CallIdentity,
  CallRecord,
  RefusalRequest,
  Reservation,
  ReserveAnswer,
} from '../../nouns/hold.ts';
import { budgetStatuses, forgetLapsed } from './budgets.ts';
import { cancel } from './end.ts';
import { current, expire } from './expire.ts';
import { judgeBudgets, judgeRates } from './judge.ts';
import { staleness } from './revisions.ts';
import { countCall, rateStatus, record, type Step, whoAndWhat } from './rows.ts';
import { countDecision } from './sessions.ts';

/** Expired holds that a reservation clears on its way, so that they do not deny it. */
const CLEARED_ON_THE_WAY = 20;

/** Expired holds that a reservation without room clears at once, until there is room or none is left. */
const CLEARED_FOR_ROOM = 500;

/** Holds every charge or none. All checks come before the first write. */
export function reserve(step: Step, reservation: Reservation): ReserveAnswer {
  const { call, policies, session, budgets, rates, facts } = reservation;
  const { known, use } = find(step, call);
  if (known !== undefined) return repeat(step, known, reservation);
  const stale = staleness(step, policies);
  if (stale !== undefined) return stale;
  if (budgets.some((charge) => !contains(charge, step.now))) return { kind: 'stale-window', nowMs: step.now };

  expire(step, CLEARED_ON_THE_WAY);
  let judged = judgeBudgets(step, budgets);
  // What only an expired hold takes is room.
  while (judged.objections.length > 0 && expire(step, CLEARED_FOR_ROOM) > 0) {
    judged = judgeBudgets(step, budgets);
  }
  const objections = [...judged.objections, ...judgeRates(step, rates)];
  if (objections.length > 0) return deny(step, { call, session, facts, use, denial: denyAll(objections) });

  for (const bucket of judged.buckets) step.tables.putBucket(bucket);
  forgetLapsed(step, budgets);
  for (const charge of rates) countCall(step, charge);
  countDecision(step, reservation, 'held');
  return reserved(step, hold(step, reservation, use), { fresh: true, rates });
}

/** Records a denial that policy gave. A call of the same id that has not started ends with it. */
export function refuse(step: Step, { policies, ...refusal }: RefusalRequest): ReserveAnswer {
  const { call, denial } = refusal;
  const { known, use } = find(step, call);
  if (known !== undefined && known.requestHash !== call.requestHash)
    return { kind: 'conflict', callId: known.id };
  const open = known?.state === 'waiting' || known?.state === 'held';
  if (known !== undefined && !open) return repeat(step, known, { call, rates: [] });
  const stale = staleness(step, policies);
  if (stale !== undefined) return stale;

  if (known === undefined) return deny(step, { ...refusal, use });
  cancel(step, known, denial);
  return deny(step, { ...refusal, call: { ...call, id: known.id }, use: known.use, known });
}

/**
 * The call that a request repeats, as it is now: the one of its id, else the open one of its fingerprint. `use` counts
 * the uses of the id, should this be a new one.
 */
function find(
  step: Step,
  { id, fingerprint }: CallIdentity,
): { readonly known: CallRecord | undefined; readonly use: number } {
  const last = current(step, id);
  if (last !== undefined && last.withdrawn === undefined) return { known: last, use: last.use };
  const open = fingerprint === undefined ? undefined : step.tables.openCall(fingerprint);
  const joined = open === undefined ? undefined : current(step, open.id);
  return { known: joined?.endedAt === undefined ? joined : undefined, use: (last?.use ?? 0) + 1 };
}

function repeat(step: Step, known: CallRecord, request: Pick<Reservation, 'call' | 'rates'>): ReserveAnswer {
  if (known.requestHash !== request.call.requestHash) return { kind: 'conflict', callId: known.id };
  if (known.state === 'denied' && known.denial !== undefined) {
    return { kind: 'refused', fresh: false, callId: known.id, denial: known.denial };
  }
  return reserved(step, known, { fresh: false, rates: request.rates });
}

function reserved(
  step: Step,
  call: CallRecord,
  answer: { readonly fresh: boolean; readonly rates: readonly RateCharge[] },
): ReserveAnswer {
  const budgets = budgetStatuses(step, call.budgets);
  return {
    kind: 'reserved',
    fresh: answer.fresh,
    call,
    budgets,
    rates: answer.rates.map((charge) => rateStatus(step, charge)),
  };
}

function contains({ startMs, endMs }: BudgetCharge, now: number): boolean {
  return startMs <= now && (endMs === undefined || now < endMs);
}

interface Refusal extends Omit<RefusalRequest, 'policies'> {
  readonly use: number;

  /** The call as it was, where it had come further than its denial. */
  readonly known?: CallRecord;
}

/** Keeps the denial under the id of the call: a repeat is told the same. An equal call that nobody named is another. */
function deny(step: Step, refusal: Refusal): ReserveAnswer {
  const { call, denial, facts, use, known } = refusal;
  const told: Denial = { ...denial, callId: call.id };
  const { budgets = [], approvalId, createdAt = step.now } = known ?? {};
  const ended = {
    state: 'denied',
    denial: told,
    charged: undefined,
    deadlineMs: undefined,
    endedAt: step.now,
  } as const;
  step.tables.putCall({ ...call, ...ended, use, budgets, approvalId, createdAt });
  const { code, message } = denial;
  record(step, {
    type: 'call.denied',
    callId: call.id,
    facts: { ...facts, ...whoAndWhat(call), code, message },
  });
  countDecision(step, refusal, 'denied');
  return { kind: 'refused', fresh: true, callId: call.id, denial: told };
}

function hold(step: Step, reservation: Reservation, use: number): CallRecord {
  const { call, budgets, then, ttlMs, facts } = reservation;
  const { now, tables } = step;
  const approval = then.kind === 'wait' ? opened(step, reservation, then.approval) : undefined;
  const state = ({ start: 'started', hold: 'held', wait: 'waiting' } as const)[then.kind];
  const row: CallRecord = {
    ...call,
    use,
    state,
    budgets,
    approvalId: approval?.id,
    denial: undefined,
    charged: undefined,
    createdAt: now,
    deadlineMs: approval?.expiresAt ?? now + ttlMs,
    endedAt: undefined,
  };
  tables.putCall(row);
  record(step, {
    type: 'call.reserved',
    callId: call.id,
    facts: { ...facts, ...whoAndWhat(call), state, charges: budgets.map(written) },
  });
  if (approval !== undefined) {
    tables.putApproval(approval);
    const asked = { approval: approval.id, status: approval.status, action: approval.actionHash };
    record(step, { type: 'approval.created', callId: call.id, facts: asked });
  }
  return row;
}

/** A charge as the journal keeps it. What a rolling window counts can be told only from the ends of its slices. */
function written({ key, startMs, endMs, rollingMs, currency, amount }: BudgetCharge): JsonObject {
  const charge = { budget: key, startMs, currency, amount: amount.toString() };
  if (rollingMs === undefined) return charge;
  return endMs === undefined ? { ...charge, rollingMs } : { ...charge, rollingMs, endMs };
}

function opened(
  { now }: Step,
  { call, policies }: Pick<Reservation, 'call' | 'policies'>,
  request: Extract<Reservation['then'], { kind: 'wait' }>['approval'],
): Approval {
  const { expiresInMs, ...asked } = request;
  return {
    ...asked,
    callId: call.id,
    policies,
    status: 'pending',
    votes: [],
    createdAt: now,
    expiresAt: now + expiresInMs,
    resolvedAt: undefined,
  };
}
