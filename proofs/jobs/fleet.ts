import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Random } from '@torii/engine';
import type { Diary } from './diary.ts';
import { type Errand, POISONED_TIMES } from './errand.ts';

const WORKER = fileURLToPath(new URL('worker.js', import.meta.url));

/** Longest that a process may take to close: it waits for one job, and says goodbye to its queue. */
const FAREWELL_MS = 15_000;

interface Member {
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
  fate: 'works' | 'killed' | 'closing';
}

/** Processes that do jobs: whoever ends is followed by another, until they are dismissed. */
export class Fleet {
  readonly #errand: Omit<Errand, 'worker' | 'poisoned'>;
  readonly #diary: Diary;
  readonly #members = new Set<Member>();
  #started = 0;
  #dismissed = false;
  kills = 0;
  closes = 0;
  poisonings = 0;

  constructor(errand: Omit<Errand, 'worker' | 'poisoned'>, diary: Diary) {
    this.#errand = errand;
    this.#diary = diary;
  }

  start(count: number): void {
    for (let started = 0; started < count; started++) this.#spawn();
  }

  /** Kills one of them, or tells it to close. */
  disturb(random: Random): void {
    const working = [...this.#members].filter(({ fate }) => fate === 'works');
    const member = working[random.below(working.length || 1)];
    if (member === undefined) return;
    const isKilled = random.below(3) > 0;
    member.fate = isKilled ? 'killed' : 'closing';
    member.child.kill(isKilled ? 'SIGKILL' : 'SIGTERM');
    if (isKilled) this.kills += 1;
    else this.closes += 1;
  }

  async dismiss(): Promise<void> {
    this.#dismissed = true;
    for (const member of this.#members) {
      if (member.fate === 'works') member.child.kill('SIGTERM');
      member.fate = member.fate === 'works' ? 'closing' : member.fate;
    }
    await Promise.all([...this.#members].map(({ ended }) => ended));
  }

  #spawn(): void {
    const worker = this.#started++;
    const errand: Errand = { ...this.#errand, worker, poisoned: this.poisonings < POISONED_TIMES };
    const flags = ['--disable-warning=ExperimentalWarning'];
    const child = spawn(process.execPath, [...flags, WORKER, JSON.stringify(errand)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const member: Member = { child, fate: 'works', ended: this.#watch(child, worker, () => member) };
    this.#members.add(member);
  }

  async #watch(child: ChildProcess, worker: number, self: () => Member): Promise<void> {
    if (child.stdout === null) throw new Error('expected the output of a worker');
    const reading = createInterface(child.stdout).on('line', (line) => this.#diary.read(line));
    const [[code, signal]] = (await Promise.all([once(child, 'exit'), once(reading, 'close')])) as [
      [number | null, NodeJS.Signals | null],
      unknown,
    ];
    const member = self();
    this.#members.delete(member);
    this.#diary.ended(worker, Number(process.hrtime.bigint() / 1_000n));
    // Nobody killed it but itself.
    if (signal === 'SIGKILL' && member.fate === 'works') this.poisonings += 1;
    if (code !== null && code !== 0) this.#diary.flaws.push(`a worker failed with code ${code}`);
    if (!this.#dismissed) this.#spawn();
  }
}

/** Waits for a fleet to go, for as long as that may take. */
export async function dismissed(fleet: Fleet, diary: Diary): Promise<void> {
  let cancel = (): void => undefined;
  const late = new Promise<'late'>((resolve) => {
    const timer = setTimeout(resolve, FAREWELL_MS, 'late');
    cancel = () => clearTimeout(timer);
  });
  if ((await Promise.race([fleet.dismiss(), late])) === 'late')
    diary.flaws.push(`a worker that was told to stop ran on for ${FAREWELL_MS} ms`);
  cancel();
}
