import * as timers from 'node:timers';
import { systemClock } from '../nouns/clock.ts';

/**
 * The turns of the event loop and the patience of the store, taken from the machine and not from the engine's clock:
 * it waits for a disk and for other processes, and a clock that a test holds still would leave it waiting for ever.
 * Nothing of this time is decided on or recorded.
 */
export function nextTurn(task: () => void): void {
  timers.setImmediate(task);
}

/** Runs `task` after real milliseconds. It keeps the process alive, because somebody waits for the answer. */
export function later(milliseconds: number, task: () => void): void {
  timers.setTimeout(task, milliseconds);
}

/** Resolves after real milliseconds. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => later(milliseconds, resolve));
}

/** Real milliseconds, only to measure how long something was waited for. */
export function elapsed(): number {
  return systemClock.now();
}
