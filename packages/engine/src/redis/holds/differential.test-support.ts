import type { Random } from '../../nouns/random.ts';
import type { PromisedStore } from '../../nouns/store.ts';
import { allEntries, promising, type StoreUnderTest } from '../../testing/contract/contract-case.ts';
import { type Play, randomPlay } from '../../testing/contract/randomly.ts';
import { fakeClock } from '../../testing/fake-clock.ts';
import { fakeRandom } from '../../testing/fake-random.ts';
import { memoryStore } from '../../stores/memory/memory-store.ts';
import { ToriiError } from '../../nouns/errors.ts';
import { approvalsOf } from '../people/approvals.ts';
import { unavailable } from '../connection/failures.ts';
import { holdsOf } from './holds.ts';
import { journalOf } from '../journal/journal.ts';
import { FieldNames } from '../keys.ts';
import { outboxOf } from '../journal/outbox.ts';
import { revisionsOf } from '../people/revisions.ts';
import { revocationsOf } from '../people/revocations.ts';
import type { ScriptClient, Slot } from '../script.ts';
import { sessionsOf } from '../people/sessions.ts';
import type { SlotLab } from '../slot.test-support.ts';

/** A store of one slot, without anything around it: no connection of its own, no repeats, no other tenants. */
export function slotStore(slot: Slot): PromisedStore {
  const names = new FieldNames();
  let closed = false;
  const open: Slot = {
    ...slot,
    ready: () => (closed ? Promise.reject(unavailable('the store is closed')) : undefined),
  };
  const store: PromisedStore = {
    ...holdsOf(open, names),
    ...journalOf(open, names),
    ...approvalsOf(open, names),
    ...sessionsOf(open, names),
    ...revocationsOf(open, names),
    ...revisionsOf(open),
    ...outboxOf(open, names),
    drain: () => Promise.resolve(),
    tenant: undefined,
    of: () => store,
    all: () => Promise.resolve([store]),
    async close() {
      closed = true;
    },
  };
  return store;
}

/** Where two stores differed. */
export interface Difference {
  readonly seed: number;

  /** Which step of the sequence, from 0; `journal` once all were played. */
  readonly step: number | 'journal';
  readonly memory: unknown;
  readonly redis: unknown;
}

/** Which sequences to play, and how. */
export interface Sequences {
  readonly seeds: Iterable<number>;
  readonly steps: number;

  /** Compares an answer of both, and throws or answers false where they differ. */
  readonly isSame: (redis: unknown, memory: unknown) => boolean;

  /** Draws a step. @default one of the contract's random runs */
  readonly plays?: (random: Random) => Play;

  /** Another client than the one of the lab, which changes what is asked. */
  readonly through?: ScriptClient;
}

/** Plays random sequences of operations on memory and on Redis, until the first answer that differs. */
export async function firstDifference(
  lab: SlotLab,
  { seeds, steps, isSame, plays = randomPlay, through }: Sequences,
): Promise<Difference | undefined> {
  for (const seed of seeds) {
    const random = fakeRandom(seed);
    const [memory, redis] = [await inMemory(), await inRedis(lab, through)];
    for (let step = 0; step < steps; step++) {
      const play = plays(random);
      const [expected, told] = [await answerOf(play, memory), await answerOf(play, redis)];
      if (!isSame(told, expected)) return { seed, step, memory: expected, redis: told };
    }
    const [expected, told] = [await allEntries(memory.store), await allEntries(redis.store)];
    if (!isSame(told, expected)) return { seed, step: 'journal', memory: expected, redis: told };
  }
  return undefined;
}

async function inMemory(): Promise<StoreUnderTest> {
  const clock = fakeClock();
  return { store: await memoryStore().open({ clock }), clock };
}

async function inRedis(lab: SlotLab, through: ScriptClient | undefined): Promise<StoreUnderTest> {
  const clock = fakeClock();
  return { store: slotStore(await lab.slot(() => clock.now(), through)), clock };
}

async function answerOf(play: Play, tested: StoreUnderTest): Promise<unknown> {
  try {
    return await play(promising(tested));
  } catch (error) {
    return ToriiError.is(error) ? { code: error.code, message: error.message } : error;
  }
}
