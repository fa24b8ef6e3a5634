import type { Clock } from '../nouns/clock.ts';

/** Waits between two looks at something that does not say when it changes. */
const LOOK_MS = 1_000;

/** Looks once a second, and never twice at once. A look must not reject. Answers how to stop. */
export function everySecond(clock: Clock, look: () => Promise<unknown>): () => void {
  let stopped = false;
  let cancel: () => void = () => undefined;
  const plan = (): void => {
    if (stopped) return;
    cancel = clock.after(LOOK_MS, () => void look().then(plan));
  };
  plan();
  return () => {
    stopped = true;
    cancel();
  };
}
