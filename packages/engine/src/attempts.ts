import { CARVE_OUT_TOOL } from './delegated.ts';
import type { Call } from './nouns/call.ts';
import { attemptId, attemptIn } from './nouns/attempt.ts';
import { deny, type Denial } from './nouns/denial.ts';
import type { CallRecord } from './nouns/hold.ts';
import { repeated, type Turn } from './turn.ts';
import type { Decided } from './reserve/reserve.ts';

/** How often one call may be attempted. Each attempt asks the store about those before it. */
export const MOST_ATTEMPTS = 16;

/**
 * How long after an attempt failed the next one may begin, in milliseconds. Stores forget a call 72 hours after its end,
 * and a call whose first attempt is forgotten is a new one: so what the last attempt did is known for another day.
 */
export const ATTEMPTED_WITHIN_MS = 48 * 3_600_000;

/**
 * The same decision for the next attempt of a call whose record says that an attempt failed: a call of its own, under an
 * id of its own. A denial where there may be no other attempt; undefined where the record is not that of a failure.
 */
export function nextAttempt<D extends Decided>(
  turn: Turn,
  decided: D,
  record: CallRecord,
): D | Promise<Denial> | undefined {
  const { call } = decided;
  if (!hasFailed(record) || !isRepeatable(call)) return undefined;
  const { of, number } = attemptIn(record.id);
  const limit = limitOf(number, turn.clock.now() - (record.endedAt ?? 0));
  if (limit === undefined) return { ...decided, call: { ...call, id: attemptId(of, number + 1) } };
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
