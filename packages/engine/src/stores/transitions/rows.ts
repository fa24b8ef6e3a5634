import type { Event } from '../../nouns/entry.ts';
import type { JsonObject } from '../../nouns/canonical.ts';
import { formatMoney } from '../../nouns/money.ts';
import { callerFacts } from '../../nouns/principal.ts';
import type { BudgetCharge, RateCharge, RateStatus } from '../../nouns/charge.ts';
import type { CallIdentity, CallRecord } from '../../nouns/hold.ts';
import { link } from '../../record/chain.ts';
import type { Slice, Tables } from '../tables.ts';

/** One transition's view of the store: its rows and the one instant at which it happens. */
export interface Step {
  readonly tables: Tables;

  /** Milliseconds since 1970; never before the last entry of the journal. */
  readonly now: number;
}

/** What judging and telling how things stand needs of a step. A store that judges elsewhere words its answers by it. */
export interface Standing extends Pick<Step, 'now'> {
  readonly tables: Pick<Tables, 'bucket' | 'buckets' | 'frozenBuckets' | 'account' | 'slices'>;
}

/** Slices that a rate's window is cut into. A call counts until its whole slice has left the window. */
const SLICES = 60;

/** Appends an event to the journal. */
export function record({ tables, now }: Step, event: Event): void {
  tables.putEntry(link(tables.head(), event, now));
}

/** Who and what, for the facts of an entry. */
export function whoAndWhat(call: Omit<CallIdentity, 'id' | 'requestHash' | 'fingerprint'>): JsonObject {
  return Object.assign(callerFacts(call), { tool: call.tool, price: formatMoney(call.price) });
}

/** A charge as the journal keeps it. What a rolling window counts can be told only from the ends of its slices. */
export function written(charge: BudgetCharge): JsonObject {
  const { key, startMs, endMs, rollingMs, currency, amount, account } = charge;
  const plain = { budget: key, startMs, currency, amount: amount.toString() };
  if (account !== undefined) return { ...plain, account };
  if (rollingMs === undefined) return plain;
  return endMs === undefined ? { ...plain, rollingMs } : { ...plain, rollingMs, endMs };
}

/** How many calls a rate counts now. */
export function usedOf(step: Standing, charge: RateCharge): number {
  return callsIn(countedSlices(step, charge));
}

/** How a rate stands now. */
export function rateStatus(step: Standing, charge: RateCharge): RateStatus {
  const { key, policy, clause, scope, per, limit } = charge;
  const used = usedOf(step, charge);
  const resetsAt = used < limit ? step.now : roomAt(step, charge, 1);
  return {
    key,
    policy,
    clause,
    scope,
    per,
    limit,
    used,
    left: Math.max(0, limit - used),
    resetsAt,
    resetsInMs: resetsAt - step.now,
  };
}

/** When `calls` more fit, at the latest; now where they fit already. Meant for at most as many as the limit. */
export function roomAt(step: Standing, charge: RateCharge, calls: number): number {
  const slices = countedSlices(step, charge);
  let used = callsIn(slices);
  if (used + calls <= charge.limit) return step.now;
  for (const slice of slices) {
    used -= slice.count;
    if (used + calls <= charge.limit) return slice.startMs + sliceMs(charge) + charge.perMs;
  }
  return step.now + charge.perMs;
}

/** Counts one call towards a rate. */
export function countCall({ tables, now }: Step, charge: RateCharge): void {
  tables.addToSlice(charge.key, now - (now % sliceMs(charge)), countedAfter(charge, now));
}

/** Puts the call in its last or next state and answers it. */
export function moveCall({ tables }: Step, call: CallRecord, change: Partial<CallRecord>): CallRecord {
  // A copy takes over the shape of the row, and stays quick and small; an object that is merged from two is neither.
  const moved = Object.assign({ ...call }, change);
  tables.putCall(moved);
  return moved;
}

function countedSlices({ tables, now }: Standing, charge: RateCharge): readonly Slice[] {
  return tables.slices(charge.key, countedAfter(charge, now));
}

function callsIn(slices: readonly Slice[]): number {
  return slices.reduce((sum, { count }) => sum + count, 0);
}

/** Length of the slices that a rate is counted in. */
export function sliceMs({ perMs }: RateCharge): number {
  return Math.ceil(perMs / SLICES);
}

/** A slice counts while any instant of it lies less than a window ago. */
function countedAfter(charge: RateCharge, now: number): number {
  return now - charge.perMs - sliceMs(charge);
}
