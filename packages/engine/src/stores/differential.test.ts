import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ToriiError } from '../nouns/errors.ts';
import type { StoreSource } from '../nouns/store.ts';
import { allEntries, type StoreUnderTest } from '../testing/contract/contract-case.ts';
import { type Play, randomPlay } from '../testing/contract/randomly.ts';
import { fakeClock } from '../testing/fake-clock.ts';
import { fakeRandom } from '../testing/fake-random.ts';
import { memoryStore } from './memory/memory-store.ts';
import { sqliteStore } from './sqlite/sqlite-store.ts';

const SEQUENCES = 300;
const STEPS = 40;

const folder = mkdtempSync(join(tmpdir(), 'torii-differential-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function opened(source: StoreSource): Promise<StoreUnderTest> {
  const clock = fakeClock();
  return { store: await source.open({ clock }), clock };
}

async function answerOf(play: Play, tested: StoreUnderTest): Promise<unknown> {
  try {
    return await play(tested);
  } catch (error) {
    return ToriiError.is(error) ? error.code : error;
  }
}

test(`memory and SQLite give equal answers and write equal journals in ${SEQUENCES} random runs`, async () => {
  for (let seed = 1; seed <= SEQUENCES; seed++) {
    const random = fakeRandom(seed);
    const stores = [
      await opened(memoryStore()),
      await opened(sqliteStore(join(folder, `${seed}.db`))),
    ] as const;
    for (let step = 0; step < STEPS; step++) {
      const play = randomPlay(random);
      const answers = await Promise.all(stores.map((tested) => answerOf(play, tested)));
      expect({ seed, step, answer: answers[1] }).toStrictEqual({ seed, step, answer: answers[0] });
    }
    const journals = await Promise.all(stores.map(({ store }) => allEntries(store)));
    expect({ seed, journal: journals[1] }).toStrictEqual({ seed, journal: journals[0] });
    for (const { store } of stores) await store.close();
  }
}, 240_000);
