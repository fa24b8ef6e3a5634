import type { Clock } from '../nouns/clock.ts';
import type { CallRecord } from '../nouns/hold.ts';
import type { HoldStore } from '../nouns/store.ts';
import type { UnderWay } from './under-way.ts';

/** Names what an attempt may have started. */
export type Attempted = Pick<CallRecord, 'id' | 'attempt'>;

/** Takes back starts whose callers were told that nothing runs, however long the store needs for it. */
export interface Withdrawals {
  /**
   * Takes the start back in the background. A store that does not know the call has nothing to give back. Beyond 10,000
   * that wait for one store, no more are taken: their holds end by their deadline.
   */
  add(store: HoldStore, call: Attempted): void;
}

export interface WithdrawalOptions {
  readonly clock: Clock;
  readonly underWay: UnderWay;

  /** Told once for each outage, of its first failure. */
  readonly onError: (error: Error) => void;
}

/** Waits between tries of a store that could not take it. */
const RETRY_MS = 1_000;

/** Tries for about an hour; then the deadline of the hold has made the call unresolved. */
const TRIES = 3_600;

/** How many are taken back at once: a store that comes back from an outage finds thousands of them. */
const AT_ONCE = 50;

/**
 * How many one store can keep waiting. An outage loses the answers of what was under way when it began; what is asked
 * later hardly arrives, and an hour of it must not fill the memory. What was started after all becomes unresolved.
 */
const MOST_WAITING = 10_000;

interface Waiting {
  readonly call: Attempted;
  readonly done: () => void;
  tries: number;
}

/** Nothing is to be taken back yet. */
export function withdrawals(options: WithdrawalOptions): Withdrawals {
  const queues = new WeakMap<HoldStore, Queue>();
  return {
    add(store, call) {
      const queue = queues.get(store) ?? new Queue(store, options);
      queues.set(store, queue);
      queue.add(call);
    },
  };
}

/** What is to be taken back from one store, the oldest first: one outage holds up nobody else's money. */
class Queue {
  readonly #store: HoldStore;
  readonly #options: WithdrawalOptions;
  #waiting: Waiting[] = [];

  /** Whether somebody works on it, or will at the next try. */
  #busy = false;
  #told = false;

  constructor(store: HoldStore, options: WithdrawalOptions) {
    this.#store = store;
    this.#options = options;
  }

  add(call: Attempted): void {
    if (this.#waiting.length >= MOST_WAITING) return;
    this.#waiting.push({ call, done: this.#options.underWay.begin(), tries: 0 });
    if (!this.#busy) void this.#run();
  }

  async #run(): Promise<void> {
    this.#busy = true;
    let answers = true;
    while (answers && this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, AT_ONCE);
      const left = await Promise.all(batch.map((each) => this.#takeBack(each)));
      const again = left.flatMap((each) => (each === undefined ? [] : [each]));
      this.#waiting.unshift(...again);
      answers = again.length === 0;
      if (answers) this.#told = false;
    }
    this.#busy = this.#waiting.length > 0;
    if (this.#busy) this.#options.clock.after(RETRY_MS, () => void this.#run());
  }

  /** Answers what has to be tried again. */
  async #takeBack(each: Waiting): Promise<Waiting | undefined> {
    try {
      await this.#store.withdraw(each.call, { reason: 'the store did not answer in time; nothing ran' });
    } catch (error) {
      this.#tell(error);
      each.tries += 1;
      if (each.tries <= TRIES) return each;
    }
    each.done();
    return undefined;
  }

  #tell(error: unknown): void {
    if (!this.#told)
      this.#options.onError(error instanceof Error ? error : new Error('a start cannot be taken back'));
    this.#told = true;
  }
}
