import type { Random } from '../nouns/random.ts';

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/**
 * How long to leave a job alone that was rejected so many times in a row, in milliseconds: a second, doubling to half a
 * minute. It varies by a tenth either way, so that what failed together does not come back together.
 */
export function backoffMs(failures: number, random: Random): number {
  const delay = Math.min(FIRST_MS * 2 ** Math.min(failures - 1, 10), LONGEST_MS);
  const spread = delay / 10;
  return Math.round(delay - spread) + random.below(2 * spread + 1);
}
