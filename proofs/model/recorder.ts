import type { Store } from '@torii/engine';
import { ask, isUnavailable, type Operation } from './operation.ts';
import type { Happened } from './replay.ts';

/** Asks stores and keeps what they said, with the ticks at which they were asked and answered. */
export class Recorder {
  readonly history: Happened[] = [];
  readonly #tags = new Map<Operation, string>();
  #tick = 0;

  /** Answers whether there was an answer. A store that could not give one may have done it all the same. */
  async ask(store: Store, operation: Operation): Promise<boolean> {
    const sentAt = this.#tick++;
    // Asked again, it is the same question.
    const tag = this.#tags.get(operation) ?? `question ${this.#tags.size}`;
    this.#tags.set(operation, tag);
    try {
      const told = await ask(store, operation, tag);
      this.history.push({ operation, tag, told, sentAt, toldAt: this.#tick++ });
      return true;
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      this.history.push({ operation, tag, told: undefined, sentAt, toldAt: Infinity });
      return false;
    }
  }
}
