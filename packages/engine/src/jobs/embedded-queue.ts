import { ToriiError } from '../nouns/errors.ts';
import type { Job, JobHandler, Jobs } from '../nouns/jobs.ts';
import { type Alarm, alarmOf } from './alarm.ts';
import { attempt, errorOf, type JobsContext } from './attempt.ts';
import type { JobTable, TakenJob } from './job-table.ts';
import { AT_ONCE, type Lane, lanes, laneOf } from './naming.ts';

/** How often a table is looked at that other processes put into, in milliseconds. */
const LOOK_MS = 1_000;

/** How long to leave a table alone that did not answer. */
const OUTAGE_MS = 1_000;

/** Well before a lease ends, so that a busy moment does not cost it. */
const RENEW_MS = 10_000;

interface Running {
  readonly taken: TakenJob;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/** Does the jobs of a table, on the engine's clock. */
export class EmbeddedQueue implements Jobs {
  readonly #table: JobTable;
  readonly #context: JobsContext;
  readonly #running = new Set<Running>();
  readonly #looking: Alarm;
  readonly #renewing: Alarm;
  #handler: JobHandler | undefined;
  #look: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(table: JobTable, context: JobsContext) {
    this.#table = table;
    this.#context = context;
    this.#looking = alarmOf(context.clock, () => this.#startLook());
    this.#renewing = alarmOf(context.clock, () => void this.#renew());
  }

  put(jobs: readonly Job[]): Promise<void> {
    return this.#add(jobs, false);
  }

  revive(jobs: readonly Job[]): Promise<void> {
    return this.#add(jobs, true);
  }

  async work(handler: JobHandler): Promise<void> {
    if (this.#handler !== undefined)
      throw new ToriiError('OPTIONS_INVALID', 'expected `work` to be called once for a queue of jobs');
    this.#handler = handler;
    this.#lookAt(this.#now());
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #add(jobs: readonly Job[], anew: boolean): Promise<void> {
    if (this.#closing !== undefined) throw new ToriiError('STORE_UNAVAILABLE', 'the queue of jobs is closed');
    if (jobs.length === 0) return;
    await this.#table.put(jobs, { now: this.#now(), anew });
    this.#lookAt(Math.min(...jobs.map(({ dueAt }) => dueAt)));
  }

  async #close(): Promise<void> {
    this.#looking.cancel();
    await this.#look;
    for (const { stop } of this.#running) stop.abort();
    await Promise.all([...this.#running].map(({ ended }) => ended));
    this.#looking.cancel();
    this.#renewing.cancel();
    await this.#table.close();
  }

  #now(): number {
    return this.#context.clock.now();
  }

  #lookAt(atMs: number): void {
    if (this.#handler !== undefined && this.#closing === undefined) this.#looking.set(atMs);
  }

  /** One look at a time: whoever asks meanwhile has the next one. */
  #startLook(): void {
    this.#look = (this.#look ?? Promise.resolve())
      .then(() => this.#takeDue())
      .catch((error: unknown) => {
        this.#report(error);
        this.#lookAt(this.#now() + OUTAGE_MS);
      });
  }

  async #takeDue(): Promise<void> {
    for (const lane of lanes) {
      if (this.#closing !== undefined) return;
      const limit = this.#roomIn(lane);
      const taken = limit > 0 ? await this.#table.take({ lane, now: this.#now(), limit }) : [];
      for (const one of taken) this.#start(one);
    }
    if (this.#table.shared) this.#lookAt(this.#now() + LOOK_MS);
    for (const lane of lanes) {
      if (this.#roomIn(lane) === 0) continue;
      const next = await this.#table.nextAt(lane);
      if (next !== undefined) this.#lookAt(next);
    }
  }

  #roomIn(lane: Lane): number {
    const busy = [...this.#running].filter(({ taken }) => laneOf(taken.job.kind) === lane).length;
    return AT_ONCE[lane] - busy;
  }

  #start(taken: TakenJob): void {
    const stop = new AbortController();
    // What was taken while the queue began to close goes back at once.
    if (this.#closing !== undefined) stop.abort();
    const running: Running = {
      taken,
      stop,
      ended: this.#end(taken, stop.signal).finally(() => {
        this.#running.delete(running);
        this.#lookAt(this.#now());
      }),
    };
    this.#running.add(running);
    if (this.#table.shared) this.#renewing.set(this.#now() + RENEW_MS);
  }

  /** Does a job and writes down what becomes of it. Where that fails, its lease ends and it is done again. */
  async #end(taken: TakenJob, signal: AbortSignal): Promise<void> {
    const handler = this.#handler ?? waitsOn;
    const { job, failures } = taken;
    const end = await attempt(job, { handler, failures, signal }, this.#context);
    try {
      await this.#table.giveBack(taken, end, this.#now());
    } catch (error) {
      this.#report(error);
    }
  }

  async #renew(): Promise<void> {
    if (this.#running.size === 0) return;
    try {
      await this.#table.renew(
        [...this.#running].map(({ taken }) => taken),
        this.#now(),
      );
    } catch (error) {
      this.#report(error);
    }
    if (this.#running.size > 0) this.#renewing.set(this.#now() + RENEW_MS);
  }

  #report(error: unknown): void {
    this.#context.onError(errorOf(error));
  }
}

/** Stands in until somebody works, who alone takes jobs. */
const waitsOn: JobHandler = (job) => Promise.resolve({ kind: 'again', dueAt: job.dueAt });
