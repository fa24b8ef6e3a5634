import type { Approval } from '../../nouns/approval.ts';
import type { JsonObject } from '../../nouns/canonical.ts';
import { type Denial, denyAll } from '../../nouns/denial.ts';
import type { BudgetCharge, RateCharge } from '../../nouns/charge.ts';
import type {
  CallIdentity,
  CallRecord,
  CallState,
  RefusalRequest,
  Reservation,
  ReserveResult,
} from '../../nouns/hold.ts';
import { budgetStatuses, forgetLapsed } from './budgets.ts';
import { cancel } from './end.ts';
import { setAside } from './carve-outs.ts';
import { current } from './expire.ts';
import { judgeRates } from './judge.ts';
import { staleness } from './revisions.ts';
import { judgeWithRoom } from './room.ts';
import { countCall, rateStatus, record, type Step, whoAndWhat, written } from './rows.ts';
import { revoked } from './revocations.ts';
import { countDecision } from './sessions.ts';

/** Holds every charge or none. All checks come before the first write. */
export function reserve(step: Step, reservation: Reservation): ReserveResult {
  const { call, policies, session, attempt, budgets, rates, facts } = reservation;
  const known = find(step, call);
  if (known !== undefined) return repeat(step, known, reservation);
  const stale = staleness(step, policies);
  if (stale !== undefined) return stale;
  if (budgets.some((charge) => !contains(charge, step.now))) return { kind: 'stale-window', nowMs: step.now };

  const judged = judgeWithRoom(step, budgets);
  const objections = [...revoked(step, call, budgets), ...judged.objections, ...judgeRates(step, rates)];
  if (objections.length > 0)
    return deny(step, { call, session, attempt, facts, denial: denyAll(objections) });

  for (const bucket of judged.buckets) step.tables.putBucket(bucket);
  forgetLapsed(step, budgets);
  for (const charge of rates) countCall(step, charge);
  countDecision(step, reservation, 'held');
  return reserved(step, hold(step, reservation), { fresh: true, rates });
}

/** Records a denial that policy gave. A call of the same id that has not started ends with it. */
export function refuse(step: Step, { policies, ...refusal }: RefusalRequest): ReserveResult {
  const { call, denial } = refusal;
  const known = find(step, call);
  if (known !== undefined && known.requestHash !== call.requestHash)
    return { kind: 'conflict', callId: known.id };
  const open = known?.state === 'waiting' || known?.state === 'held';
  if (known !== undefined && !open) return repeat(step, known, { ...refusal, rates: [] });
  const stale = staleness(step, policies);
  if (stale !== undefined) return stale;

  if (known === undefined) return deny(step, refusal);
  cancel(step, known, denial);
  return deny(step, { ...refusal, call: { ...call, id: known.id }, known });
}

/** The call that a request repeats, as it is now: the one of its id, else the open one of its fingerprint. */
function find(step: Step, { id, fingerprint }: CallIdentity): CallRecord | undefined {
  const last = current(step, id);
  if (last !== undefined && last.withdrawn === undefined) return last;
  const open = fingerprint === undefined ? undefined : step.tables.openCall(fingerprint);
  const joined = open === undefined ? undefined : current(step, open.id);
  return joined?.endedAt === undefined ? joined : undefined;
}

/** States in which a call is as its reservation made it. */
const AS_RESERVED: ReadonlySet<CallState> = new Set(['waiting', 'held', 'started', 'carved', 'denied']);

/** Whether the call is as this asking made it: then it is told the same as it would have been before its reply was lost. */
export function isFresh(known: CallRecord, { attempt }: Pick<Reservation, 'attempt'>): boolean {
  return known.attempt === attempt && AS_RESERVED.has(known.state);
}

function repeat(
  step: Step,
  known: CallRecord,
  request: Pick<Reservation, 'call' | 'rates' | 'attempt'>,
): ReserveResult {
  if (known.requestHash !== request.call.requestHash) return { kind: 'conflict', callId: known.id };
  const fresh = isFresh(known, request);
  if (known.state === 'denied' && known.denial !== undefined) {
    return { kind: 'refused', fresh, callId: known.id, denial: known.denial };
  }
  return reserved(step, known, { fresh, rates: request.rates });
}

function reserved(
  step: Step,
  call: CallRecord,
  answer: { readonly fresh: boolean; readonly rates: readonly RateCharge[] },
): ReserveResult {
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
  /** The call as it was, where it had come further than its denial. */
  readonly known?: CallRecord;
}

/** Keeps the denial under the id of the call: a repeat is told the same. An equal call that nobody named is another. */
function deny(step: Step, refusal: Refusal): ReserveResult {
  const { call, denial, facts, attempt, known } = refusal;
  const told: Denial = { ...denial, callId: call.id };
  const { budgets = [], approvalId, createdAt = step.now } = known ?? {};
  const ended = {
    state: 'denied',
    denial: told,
    charged: undefined,
    deadlineMs: undefined,
    endedAt: step.now,
  } as const;
  step.tables.putCall({ ...call, ...ended, attempt, budgets, approvalId, createdAt });
  const { code, message } = denial;
  record(step, {
    type: 'call.denied',
    callId: call.id,
    facts: { ...facts, ...whoAndWhat(call), code, message },
  });
  countDecision(step, refusal, 'denied');
  return { kind: 'refused', fresh: true, callId: call.id, denial: told };
}

function hold(step: Step, reservation: Reservation): CallRecord {
  const { call, attempt, budgets, then, ttlMs, facts } = reservation;
  const { now, tables } = step;
  const approval = then.kind === 'wait' ? opened(step, reservation, then.approval) : undefined;
  const state = ({ start: 'started', hold: 'held', wait: 'waiting', carve: 'carved' } as const)[then.kind];
  const { id, fingerprint, requestHash, issuer, tenant, agent, owner, session, tool, price, carveOut } = call;
  // Field by field: adding to a copy of the call is many times slower, and this is on the path of every call.
  const fields = {
    id,
    fingerprint,
    requestHash,
    issuer,
    tenant,
    agent,
    owner,
    session,
    tool,
    price,
    attempt,
    state,
    budgets,
    approvalId: approval?.id,
    denial: undefined,
    charged: undefined,
    createdAt: now,
    deadlineMs: approval?.expiresAt ?? now + ttlMs,
    endedAt: undefined,
  };
  const paid = carveOut === undefined ? fields : { ...fields, carveOut };
  const row: CallRecord = then.kind === 'carve' ? { ...paid, carved: then.currency } : paid;
  tables.putCall(row);
  const charges = budgets.map(written);
  const held =
    then.kind === 'carve' ? { state, charges, carved: setAside(step, call.id, then) } : { state, charges };
  // Quicker than a literal of three spreads, for the same reason.
  const known: JsonObject = Object.assign(whoAndWhat(call), facts, held);
  record(step, { type: 'call.reserved', callId: call.id, facts: known });
  if (approval !== undefined) {
    tables.putApproval(approval);
    const asked = { approval: approval.id, status: approval.status, action: approval.actionHash };
    record(step, { type: 'approval.created', callId: call.id, facts: asked });
  }
  return row;
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
    noticed: 0,
  };
}
