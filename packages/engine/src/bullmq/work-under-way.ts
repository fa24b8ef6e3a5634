import { DelayedError, type Job as Kept, Worker, type WorkerOptions } from 'bullmq';
import { attempt, type JobsContext } from '../jobs/attempt.ts';
import type { JobHandler } from '../nouns/jobs.ts';
import { type Pointer, pointerOf } from './pointer.ts';

/** How often the death of its worker may interrupt a job. By default BullMQ gives it up at the second, whatever else it is told. */
const INTERRUPTED_AT_MOST = 1_000_000_000;

/** A worker whose jobs are never given up. */
export function workerOf(
  lane: string,
  work: (job: Kept<Pointer>, token: string | undefined) => Promise<void>,
  options: WorkerOptions,
): Worker<Pointer> {
  return new Worker<Pointer>(lane, (job, token) => work(job, token), {
    ...options,
    maxStalledCount: INTERRUPTED_AT_MOST,
    runRetryDelay: 1_000,
  });
}

/** The jobs that this process does now. */
export class WorkUnderWay {
  readonly #context: JobsContext;
  readonly #running = new Set<AbortController>();
  #stopped = false;

  constructor(context: JobsContext) {
    this.#context = context;
  }

  /** Does one job. Rejects with DelayedError where it waits again: so BullMQ is told that it is not done. */
  async process(handler: JobHandler, kept: Kept<Pointer>, token: string | undefined): Promise<void> {
    const { failures, ...job } = pointerOf(kept.data);
    const stop = new AbortController();
    if (this.#stopped) stop.abort();
    this.#running.add(stop);
    try {
      const end = await attempt(job, { handler, failures, signal: stop.signal }, this.#context);
      if (end.kind === 'done') return;
      await kept.updateData({ ...job, dueAt: end.dueAt, failures: end.failures });
      await kept.moveToDelayed(end.dueAt, token);
    } finally {
      this.#running.delete(stop);
    }
    throw new DelayedError();
  }

  /** Tells those that run to stop, and those that begin from now on. */
  stop(): void {
    this.#stopped = true;
    for (const stop of this.#running) stop.abort();
  }
}
