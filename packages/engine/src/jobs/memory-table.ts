import type { Job } from '../nouns/jobs.ts';
import type { JobTable, Return, TakenJob, Taking } from './job-table.ts';
import { DueHeap } from './due-heap.ts';
import { isRemembered, KNOWN_MS, type Lane, laneOf, nameOf } from './naming.ts';

interface Row {
  readonly job: Job;
  readonly failures: number;
  readonly state: 'waiting' | 'running';
}

/** Keeps jobs in memory: they end with the process, and reconciliation of the next one finds what they were about. */
export function memoryTable(): JobTable {
  const rows = new MemoryRows();
  return {
    shared: false,
    put: async (jobs, { now, anew }) => jobs.forEach((job) => rows.put(job, { now, anew })),
    take: async (taking) => rows.take(taking),
    renew: async () => undefined,
    giveBack: async (taken, end, now) => rows.giveBack(taken, end, now),
    nextAt: async (lane) => rows.nextAt(lane),
    close: async () => undefined,
  };
}

class MemoryRows {
  readonly #rows = new Map<string, Row>();
  readonly #waiting: Readonly<Record<Lane, DueHeap>> = { tending: new DueHeap(), deliveries: new DueHeap() };

  /** When what was done was done, the oldest first. */
  readonly #done = new Map<string, number>();
  #leases = 0;

  put(job: Job, { now, anew }: { readonly now: number; readonly anew: boolean }): void {
    this.#forget(now);
    const name = nameOf(job);
    if (this.#rows.has(name) || (!anew && this.#done.has(name))) return;
    this.#done.delete(name);
    this.#wait(name, { job, failures: 0, state: 'waiting' });
  }

  take({ lane, now, limit }: Taking): readonly TakenJob[] {
    const taken: TakenJob[] = [];
    while (taken.length < limit) {
      const name = this.#waiting[lane].takeDue(now);
      const row = name === undefined ? undefined : this.#rows.get(name);
      if (name === undefined || row === undefined) return taken;
      this.#rows.set(name, { ...row, state: 'running' });
      taken.push({ job: row.job, failures: row.failures, lease: `${this.#leases++}` });
    }
    return taken;
  }

  giveBack({ job }: TakenJob, end: Return, now: number): void {
    const name = nameOf(job);
    if (end.kind === 'waits') {
      const again = { ...job, dueAt: end.dueAt };
      return this.#wait(name, { job: again, failures: end.failures, state: 'waiting' });
    }
    this.#rows.delete(name);
    if (isRemembered(job.kind)) this.#done.set(name, now);
  }

  nextAt(lane: Lane): number | undefined {
    return this.#waiting[lane].firstAt();
  }

  #wait(name: string, row: Row): void {
    this.#rows.set(name, row);
    this.#waiting[laneOf(row.job.kind)].add(name, row.job.dueAt);
  }

  #forget(now: number): void {
    for (const [name, at] of this.#done) {
      if (at > now - KNOWN_MS) return;
      this.#done.delete(name);
    }
  }
}
