import type { Entry, Random, Store, StoreSource } from '@torii/engine';
import { type FakeClock, fakeClock, fakeRandom } from '@torii/engine/testing';
import type { Operation } from '../model/operation.ts';
import { Recorder } from '../model/recorder.ts';
import { replay } from '../model/replay.ts';
import { auditFlaws, entriesAfter, lastSeq } from '../suite/journal.ts';
import { type Result, Violations } from '../suite/result.ts';
import type { Proving } from '../suite/suite.ts';
import { randomOperation } from './random-operation.ts';
import { Wire } from './wire.ts';

/** Makes a store worse; `pause` lets others go on in between. */
export type Breaking = (store: Store, pause: () => Promise<void>) => Store;

/** Which store is played with, how often, and whether time passes. */
export interface Playing {
  readonly named: string;
  readonly source: () => StoreSource;
  readonly schedules: number;
  readonly breaking?: Breaking;

  /** Only where a step happens at once: a store that waits for a disk would be late for its own clock. */
  readonly timePasses?: boolean;
}

const CLIENTS = 4;
const QUESTIONS = 6;
const HOUR_MS = 3_600_000;

/** Schedules that share a store, before it is audited and thrown away. */
const PER_STORE = 100;

/**
 * Random schedules: four clients ask at random, messages overtake each other, arrive twice or lose their answer. Every
 * answer must be what the model says at its version, and every budget what the journal adds up to.
 */
export async function playSchedules(playing: Playing, { progress }: Proving): Promise<Result> {
  const found = new Violations();
  let steps = 0;
  for (let done = 0; done < playing.schedules && found.count === 0; done += PER_STORE) {
    const clock = fakeClock();
    const store = await playing.source().open({ clock });
    for (let seed = done; seed < Math.min(done + PER_STORE, playing.schedules); seed++) {
      const played = await playOne({ store, clock, seed }, playing);
      steps += played.steps;
      for (const flaw of played.flaws) found.add(`schedule ${seed}: ${flaw}`);
      progress.step(seed + 1, playing.schedules, 'schedules');
    }
    for (const flaw of await auditFlaws(store)) found.add(flaw);
    await store.close();
  }
  return {
    tried: { [`schedules, ${playing.named}`]: playing.schedules, [`questions, ${playing.named}`]: steps },
    violations: found.list(),
  };
}

interface Table {
  readonly store: Store;
  readonly clock: FakeClock;
  readonly seed: number;
}

async function playOne(
  { store, clock, seed }: Table,
  { breaking = (sound) => sound, timePasses = false }: Playing,
): Promise<{ readonly steps: number; readonly flaws: readonly string[] }> {
  const random = fakeRandom(seed + 1);
  const wire = new Wire(random);
  const record = new Recorder();
  const asked = breaking(store, wire.pass);
  const names = { prefix: `s${seed}-`, agent: `bot-${seed}` };
  const before = await lastSeq(store);
  const client = async (): Promise<void> => {
    for (let question = 0; question < QUESTIONS; question++) {
      if (timePasses && random.below(4) === 0) clock.set(clock.now() + random.below(HOUR_MS));
      const operation = randomOperation(random, names, {
        ttlMs: timePasses ? 1 + random.below(HOUR_MS) : 30 * HOUR_MS,
      });
      await send(operation, { wire, record, random, store: asked });
    }
  };
  await wire.deliver(Array.from({ length: CLIENTS }, client));
  // What is left runs out of time, so that the next schedule finds nothing to expire.
  if (timePasses) clock.set(clock.now() + HOUR_MS);
  await record.ask(asked, { kind: 'expire' });
  const entries: readonly Entry[] = await entriesAfter(store, before);
  return { steps: record.history.length, flaws: replay(record.history, entries) };
}

interface Sending {
  readonly wire: Wire;
  readonly record: Recorder;
  readonly store: Store;
  readonly random: Random;
}

/** Now and then the network delivers twice, or a client that heard nothing asks again. */
async function send(operation: Operation, sending: Sending): Promise<void> {
  const { wire, record, random, store } = sending;
  await wire.pass();
  const twice = random.below(8) === 0;
  const first = record.ask(store, operation);
  const second = twice ? wire.pass().then(() => record.ask(store, operation)) : undefined;
  await first;
  await wire.pass();
  if (random.below(10) === 0) await send(operation, sending);
  await second;
}
