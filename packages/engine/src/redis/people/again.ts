import { unavailable } from '../connection/failures.ts';

/** Others may change what is decided about, each time between the reading and the writing. */
const TRIES = 1_000;

/**
 * Decides and writes, until nobody changed in between what it was decided by: `step` answers undefined where somebody
 * did. Every time that happens somebody else got something done, so it ends.
 */
export async function untilUnchanged<T extends object>(step: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < TRIES; tries++) {
    const done = await step();
    if (done !== undefined) return done;
  }
  throw unavailable(
    'others changed the same thing again and again; expected to be the one who does at some point',
  );
}
