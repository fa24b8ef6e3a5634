import type { Clock } from './clock.ts';
import type { Random } from './random.ts';

/**
 * What is done later, by some process: `expiry` ends calls past their deadline, `notices` reminds and escalates,
 * `fan-out` turns the journal into deliveries, `delivery` sends one, `reconciliation` finds what was left behind, and
 * `draining` moves the journal to its ledger.
 */
export const jobKinds = ['expiry', 'notices', 'fan-out', 'delivery', 'reconciliation', 'draining'] as const;

export type JobKind = (typeof jobKinds)[number];

/** A pointer to work, never the work itself: what is to be done is read from the store when it is done. */
export interface Job {
  readonly kind: JobKind;

  /** Whose store, where every tenant has one of its own; empty where all share one. */
  readonly tenant: string;

  /** What it is about, such as a delivery and its try. With kind and tenant it names the job. */
  readonly subject: string;

  /** Not before this time, milliseconds since 1970. */
  readonly dueAt: number;
}

/** `again`: the same job once more at that time. */
export type JobEnd = { readonly kind: 'done' } | { readonly kind: 'again'; readonly dueAt: number };

/** Does one job. One that rejects is done again a little later, however often. */
export type JobHandler = (job: Job, signal: AbortSignal) => Promise<JobEnd>;

/**
 * A queue of jobs. Each is done **at least once**, also when the process that did it died, however often that happens;
 * so a handler must be safe to repeat. No two are done at once that have the same name.
 */
export interface Jobs {
  /**
   * Puts jobs. One of the same name that waits, runs, or was done in the last 24 hours is left as it is. A `fan-out` need
   * not be remembered when it is done: nobody puts one of the same name again.
   */
  put(jobs: readonly Job[]): Promise<void>;

  /** Puts jobs also where one of the same name was done: what it pointed to needs doing again. */
  revive(jobs: readonly Job[]): Promise<void>;

  /** Begins to do jobs. Once; a queue that is only put to never needs it. */
  work(handler: JobHandler): Promise<void>;

  /** Takes no more jobs, aborts the signal of those that run, and waits for them; they are done again elsewhere. */
  close(): Promise<void>;
}

/** Opens a queue. The engine opens it with its own clock and randomness. */
export interface JobsSource {
  open(context: {
    readonly clock: Clock;
    readonly random: Random;
    readonly onError: (error: Error) => void;
  }): Promise<Jobs>;
}
