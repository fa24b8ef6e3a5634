import type { Random } from '../nouns/random.ts';

/** Randomness that repeats: the same seed gives the same run. Never for anything that must not be guessed. */
export function fakeRandom(seed = 1): Random {
  const next = sequence(seed);
  const below = (limit: number): number => Math.floor((next() / 4_294_967_296) * limit);
  const word = (): string => next().toString(16).padStart(8, '0');
  return { id: (prefix) => `${prefix}_${word()}${word()}${word()}${word()}`, below };
}

/** Mulberry32: whole numbers below 2^32. */
function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}
