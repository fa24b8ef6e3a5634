import {
  createEngine,
  embeddedJobs,
  type Engine,
  type JobsSource,
  type Store,
  type StoreSource,
} from '@torii/engine';
import { type FakeClock, fakeClock, fakeRandom } from '@torii/engine/testing';
import { AGENT } from '../suite/asking.ts';
import { pause } from '../suite/pause.ts';
import type { MoodName } from './moods.ts';
import { issuer, policy, type Questions, questionsTo } from './questions.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import type { Secrets } from './verified.ts';

/** Makes a store worse. */
export type Breaking = (store: Store) => Store;

/** An endpoint of the options. */
export interface Told {
  readonly id: string;
  readonly secret: string | readonly [string, string];
  readonly events?: readonly (
    'approval.created' | 'webhook.gave_up' | 'webhook.endpoint_disabled' | 'circuit.opened' | 'circuit.closed'
  )[];
}

/** What a world is made of. */
export interface WorldOptions {
  readonly source: StoreSource;
  readonly seed: number;
  readonly endpoints: readonly Told[];
  readonly moodOf: (endpoint: string) => MoodName;
  readonly breaking?: Breaking | undefined;
}

/** A real engine and a real receiver, on a clock that moves only when both have nothing to do. */
export interface World {
  readonly engine: Engine;
  readonly clock: FakeClock;
  readonly receiver: Receiver;
  readonly questions: Questions;

  /** The sound store of the tenant whose journal it is. */
  readonly store: Store;
  readonly secretsOf: (endpoint: string) => Secrets;

  /** Questions with tokens that are valid now: they last a day. */
  renewed(): Promise<Questions>;

  /** Lets everything happen that can happen now. */
  settle(): Promise<void>;

  /** Lets time pass at once, and then everything happen. */
  pass(ms: number): Promise<void>;

  /** Lets time pass until nothing is queued any more, or for so long at most. Answers whether that was reached. */
  drive(atMostMs?: number): Promise<boolean>;
}

const COLLECTED_MS = 100;
const RECONCILED_MS = 61_000;
const HOUR_MS = 3_600_000;
const LONGEST_MS = 60 * 24 * HOUR_MS;

/** What answers late is given so much time at once, so that its answer comes before its time is up. */
const HELD_STEP_MS = 2_100;
const STALLED_MOST_MS = 600_000;

/** Builds a world, lends it, and takes it down whatever happens. */
export async function withWorld<T>(options: WorldOptions, use: (world: World) => Promise<T>): Promise<T> {
  const clock = fakeClock(Date.now());
  const receiver = await startReceiver(clock, options.moodOf);
  const counting = countingJobs();
  let sound: Store | undefined;
  const { source, breaking = (store: Store): Store => store } = options;
  const engine = await createEngine({
    policies: [policy],
    store: {
      async open(context) {
        sound = await source.open(context);
        return breaking(sound);
      },
    },
    identity: { issuers: [issuer] },
    egress: { allow: ['127.0.0.1'] },
    webhooks: options.endpoints.map((told) => ({ ...told, url: receiver.urlOf(told.id) })),
    jobs: counting.source,
    storeTimeoutMs: HOUR_MS,
    clock,
    random: fakeRandom(options.seed),
  });
  try {
    if (sound === undefined) throw new Error('expected an open store');
    const store = sound.of(AGENT.tenant);
    const questions = await questionsTo(engine, clock);
    const given = new Map(options.endpoints.map(({ id, secret }) => [id, secret]));
    const secretsOf = (id: string): Secrets => {
      const secret = given.get(id) ?? '';
      return typeof secret === 'string' ? [secret] : secret;
    };
    const time = timeOf({ clock, receiver, store, running: () => counting.running() });
    const renewed = (): Promise<Questions> => questionsTo(engine, clock);
    return await use({ engine, clock, receiver, store, questions, renewed, secretsOf, ...time });
  } finally {
    const closing = engine.close();
    await untilOver(closing, clock);
    await receiver.close();
  }
}

/** Closing waits on a clock that somebody has to move. */
async function untilOver(work: Promise<void>, clock: FakeClock): Promise<void> {
  let over = false;
  const ended = work.finally(() => (over = true));
  for (let tries = 0; !over && tries < 1_000; tries++) {
    await clock.advance(tries < 100 ? 0 : 100);
    await pause(1);
  }
  await ended;
}

interface Counting {
  readonly source: JobsSource;
  running(): number;
}

/** The embedded queue, and how many of its jobs are being done. */
function countingJobs(): Counting {
  let running = 0;
  const source: JobsSource = {
    async open(context) {
      const jobs = await embeddedJobs().open(context);
      return {
        put: (some) => jobs.put(some),
        revive: (some) => jobs.revive(some),
        close: () => jobs.close(),
        work: (handler) =>
          jobs.work(async (job, signal) => {
            running += 1;
            try {
              return await handler(job, signal);
            } finally {
              running -= 1;
            }
          }),
      };
    },
  };
  return { source, running: () => running };
}

interface Timed {
  readonly clock: FakeClock;
  readonly receiver: Receiver;
  readonly store: Store;
  readonly running: () => number;
}

/** Looks that say the same in a row before it counts as quiet; more where somebody is kept waiting. */
const CALM = 3;
const CALM_HELD = 8;
const LOOKS = 5_000;

function timeOf(timed: Timed): Pick<World, 'settle' | 'pass' | 'drive'> {
  const { clock, receiver, store, running } = timed;
  const settle = async (): Promise<void> => {
    let [calm, last] = [0, ''];
    for (let looks = 0; looks < LOOKS; looks++) {
      await clock.advance(0);
      await pause(1);
      const seen = `${running()} ${receiver.requests.length} ${receiver.held}`;
      const still = seen === last && (running() === 0 || receiver.held > 0);
      calm = still ? calm + 1 : 0;
      last = seen;
      if (calm >= (running() === 0 ? CALM : CALM_HELD)) return;
    }
    throw new Error(`expected quiet; running, received and held are ${last}`);
  };
  const pass = async (ms: number): Promise<void> => {
    clock.set(clock.now() + ms);
    await settle();
  };
  const drive = async (atMostMs = LONGEST_MS): Promise<boolean> => {
    const until = clock.now() + atMostMs;
    await pass(COLLECTED_MS);
    for (let [stalls, idle] = [0, 0]; clock.now() < until;) {
      const due = await store.nextDue();
      idle = due === undefined ? idle + 1 : 0;
      if (idle > 2) return true;
      const before = receiver.requests.length;
      await pass(stepOf({ due, held: receiver.held, stalls, now: clock.now() }));
      stalls = receiver.requests.length === before ? stalls + 1 : 0;
    }
    return false;
  };
  return { settle, pass, drive };
}

interface Stand {
  readonly due: number | undefined;
  readonly held: number;
  readonly stalls: number;
  readonly now: number;
}

/** How far to the next thing that happens. What is due and stays so waits for room or for its circuit. */
function stepOf({ due, held, stalls, now }: Stand): number {
  if (held > 0) return HELD_STEP_MS;
  if (due === undefined) return RECONCILED_MS;
  if (due > now) return due - now;
  return Math.min(1_000 * 2 ** stalls, STALLED_MOST_MS);
}
