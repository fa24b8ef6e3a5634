import type { Random, Store, StoreSource } from '@torii/engine';
import { type FakeClock, fakeClock, fakeRandom } from '@torii/engine/testing';
import { Wire } from '../overspend/wire.ts';
import { auditFlaws, entriesAfter, lastSeq } from '../suite/journal.ts';
import { pause } from '../suite/pause.ts';
import { type Result, Violations } from '../suite/result.ts';
import { withServer, withStores } from '../suite/servers.ts';
import type { Proving } from '../suite/suite.ts';
import { flawsOf } from './judge.ts';
import { moveAtRandom, type Told } from './moves.ts';
import { ask, entriesOf, type Question, questionOf, standingOf } from './question.ts';

/** Makes a store worse; `pause` lets others go on in between. */
export type Breaking = (store: Store, pause: () => Promise<void>) => Store;

const CLIENTS = 5;
const MOVES = 3;
const HOUR_MS = 3_600_000;
const PER_STORE = 100;

/** How many questions are raced for, and with what. */
export interface Racing {
  readonly named: string;
  readonly source: () => StoreSource;
  readonly schedules: number;
  readonly breaking?: Breaking;
}

/** Random schedules in one process: messages overtake each other, and time passes in between. */
export async function race(racing: Racing, { progress }: Proving): Promise<Result> {
  const { named, source, schedules, breaking = (sound) => sound } = racing;
  const found = new Violations();
  const ends = new Map<string, number>();
  for (let done = 0; done < schedules && found.count === 0; done += PER_STORE) {
    const clock = fakeClock();
    const store = await source().open({ clock });
    for (let seed = done; seed < Math.min(done + PER_STORE, schedules); seed++) {
      const random = fakeRandom(seed + 1);
      const wire = new Wire(random);
      const asked = breaking(store, wire.pass);
      const question = questionOf(String(seed), random, HOUR_MS);
      const before = await lastSeq(store);
      await ask(store, question);
      const told: Told[] = [];
      const client = async (): Promise<void> => {
        for (let move = 0; move < MOVES; move++) {
          if (random.below(6) === 0) clock.set(clock.now() + random.below(HOUR_MS));
          await wire.pass();
          told.push(await moveAtRandom(asked, question, random));
        }
      };
      await wire.deliver(Array.from({ length: CLIENTS }, client));
      await letExpire(store, clock);
      const entries = entriesOf(await entriesAfter(store, before), question);
      const standing = await standingOf(store, question);
      for (const flaw of flawsOf({ question, told, entries, standing }))
        found.add(`schedule ${seed}: ${flaw}`);
      count(ends, standing.approval?.status ?? 'unknown');
      progress.step(seed + 1, schedules, 'schedules');
    }
    for (const flaw of await auditFlaws(store)) found.add(flaw);
    await store.close();
  }
  return {
    tried: { [`schedules, ${named}`]: schedules },
    counted: counted(named, ends),
    violations: found.list(),
  };
}

/** What nobody decided runs out of time. What runs has a day. */
async function letExpire(store: Store, clock: FakeClock): Promise<void> {
  clock.set(clock.now() + 2 * HOUR_MS);
  await store.expire(100);
}

const CONNECTIONS = 4;
const LANES = 4;

/** Longest that a question waits on a real server, whose clock nobody turns: about as long as its clients take. */
const SHORT_MS = 12;

/** Random schedules of several connections to one Redis, with nothing but the server between them. */
export function raceOnRedis(
  { schedules, breaking = (sound) => sound }: { readonly schedules: number; readonly breaking?: Breaking },
  { progress }: Proving,
): Promise<Result> {
  const found = new Violations();
  const ends = new Map<string, number>();
  let [next, done] = [0, 0];
  return withServer(({ url }) =>
    withStores({ url, count: CONNECTIONS }, async (stores, first) => {
      const lane = async (tenant: string): Promise<void> => {
        const sound = first.of(tenant);
        const asked = stores.map((store) => breaking(store.of(tenant), nextTurn));
        for (let seed = next++; seed < schedules && found.count === 0; seed = next++) {
          const { flaws, status } = await raceOnce({ sound, asked }, seed);
          for (const flaw of flaws) found.add(`schedule ${seed}: ${flaw}`);
          count(ends, status);
          progress.step(++done, schedules, 'schedules');
        }
        for (const flaw of await auditFlaws(sound)) found.add(flaw);
      };
      await Promise.all(Array.from({ length: LANES }, (_, index) => lane(`lane-${index}`)));
      return {
        tried: { 'schedules, Redis': done },
        counted: counted('Redis', ends),
        violations: found.list(),
      };
    }),
  );
}

interface Table {
  readonly sound: Store;
  readonly asked: readonly Store[];
}

async function raceOnce(
  { sound, asked }: Table,
  seed: number,
): Promise<{ readonly flaws: readonly string[]; readonly status: string }> {
  const question = questionOf(String(seed), fakeRandom(seed + 1), SHORT_MS);
  const before = await lastSeq(sound);
  await ask(sound, question);
  const told: Told[] = [];
  const client = async (store: Store, random: Random): Promise<void> => {
    for (let move = 0; move < MOVES; move++) told.push(await moveAtRandom(store, question, random));
  };
  await Promise.all(asked.map((store, index) => client(store, fakeRandom(seed * CONNECTIONS + index + 1))));
  await overAtLast(sound, question);
  const entries = entriesOf(await entriesAfter(sound, before), question);
  const standing = await standingOf(sound, question);
  return {
    flaws: flawsOf({ question, told, entries, standing }),
    status: standing.approval?.status ?? 'unknown',
  };
}

/** Waits until the time of a question that nobody ended is up. */
async function overAtLast(store: Store, question: Question): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    await store.expire(100);
    const { state } = await standingOf(store, question);
    if (state !== 'waiting') return;
    await pause(2);
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function count(ends: Map<string, number>, status: string): void {
  ends.set(status, (ends.get(status) ?? 0) + 1);
}

function counted(named: string, ends: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  return Object.fromEntries(
    [...ends]
      .sort(([one], [other]) => one.localeCompare(other))
      .map(([status, times]) => [`${status}, ${named}`, times]),
  );
}
