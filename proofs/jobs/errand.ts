import type { Clock, JobsSource } from '@torii/engine';

/** A queue, as the engine opens it. */
export type Jobs = Awaited<ReturnType<JobsSource['open']>>;
export type Job = Parameters<Jobs['put']>[0][number];
export type Handler = Parameters<Jobs['work']>[0];

/** Where jobs wait. */
export type Place =
  | { readonly kind: 'embedded'; readonly path: string }
  | { readonly kind: 'bullmq'; readonly url: string; readonly prefix: string };

/** What a process that does jobs is told, as one argument of JSON. */
export interface Errand {
  readonly place: Place;

  /** When all clocks of this proof were right, milliseconds since 1970. */
  readonly originMs: number;

  /** Names the process in what it says. */
  readonly worker: number;

  /** Whether it dies where it meets the poisonous job. */
  readonly poisoned: boolean;
  readonly broken: string | undefined;
}

/** The job that kills its worker, time after time. */
export const POISON = 'poison';

/** How often, in a row. */
export const POISONED_TIMES = 12;

const FASTER = 20;

/**
 * A clock that runs twenty times as fast as the machine's, in all processes alike: who waits half a minute for the lease of
 * a process that died waits a second and a half.
 */
export function fastClock(originMs: number): Clock {
  return {
    now: () => Math.floor(originMs + (Date.now() - originMs) * FASTER),
    after(delayMs, task, waited) {
      const timer = setTimeout(task, delayMs / FASTER);
      if (waited === undefined) timer.unref();
      return () => clearTimeout(timer);
    },
  };
}
