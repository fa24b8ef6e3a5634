import type { Random } from '../../nouns/random.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The wait after each failed try, in milliseconds, before jitter: ten tries over about 75 hours. */
export const retryDelaysMs: readonly number[] = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

const LONGEST_RETRY_AFTER_MS = 24 * HOUR;

/**
 * How long to wait after the failed try number `tries`, or undefined after the last. The schedule varies by a fifth
 * either way. An endpoint may ask for a longer wait, up to a day, but not for a shorter one.
 */
export function retryDelay(tries: number, random: Random, retryAfterMs = 0): number | undefined {
  const delay = retryDelaysMs[tries - 1];
  if (delay === undefined) return undefined;
  const spread = delay / 5;
  const varied = delay - spread + random.below(2 * spread + 1);
  return Math.max(varied, Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS));
}
