import type { Clock } from '../nouns/clock.ts';

/** One task that waits for its time. */
export interface Alarm {
  /** Runs the task at `atMs`, unless it is to run earlier already. */
  set(atMs: number): void;
  cancel(): void;
}

/** An alarm that runs `task`, which must not throw. */
export function alarmOf(clock: Clock, task: () => void): Alarm {
  let pending: { readonly atMs: number; readonly cancel: () => void } | undefined;
  const cancel = (): void => {
    pending?.cancel();
    pending = undefined;
  };
  return {
    cancel,
    set(atMs) {
      if (pending !== undefined && pending.atMs <= atMs) return;
      cancel();
      const run = (): void => {
        pending = undefined;
        task();
      };
      pending = { atMs, cancel: clock.after(Math.max(0, atMs - clock.now()), run) };
    },
  };
}
