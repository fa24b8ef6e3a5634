import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ToriiError } from '../nouns/errors.ts';
import type { Random } from '../nouns/random.ts';
import type { StoreSource } from '../nouns/store.ts';
import { allEntries, promising, type StoreUnderTest } from '../testing/contract/contract-case.ts';
import { randomAttemptsPlay } from './random-attempts.test-support.ts';
import { randomOutboxRun } from '../testing/contract/random-outbox.ts';
import { type Play, randomPlay } from '../testing/contract/randomly.ts';
import { fakeClock } from '../testing/fake-clock.ts';
import { fakeRandom } from '../testing/fake-random.ts';
import { memoryStore } from './memory/memory-store.ts';
import { sqliteStore } from './sqlite/sqlite-store.ts';

const STEPS = 40;

const folder = mkdtempSync(join(tmpdir(), 'torii-differential-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function opened(source: StoreSource): Promise<StoreUnderTest> {
  const clock = fakeClock();
  return { store: await source.open({ clock }), clock };
}

async function answerOf(play: Play, tested: StoreUnderTest): Promise<unknown> {
  try {
    return await play(promising(tested));
  } catch (error) {
    return ToriiError.is(error) ? error.code : error;
  }
}

test.each`
  steps                   | plays                 | sequences
  ${'any kind'}           | ${randomPlay}         | ${150}
  ${'steps of an outbox'} | ${randomOutboxRun}    | ${80}
  ${'steps of attempts'}  | ${randomAttemptsPlay} | ${80}
`(
  'memory and SQLite give equal answers and write equal journals in $sequences random runs, $steps',
  async ({ steps, plays, sequences }: Played) => {
    for (let seed = 1; seed <= sequences; seed++) {
      const random = fakeRandom(seed);
      const stores = [
        await opened(memoryStore()),
        await opened(sqliteStore(join(folder, `${steps} ${seed}.db`))),
      ] as const;
      for (let step = 0; step < STEPS; step++) {
        const play = plays(random);
        const answers = await Promise.all(stores.map((tested) => answerOf(play, tested)));
        expect({ seed, step, answer: answers[1] }).toStrictEqual({ seed, step, answer: answers[0] });
      }
      const journals = await Promise.all(stores.map(({ store }) => allEntries(store)));
      expect({ seed, journal: journals[1] }).toStrictEqual({ seed, journal: journals[0] });
      for (const { store } of stores) await store.close();
    }
  },
  240_000,
);

interface Played {
  readonly steps: string;
  readonly plays: (random: Random) => Play;
  readonly sequences: number;
}
