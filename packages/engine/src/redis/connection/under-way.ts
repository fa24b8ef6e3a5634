import type { Store } from '../../nouns/store.ts';
import { unavailable } from './failures.ts';

/** These are no steps: they may be asked of a store that closes. */
const NO_STEPS: ReadonlySet<unknown> = new Set(['of', 'all', 'close']);

/** The steps that somebody waits for. Some take several round trips, and closing lets each of them come to its end. */
export class UnderWay {
  readonly #steps = new Set<Promise<unknown>>();
  #closing = false;

  /** The store whose every step is waited for by `finish`, and refused afterwards. */
  counted(store: Store): Store {
    return new Proxy(store, {
      get: (target, name): unknown => {
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function' || NO_STEPS.has(name)) return method;
        return (...args: readonly unknown[]): unknown =>
          this.#count(() => Reflect.apply(method, target, args));
      },
    });
  }

  /** Refuses every later step, and resolves when those that were begun have ended. */
  async finish(): Promise<void> {
    this.#closing = true;
    await Promise.allSettled(this.#steps);
  }

  async #count(begin: () => unknown): Promise<unknown> {
    if (this.#closing) throw unavailable('the store is closed');
    const step = Promise.resolve(begin());
    this.#steps.add(step);
    try {
      return await step;
    } finally {
      this.#steps.delete(step);
    }
  }
}
