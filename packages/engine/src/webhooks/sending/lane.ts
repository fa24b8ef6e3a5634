import type { Clock } from '../../nouns/clock.ts';
import type { Random } from '../../nouns/random.ts';

const AT_ONCE = 8;
const QUEUE = 64;

/** A request that takes longer makes its lane a slow one. */
const QUICK_MS = 250;
const LATER_MS = 1_000;
const LATEST_MS = 30_000;

/**
 * The way to one endpoint: eight requests at once. While they are quick, a few dozen more wait their turn; once they are
 * not, whoever comes is sent away until later, so that a slow endpoint holds up nobody but itself.
 */
export class Lane {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #running = new Set<{ readonly since: number }>();

  /** How many run or are about to. */
  #taken = 0;
  readonly #waiting = new Set<(ours: boolean) => void>();
  #sentAway = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Runs `send` once there is room; answers when to come again where there is none. */
  async run<T>(
    send: () => Promise<T>,
  ): Promise<
    { readonly kind: 'ran'; readonly value: T } | { readonly kind: 'full'; readonly dueAt: number }
  > {
    if (!(await this.#room())) return { kind: 'full', dueAt: this.#later() };
    const run = { since: this.#clock.now() };
    this.#running.add(run);
    try {
      return { kind: 'ran', value: await send() };
    } finally {
      this.#running.delete(run);
      this.#sentAway = Math.max(0, this.#sentAway - 1);
      const [next] = this.#waiting;
      if (next === undefined) this.#taken--;
      else next(true);
    }
  }

  async #room(): Promise<boolean> {
    if (this.#taken < AT_ONCE) {
      this.#taken++;
      return true;
    }
    const now = this.#clock.now();
    const slow = [...this.#running].some(({ since }) => now - since >= QUICK_MS);
    if (slow || this.#waiting.size >= QUEUE) return false;
    return new Promise((resolve) => {
      const go = (ours: boolean): void => {
        cancel();
        this.#waiting.delete(go);
        resolve(ours);
      };
      const cancel = this.#clock.after(QUICK_MS, () => go(false));
      this.#waiting.add(go);
    });
  }

  /** The more are sent away, the further apart they come again. */
  #later(): number {
    this.#sentAway++;
    const spread = Math.min(LATEST_MS - LATER_MS, 100 * this.#sentAway);
    return this.#clock.now() + LATER_MS + this.#random.below(spread + 1);
  }
}
