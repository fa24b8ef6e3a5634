import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Random } from '@torii/engine';
import { fakeRandom } from '@torii/engine/testing';
import { type Result, Violations } from '../suite/result.ts';
import type { Proving } from '../suite/suite.ts';
import type { Errand, Place } from './errand.ts';
import { type Death, isOwnPoint } from './points.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { type Said, unheard, verdict } from './verdict.ts';

const WORKER = fileURLToPath(new URL('worker.js', import.meta.url));

/** Two cores, two lanes. */
const LANES = 2;

/** A worker that hangs is no result. */
const PATIENCE_MS = 30_000;

/** Which processes die, where, and how often. */
export interface Killing {
  readonly named: string;

  /** A new, empty store. */
  readonly place: () => Promise<Place>;
  readonly points: readonly string[];

  /** Deaths per point, one after the other in the same store. */
  readonly times: number;
  readonly broken?: string;
}

/**
 * Kills workers with SIGKILL at every named point. Each next one repeats the calls of the one before it. After every
 * death the journal must be whole and account for all money, hold what was acknowledged, and keep the money of every
 * tool that ran; no tool may run twice. In the end every event must have reached its webhook.
 */
export async function kills(killing: Killing, { progress }: Proving): Promise<Result> {
  const found = new Violations();
  const tried = { deaths: 0, survivors: 0, calls: 0 };
  const of = killing.points.length * killing.times;
  const queue = killing.points.map((point, index) => ({ point, seed: index + 1 }));
  const lane = async (): Promise<void> => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
      const { point } = one;
      const life = new Lives(killing, await killing.place(), fakeRandom(one.seed));
      await life.die(point, () => progress.step(++tried.deaths, of, 'deaths'));
      for (const flaw of life.flaws) found.add(`killed at \`${point}\`: ${flaw}`);
      tried.survivors += life.survivors;
      tried.calls += life.calls;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const { named } = killing;
  return {
    tried: {
      [`points, ${named}`]: killing.points.length,
      [`kill -9, ${named}`]: tried.deaths - tried.survivors,
      [`calls carried out, ${named}`]: tried.calls,
    },
    violations: found.list(),
  };
}

/** Processes that follow each other on one store. */
class Lives {
  readonly flaws: string[] = [];
  readonly #said: Said[] = [];
  survivors = 0;

  constructor(
    readonly killing: Killing,
    readonly place: Place,
    readonly random: Random,
  ) {}

  get calls(): number {
    return this.#said.filter(({ word }) => word === 'effect').length;
  }

  async die(point: string, died: () => void): Promise<void> {
    const receiver = await startReceiver();
    try {
      for (let time = 0; time < this.killing.times; time++) {
        await this.#live(receiver, time, this.#death(point));
        died();
        this.flaws.push(...(await verdict(this.place, this.#said)));
        if (this.flaws.length > 0) return;
      }
      await this.#live(receiver, this.killing.times, undefined);
      this.flaws.push(
        ...(await verdict(this.place, this.#said)),
        ...(await unheard(this.place, receiver.heard)),
      );
    } finally {
      await receiver.close();
    }
  }

  #death(point: string): Death {
    const afterMs = point.startsWith('during') ? this.random.below(4) : 0;
    return { point, nth: 1 + this.random.below(3), afterMs };
  }

  async #live(receiver: Receiver, time: number, death: Death | undefined): Promise<void> {
    const errand: Errand = {
      store: this.place,
      death: death !== undefined && isOwnPoint(death.point) ? death : undefined,
      run: `run${time}`,
      again: time === 0 ? [] : [`run${time - 1}`],
      webhook: receiver.url,
      broken: this.killing.broken,
    };
    const child = spawn(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', WORKER, JSON.stringify(errand)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    if (death !== undefined && !isOwnPoint(death.point)) {
      const what = death.point === 'webhook arrived' ? 'arrived' : 'answered';
      receiver.expect(what, death.nth, () => child.kill('SIGKILL'));
    }
    await this.#listen(child, death);
  }

  async #listen(child: ChildProcess, death: Death | undefined): Promise<void> {
    if (child.stdout === null) throw new Error('expected the output of the worker');
    const patience = setTimeout(() => {
      this.flaws.push('a worker did not come to its end');
      child.kill('SIGKILL');
    }, PATIENCE_MS);
    let finished = false;
    const reading = createInterface(child.stdout).on('line', (line) => {
      const [word = '', name = '', callId = '-'] = line.split(' ');
      if (word === 'finished') finished = true;
      else this.#said.push({ word, name, callId });
    });
    const [[code]] = (await Promise.all([once(child, 'exit'), once(reading, 'close')])) as [
      [number | null],
      unknown,
    ];
    clearTimeout(patience);
    if (finished && death !== undefined) this.survivors += 1;
    if (code !== null && code !== 0) throw new Error(`a worker failed with code ${code}`);
    if (!finished && death === undefined) this.flaws.push('the last worker did not finish its calls');
  }
}
