import type { Approval } from '../../nouns/approval.ts';
import type { JsonObject } from '../../nouns/canonical.ts';
import { type Denial, type Reason, denyAll } from '../../nouns/denial.ts';
import { formatCurrency } from '../../nouns/money.ts';
import type {
  BudgetCharge,
  CallIdentity,
  CallRecord,
  RateCharge,
  Reservation,
  ReserveAnswer,
} from '../../nouns/store.ts';
import type { Bucket } from '../tables.ts';
import { cancel } from './end.ts';
import { current, expire } from './expire.ts';
import {
  bucketOf,
  budgetStatuses,
  countCall,
  isFrozen,
  rateStatus,
  record,
  roomAt,
  type Step,
  whoAndWhat,
} from './rows.ts';

type Objection = Reason & { readonly retryAfterMs?: number };

/** Expired holds that a reservation clears on its way, so that they do not deny it. */
const CLEARED_ON_THE_WAY = 20;

/** Expired holds that a reservation without room clears at once, until there is room or none is left. */
const CLEARED_FOR_ROOM = 500;

/** Holds every charge or none. All checks come before the first write. */
export function reserve(step: Step, reservation: Reservation): ReserveAnswer {
  expire(step, CLEARED_ON_THE_WAY);
  const { known, use } = find(step, reservation.call);
  if (known !== undefined) return repeat(step, known, reservation);
  if (reservation.budgets.some((charge) => !contains(charge, step.now)))
    return { kind: 'stale-window', nowMs: step.now };

  let judged = judgeBudgets(step, reservation.budgets);
  // What only an expired hold takes is room.
  while (judged.objections.length > 0 && expire(step, CLEARED_FOR_ROOM) > 0) {
    judged = judgeBudgets(step, reservation.budgets);
  }
  const objections = [...judged.objections, ...judgeRates(step, reservation.rates)];
  if (objections.length > 0)
    return deny(step, reservation.call, { denial: denyAll(objections), facts: reservation.facts, use });

  for (const bucket of judged.buckets) step.tables.putBucket(bucket);
  for (const charge of reservation.rates) countCall(step, charge);
  return reserved(step, hold(step, reservation, use), { fresh: true, rates: reservation.rates });
}

/** Records a denial that policy gave. A call of the same id that has not started ends with it. */
export function refuse(
  step: Step,
  call: CallIdentity,
  refusal: Pick<Refusal, 'denial' | 'facts'>,
): ReserveAnswer {
  const { known, use } = find(step, call);
  if (known === undefined) return deny(step, call, { ...refusal, use });
  if (known.requestHash !== call.requestHash) return { kind: 'conflict', callId: known.id };
  if (known.state === 'waiting' || known.state === 'held') {
    cancel(step, known, refusal.denial);
    return deny(step, { ...call, id: known.id }, { ...refusal, use: known.use, known });
  }
  return repeat(step, known, { call, rates: [] });
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

/** What one reservation asks of one bucket, all its charges together. */
interface Asked {
  readonly bucket: Bucket;
  readonly amount: bigint;
}

/** Judges all budgets together, so that two charges of one budget count twice. */
function judgeBudgets(
  step: Step,
  charges: readonly BudgetCharge[],
): { buckets: readonly Bucket[]; objections: Objection[] } {
  const asked = new Map<string, Asked>();
  const objections: Objection[] = [];
  for (const charge of charges) {
    const id = `${charge.startMs} ${charge.key}`;
    const { bucket, amount } = asked.get(id) ?? { bucket: bucketOf(step.tables, charge), amount: 0n };
    const together = { bucket, amount: amount + charge.amount };
    const objection = judgeBudget(step, charge, together);
    if (objection !== undefined) objections.push(objection);
    asked.set(id, together);
  }
  const buckets = [...asked.values()].map(({ bucket, amount }) => ({
    ...bucket,
    held: bucket.held + amount,
  }));
  return { buckets, objections };
}

function judgeBudget(
  { tables, now }: Step,
  charge: BudgetCharge,
  { bucket, amount: together }: Asked,
): Objection | undefined {
  const { key, policy, clause, currency, limit, amount, endMs } = charge;
  const left = limit - bucket.spent - bucket.held - (together - amount);
  const where = {
    policy,
    clause,
    value: formatCurrency(amount, currency),
    limit: formatCurrency(left < 0n ? 0n : left, currency),
  };
  if (isFrozen(tables, key)) {
    return {
      ...where,
      code: 'BUDGET_FROZEN',
      message: `${nameOf(charge)} is frozen until its owner lifts the freeze`,
    };
  }
  if (amount <= left) return undefined;
  const message = `this call may cost ${where.value}; ${nameOf(charge)} has ${where.limit} left of ${formatCurrency(limit, currency)}`;
  const objection: Objection = { ...where, code: 'BUDGET_EXCEEDED', message };
  return endMs === undefined || together > limit ? objection : { ...objection, retryAfterMs: endMs - now };
}

function nameOf({ scope, window }: BudgetCharge): string {
  return window === 'lifetime'
    ? `the budget of the ${scope}`
    : `the budget of the ${scope} for the ${window}`;
}

function judgeRates(step: Step, charges: readonly RateCharge[]): readonly Objection[] {
  const asked = new Map<string, number>();
  return charges.flatMap((charge) => {
    const { key, policy, clause, per, limit } = charge;
    const calls = (asked.get(key) ?? 0) + 1;
    asked.set(key, calls);
    const used = rateStatus(step, charge).used + calls - 1;
    if (used < limit) return [];
    const message = `${used} of ${limit} calls per ${per} are used`;
    const objection: Objection = {
      policy,
      clause,
      code: 'RATE_EXCEEDED',
      message,
      value: `${used + 1} calls`,
      limit: `${limit} calls`,
    };
    return [
      calls > limit
        ? objection
        : { ...objection, retryAfterMs: Math.max(1, roomAt(step, charge, calls) - step.now) },
    ];
  });
}

interface Refusal {
  readonly denial: Denial;
  readonly facts: JsonObject;
  readonly use: number;

  /** The call as it was, where it had come further than its denial. */
  readonly known?: CallRecord;
}

/** Keeps the denial under the id of the call: a repeat is told the same. An equal call that nobody named is another. */
function deny(step: Step, call: CallIdentity, { denial, facts, use, known }: Refusal): ReserveAnswer {
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
  return { kind: 'refused', fresh: true, callId: call.id, denial: told };
}

function hold(step: Step, reservation: Reservation, use: number): CallRecord {
  const { call, budgets, then, ttlMs, facts } = reservation;
  const { now, tables } = step;
  const approval = then.kind === 'wait' ? opened(step, call, then.approval) : undefined;
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
  const charges = budgets.map(({ key, startMs, currency, amount }) => ({
    budget: key,
    startMs,
    currency,
    amount: amount.toString(),
  }));
  record(step, {
    type: 'call.reserved',
    callId: call.id,
    facts: { ...facts, ...whoAndWhat(call), state, charges },
  });
  if (approval !== undefined) {
    tables.putApproval(approval);
    const asked = { approval: approval.id, status: approval.status, action: approval.actionHash };
    record(step, { type: 'approval.created', callId: call.id, facts: asked });
  }
  return row;
}

function opened(
  { now }: Step,
  call: CallIdentity,
  request: Extract<Reservation['then'], { kind: 'wait' }>['approval'],
): Approval {
  const { expiresInMs, ...asked } = request;
  return {
    ...asked,
    callId: call.id,
    status: 'pending',
    votes: [],
    createdAt: now,
    expiresAt: now + expiresInMs,
    resolvedAt: undefined,
  };
}
