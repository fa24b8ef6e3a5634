import { repeatDenial } from './approve/approve.ts';
import { CARVE_OUT_TOOL } from './delegated.ts';
import type { Call } from './nouns/call.ts';
import { nextAttemptId, attemptIn } from './nouns/attempt.ts';
import { deny, type Denial } from './nouns/denial.ts';
import type { CallRecord } from './nouns/hold.ts';
import type { Steps } from './nouns/steps.ts';
import { inTime, repeated, type Turn } from './turn.ts';
import type { Decided } from './reserve/reserve.ts';

/** How often one call may be attempted. Each attempt asks the store about those before it. */
export const MOST_ATTEMPTS = 16;

/**
 * How long after an attempt failed the next one may begin, in milliseconds. Stores keep a failed attempt for 72 hours, and
 * from then on as long as they know the next one. With a day in between, no caller is so slow and no two clocks differ so
 * much that the next one begins when the one before is forgotten: a repeat of the call would not be led to it.
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
): Steps<D | Denial> | undefined {
  return hasFailed(record) && isRepeatable(decided.call) ? attemptAfter(turn, decided, record) : undefined;
}

function* attemptAfter<D extends Decided>(turn: Turn, decided: D, record: CallRecord): Steps<D | Denial> {
  const { call } = decided;
  const { number } = attemptIn(record.id);
  if (number >= MOST_ATTEMPTS)
    return yield* noOther(turn, call, { record, because: `it was attempted ${number} times` });
  const next = { ...decided, call: { ...call, id: nextAttemptId(record.id) } };
  return endedLately(turn, record) ? next : yield* attemptKnown(turn, next, record);
}

/**
 * After an attempt that failed long ago the next one is only found, never made: the store may forget the one before the
 * other is there.
 */
function* attemptKnown<D extends Decided>(turn: Turn, next: D, record: CallRecord): Steps<D | Denial> {
  const { call } = next;
  const known = yield* inTime(turn, () => turn.store.call(call.id));
  if (known === undefined || known.withdrawn === true)
    return yield* noOther(turn, call, { record, because: 'that is too long ago to attempt it again' });
  // Neither is forgotten by the time it is asked for, so that asking makes nothing.
  if (known.endedAt === undefined || endedLately(turn, known)) return next;
  return yield* nextAttempt(turn, next, known) ?? repeated({ turn, call }, repeatDenial(known));
}

function noOther(
  turn: Turn,
  call: Call,
  { record, because }: { readonly record: CallRecord; readonly because: string },
): Steps<Denial> {
  const message = `this call failed, and ${because}; ask with a new call`;
  return repeated({ turn, call }, { ...deny('CALL_ENDED', message), callId: record.id, ended: 'released' });
}

/** Written so that with a clock that fails nothing did. */
function endedLately({ clock }: Turn, { endedAt = 0 }: CallRecord): boolean {
  return clock.now() - endedAt < ATTEMPTED_WITHIN_MS;
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
