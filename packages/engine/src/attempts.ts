import { CARVE_OUT_TOOL } from './delegated.ts';
import type { Call } from './nouns/call.ts';
import { attemptIn, nextAttemptId } from './nouns/attempt.ts';
import { deny, type Denial } from './nouns/denial.ts';
import type { CallRecord } from './nouns/hold.ts';
import { inTime, repeated, type Turn } from './turn.ts';
import type { Decided } from './reserve/reserve.ts';

/** How often one call may be attempted. Each attempt asks the store about those before it. */
export const MOST_ATTEMPTS = 16;

/**
 * How long after an attempt failed the next one may begin, in milliseconds: before stores forget it, 72 hours after its
 * end. From then on they know it as long as the next one, so that no call whose last attempt is known is a new one.
 */
export const ATTEMPTED_WITHIN_MS = 48 * 3_600_000;

/** Whether the record of a call says that an attempt failed, so that a repeat is about the next one. */
export function isAttemptable({ call }: Decided, record: CallRecord): boolean {
  return hasFailed(record) && isRepeatable(call);
}

/**
 * The same decision for the attempt after one that failed: a call of its own, under an id of its own. A denial where there
 * is no other attempt, and may be none.
 */
export async function nextAttempt<D extends Decided>(
  turn: Turn,
  decided: D,
  record: CallRecord,
): Promise<D | Denial> {
  const { call } = decided;
  const next = { ...decided, call: { ...call, id: nextAttemptId(record.id) } };
  const { number } = attemptIn(record.id);
  const limit = limitOf(number, turn.clock.now() - (record.endedAt ?? 0));
  if (limit === undefined) return next;
  // It may have begun while it was time: then a repeat is told what became of that one.
  if ((await inTime(turn, turn.store.call(next.call.id))) !== undefined) return next;
  const message = `this call failed, and ${limit}; ask with a new call`;
  return repeated({ turn, call }, { ...deny('CALL_ENDED', message), callId: record.id, ended: 'released' });
}

/**
 * Whether an attempt ended without doing or costing anything: its tool threw, or somebody said so. A start that was taken
 * back is no attempt at all: its id is free.
 */
function hasFailed({ state, denial, withdrawn }: CallRecord): boolean {
  return state === 'released' && denial === undefined && withdrawn === undefined;
}

/**
 * A call that nobody named is a new one anyway once it is over. What is set aside is not attempted: its key names one
 * account for good, which was closed and did not fail.
 */
function isRepeatable({ fingerprint, tool }: Call): boolean {
  return fingerprint === undefined && tool !== CARVE_OUT_TOOL;
}

function limitOf(attempts: number, agoMs: number): string | undefined {
  if (attempts >= MOST_ATTEMPTS) return `it was attempted ${attempts} times`;
  // Written so that a clock that fails ends the attempts.
  return agoMs < ATTEMPTED_WITHIN_MS ? undefined : 'that is too long ago to attempt it again';
}
