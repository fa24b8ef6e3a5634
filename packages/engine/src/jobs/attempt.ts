import type { Job, JobHandler, JobsSource } from '../nouns/jobs.ts';
import { backoffMs } from './backoff.ts';
import type { Return } from './job-table.ts';

/** What a queue is opened with. */
export type JobsContext = Parameters<JobsSource['open']>[0];

/** One doing of a job. */
export interface Attempt {
  readonly handler: JobHandler;

  /** How often in a row it was rejected before. */
  readonly failures: number;
  readonly signal: AbortSignal;
}

/** Does a job, and says what becomes of it. Never rejects: what was rejected is told and done again later. */
export async function attempt(
  job: Job,
  { handler, failures, signal }: Attempt,
  { clock, random, onError }: JobsContext,
): Promise<Return> {
  const unchanged: Return = { kind: 'waits', dueAt: job.dueAt, failures };
  if (signal.aborted) return unchanged;
  try {
    const end = await handler(job, signal);
    // Nobody knows how much of it was done before it was told to stop.
    if (signal.aborted) return unchanged;
    return end.kind === 'done' ? end : { kind: 'waits', dueAt: end.dueAt, failures: 0 };
  } catch (error) {
    if (signal.aborted) return unchanged;
    onError(errorOf(error));
    const dueAt = clock.now() + backoffMs(failures + 1, random);
    return { kind: 'waits', dueAt, failures: failures + 1 };
  }
}

/** What `onError` is told of something that was thrown. */
export function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error('a job failed', { cause: thrown });
}
