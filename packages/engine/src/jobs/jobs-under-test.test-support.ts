import type { Clock } from '../nouns/clock.ts';
import type { Jobs, JobsSource } from '../nouns/jobs.ts';
import { type FakeClock, fakeClock } from '../testing/fake-clock.ts';
import { fakeRandom } from '../testing/fake-random.ts';
import type { JobsUnderTest } from '../testing/jobs-contract.ts';

/** Longer than any lease, in steps. */
const STEPS = 2_000;
const STEP_MS = 50;

/** A queue on a clock that the test moves. Each opening is a process, with a clock that stops when it is killed. */
export function embeddedUnderTest(source: JobsSource, clock: FakeClock = fakeClock()): JobsUnderTest {
  const opened = new Map<Jobs, () => void>();
  let seed = 0;
  return {
    clock,
    async open() {
      const { mortal, stop } = mortalClock(clock);
      const jobs = await source.open({ clock: mortal, random: fakeRandom(++seed), onError: () => undefined });
      opened.set(jobs, stop);
      return jobs;
    },
    kill: async (jobs) => {
      opened.get(jobs)?.();
      opened.delete(jobs);
    },
    async until(condition) {
      for (let step = 0; step < STEPS; step++) {
        if (await condition()) return;
        await clock.advance(STEP_MS);
      }
      throw new Error('expected it to come about in time');
    },
    close: async () => void (await Promise.all([...opened.keys()].map((jobs) => jobs.close()))),
  };
}

function mortalClock(clock: Clock): { readonly mortal: Clock; readonly stop: () => void } {
  let alive = true;
  return {
    mortal: {
      now: () => clock.now(),
      after: (delayMs, task) => clock.after(delayMs, () => (alive ? task() : undefined)),
    },
    stop: () => {
      alive = false;
    },
  };
}
