import type { Job } from './errand.ts';

/** One doing of a job by some process. */
interface Doing {
  readonly name: string;
  readonly worker: string;
  readonly beginUs: number;
  endUs: number | undefined;
}

/** What the processes said, and what does not fit together. */
export class Diary {
  readonly flaws: string[] = [];
  readonly #doings = new Map<string, Doing>();
  readonly #underWay = new Map<string, Set<Doing>>();
  readonly #done = new Map<string, number>();

  /** Jobs by name, and before when none of their doings may begin. */
  readonly #notBefore = new Map<string, number>();
  interrupted = 0;
  begun = 0;

  nameOf({ kind, subject }: Job): string {
    return `${kind}/${subject}`;
  }

  /** A job is put: nobody may begin before it is due. */
  put(job: Job): void {
    this.#notBefore.set(this.nameOf(job), job.dueAt);
  }

  timesDone(name: string): number {
    return this.#done.get(name) ?? 0;
  }

  /** One line of a worker. */
  read(line: string): void {
    const [word = '', run = '', us = '', name = '', due = '', now = ''] = line.split(' ');
    if (word === 'begin') return this.#begin({ name, run, us: Number(us), now: Number(now) });
    const doing = this.#doings.get(run);
    if (doing === undefined) return;
    this.#end(doing, Number(us));
    if (word === 'done') this.#done.set(name, this.timesDone(name) + 1);
    if (word === 'again') this.#notBefore.set(name, Number(due));
    if (word === 'stopped') this.interrupted += 1;
  }

  /** A process ended: what it was doing is over. */
  ended(worker: number, us: number): void {
    for (const doings of this.#underWay.values())
      for (const doing of doings) {
        if (doing.worker !== String(worker) || doing.endUs !== undefined) continue;
        this.interrupted += 1;
        this.#end(doing, us);
      }
  }

  #begin({
    name,
    run,
    us,
    now,
  }: {
    readonly name: string;
    readonly run: string;
    readonly us: number;
    readonly now: number;
  }): void {
    this.begun += 1;
    const [worker = ''] = run.split('-');
    const doing: Doing = { name, worker, beginUs: us, endUs: undefined };
    this.#doings.set(run, doing);
    const others = this.#underWay.get(name) ?? new Set<Doing>();
    // Lines of two processes arrive in any order: what ended meanwhile says so with its time.
    others.add(doing);
    this.#underWay.set(name, others);
    const earliest = this.#notBefore.get(name);
    if (earliest === undefined) this.flaws.push(`\`${name}\` was done, and nobody had put it`);
    else if (now < earliest - EARLY_MS) this.flaws.push(`\`${name}\` began ${earliest - now} ms too early`);
  }

  #end(doing: Doing, us: number): void {
    doing.endUs ??= us;
    // Who ended is judged against those that began before that, once nobody else can say that they did.
    for (const other of this.#underWay.get(doing.name) ?? []) {
      if (other === doing || other.endUs === undefined) continue;
      if (other.beginUs < doing.endUs && doing.beginUs < other.endUs)
        this.flaws.push(`\`${doing.name}\` was done by ${doing.worker} and ${other.worker} at once`);
    }
  }
}

/** Clocks of two processes are read one after the other. */
const EARLY_MS = 20;
