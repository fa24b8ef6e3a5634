/** The only source of time in the engine. Inject another to test without waiting. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z, a whole number. */
  now(): number;

  /**
   * Runs `task` once after `delayMs`. The returned function cancels it. A pending task keeps the process alive only if
   * somebody waits for it.
   */
  after(delayMs: number, task: () => void, waited?: 'somebody waits'): () => void;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, task, waited) {
    const timer = setTimeout(task, delayMs);
    if (waited === undefined) timer.unref();
    return () => clearTimeout(timer);
  },
};
