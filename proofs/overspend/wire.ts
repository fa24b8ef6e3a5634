import type { Random } from '@torii/engine';

/**
 * The network between clients and a store, in one process: whoever sends waits here until chance lets the message
 * through. The same seed lets them through in the same order.
 */
export class Wire {
  readonly #random: Random;
  readonly #waiting: (() => void)[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** Resolves when the message has arrived. */
  readonly pass = (): Promise<void> => new Promise((resolve) => void this.#waiting.push(resolve));

  /** Delivers until everybody is done. */
  async deliver(everybody: readonly Promise<void>[]): Promise<void> {
    let done = false;
    const all = Promise.all(everybody).finally(() => (done = true));
    // What went wrong is told below.
    all.catch(() => undefined);
    while (!done) {
      const [next] = this.#waiting.splice(this.#random.below(this.#waiting.length), 1);
      next?.();
      await settled();
    }
    await all;
  }
}

/** Lets everything go on that waits for nothing but its turn. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
