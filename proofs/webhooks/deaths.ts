import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, type Random, sqliteStore, systemClock } from '@torii/engine';
import { fakeRandom } from '@torii/engine/testing';
import { type Death, isOwnPoint } from '../crash/points.ts';
import { AGENT } from '../suite/asking.ts';
import { type Result, Violations } from '../suite/result.ts';
import type { Proving } from '../suite/suite.ts';
import { type Errand, SECRETS } from './errand.ts';
import { isApproval, messageFlaws } from './judge.ts';
import { startReceiver } from './receiver.ts';

const WORKER = fileURLToPath(new URL('worker.js', import.meta.url));
const LANES = 2;
const PATIENCE_MS = 40_000;

/** Longer than a lease of the queue, and than what reconciliation waits for. */
const AHEAD_MS = 70_000;

/** Which processes die, where, and how often each. */
export interface Dying {
  readonly folder: string;
  readonly points: readonly string[];
  readonly times: number;
  readonly broken?: true;
}

let places = 0;

/**
 * Kills processes with SIGKILL on the way from the journal to the endpoints, with the store and the queue of jobs in
 * files. Another goes on where each of them died; the last one lives. In the end every endpoint has been told of every
 * event, under one id and with the same bytes.
 */
export async function deaths(dying: Dying, { progress }: Proving): Promise<Result> {
  const found = new Violations();
  const tried = { deaths: 0, survivors: 0, requests: 0, again: 0 };
  const queue = dying.points.map((point, index) => ({ point, random: fakeRandom(index + 1) }));
  const of = queue.length * dying.times;
  const lane = async (): Promise<void> => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
      const { point } = one;
      const lives = await liveAndDie(dying, one, () => progress.step(++tried.deaths, of, 'deaths'));
      for (const flaw of lives.flaws) found.add(`killed at \`${point}\`: ${flaw}`);
      tried.survivors += lives.survivors;
      tried.requests += lives.requests;
      tried.again += lives.requests - lives.messages;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return {
    tried: {
      'points on the way': dying.points.length,
      'kill -9 on the way': tried.deaths - tried.survivors,
      'requests around deaths': tried.requests,
    },
    violations: found.list(),
    counted: { 'sent again after a death': tried.again },
  };
}

interface Lives {
  readonly flaws: readonly string[];
  readonly survivors: number;
  readonly requests: number;
  readonly messages: number;
}

async function liveAndDie(
  { folder, times, broken }: Dying,
  { point, random }: { readonly point: string; readonly random: Random },
  died: () => void,
): Promise<Lives> {
  let aheadMs = 0;
  let [expected, toKill] = [0, (): void => undefined];
  const clock: Clock = { ...systemClock, now: () => Date.now() + aheadMs };
  const receiver = await startReceiver(
    clock,
    () => 'well',
    (what) => {
      if (point !== `webhook ${what}`) return;
      expected -= 1;
      if (expected === 0) toKill();
    },
  );
  const place = join(folder, `webhooks-${places++}`);
  const urls = Object.fromEntries(Object.keys(SECRETS).map((id) => [id, receiver.urlOf(id)]));
  const flaws: string[] = [];
  let survivors = 0;
  try {
    for (let time = 0; time <= times; time++) {
      const death = time === times ? undefined : deathAt(point, random);
      const own = death !== undefined && isOwnPoint(death.point) ? death : undefined;
      const files = { store: `${place}.db`, jobs: `${place}-jobs.db` };
      const child = new Child({
        ...files,
        death: own,
        run: `run${time}`,
        urls,
        aheadMs,
        broken: broken ?? false,
      });
      [expected, toKill] = [death?.nth ?? 0, () => child.kill()];
      const finished = await child.end();
      if (finished && death !== undefined) survivors += 1;
      if (!finished && death === undefined) flaws.push('the last process did not finish');
      if (death !== undefined) died();
      // What the dead process has sent arrives in its time, not in that of the next one.
      await receiver.hungUp();
      aheadMs += AHEAD_MS;
    }
    const opened = await sqliteStore(`${place}.db`).open({ clock });
    const secretsOf = (id: string): [string] => [SECRETS[id] ?? ''];
    const wanted = new Map(Object.keys(SECRETS).map((id) => [id, isApproval]));
    const heard = { store: opened.of(AGENT.tenant), receiver, secretsOf, wanted, mayRepeat: true };
    flaws.push(...(await messageFlaws(heard)));
    await opened.close();
  } finally {
    await receiver.close();
  }
  const messages = new Set(receiver.requests.map(({ endpoint, id }) => `${endpoint} ${id}`));
  return { flaws, survivors, requests: receiver.requests.length, messages: messages.size };
}

function deathAt(point: string, random: Random): Death {
  const afterMs = point.startsWith('during') ? random.below(4) : 0;
  return { point, nth: 1 + random.below(3), afterMs };
}

/** One process. */
class Child {
  readonly #process;
  #said = '';

  constructor(errand: Errand) {
    const flags = ['--disable-warning=ExperimentalWarning'];
    this.#process = spawn(process.execPath, [...flags, WORKER, JSON.stringify(errand)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#process.stdout.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  /** Whether it finished what it was told to do. */
  async end(): Promise<boolean> {
    const patience = setTimeout(() => this.kill(), PATIENCE_MS);
    const [code] = (await once(this.#process, 'close')) as [number | null];
    clearTimeout(patience);
    if (code !== null && code !== 0) throw new Error(`a process failed with code ${code}`);
    return this.#said.includes('finished');
  }
}
