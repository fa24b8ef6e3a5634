import type { Clock } from '../nouns/clock.ts';

/** A clock that stands still until it is told to move. */
export interface FakeClock extends Clock {
  /** Moves on by `ms`, running every task that becomes due, in order, and what those tasks set off. */
  advance(ms: number): Promise<void>;

  /** Jumps to an instant, also backwards, without running tasks. */
  set(nowMs: number): void;

  /** Tasks that wait. */
  pending(): number;
}

interface Task {
  readonly dueAt: number;
  readonly order: number;
  readonly run: () => void;
}

/** 2026-01-05T12:00:00Z, a Monday. */
const MONDAY_NOON = 1_767_614_400_000;

/** A clock for tests, by default at noon UTC of Monday, 5 January 2026. */
export function fakeClock(startMs: number = MONDAY_NOON): FakeClock {
  let now = startMs;
  let order = 0;
  const tasks = new Set<Task>();
  const nextDue = (untilMs: number): Task | undefined =>
    [...tasks]
      .filter(({ dueAt }) => dueAt <= untilMs)
      .sort((a, b) => a.dueAt - b.dueAt || a.order - b.order)[0];
  return {
    now: () => now,
    after(delayMs, run) {
      const task = { dueAt: now + delayMs, order: order++, run };
      tasks.add(task);
      return () => void tasks.delete(task);
    },
    async advance(ms) {
      const until = now + ms;
      await settled();
      for (let task = nextDue(until); task !== undefined; task = nextDue(until)) {
        tasks.delete(task);
        now = Math.max(now, task.dueAt);
        task.run();
        await settled();
      }
      now = until;
      await settled();
    },
    set: (nowMs) => void (now = nowMs),
    pending: () => tasks.size,
  };
}

/** Lets promises and immediates that are already due run. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}
