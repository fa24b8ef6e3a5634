import type { Job } from '../nouns/jobs.ts';
import type { Lane } from './naming.ts';

/** A job that somebody does now. */
export interface TakenJob {
  readonly job: Job;

  /** How often in a row it was rejected. */
  readonly failures: number;

  /** Names this taking of it: who took it before cannot end it any more. */
  readonly lease: string;
}

/** What becomes of a job that was taken. */
export type Return =
  { readonly kind: 'done' } | { readonly kind: 'waits'; readonly dueAt: number; readonly failures: number };

/** Which jobs are taken. */
export interface Taking {
  readonly lane: Lane;
  readonly now: number;
  readonly limit: number;
}

/** Where an embedded queue keeps its jobs. Every method is one atomic step. */
export interface JobTable {
  /** Whether other processes put and take jobs too. */
  readonly shared: boolean;

  /** Adds those whose name waits nowhere, is not done by anybody, and unless `anew` was not done lately either. */
  put(jobs: readonly Job[], when: { readonly now: number; readonly anew: boolean }): Promise<void>;

  /** Takes jobs that are due, the longest due first, also those of a process that did not renew its leases. */
  take(taking: Taking): Promise<readonly TakenJob[]>;

  /** Keeps what was taken from being taken by others for another while. */
  renew(taken: readonly TakenJob[], now: number): Promise<void>;

  /** Ends a taking. Does nothing if somebody else took the job meanwhile. */
  giveBack(taken: TakenJob, end: Return, now: number): Promise<void>;

  /** When something of this lane can be taken next: milliseconds since 1970. */
  nextAt(lane: Lane): Promise<number | undefined>;
  close(): Promise<void>;
}
