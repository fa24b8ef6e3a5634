/** Numbers that look random and are the same on every run: an integer of 0 to below `end`. */
export type Draw = (end: number) => number;

/** Starts a sequence. Good enough to choose test cases, and for nothing else. */
export function drawFrom(seed: number): Draw {
  let state = seed >>> 0 || 1;
  return (end) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % end;
  };
}
