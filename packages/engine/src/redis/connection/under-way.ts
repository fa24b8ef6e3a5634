import type { PromisedStore } from '../../nouns/store.ts';
import { unavailable } from './failures.ts';

/** These are no steps: they may be asked of a store that closes. */
const NO_STEPS: ReadonlySet<unknown> = new Set(['of', 'all', 'close']);

type Step = (...args: readonly unknown[]) => Promise<unknown>;

/** The steps that somebody waits for. Some take several round trips, and closing lets each of them come to its end. */
export class UnderWay {
  #count = 0;
  #closing = false;
  #ended: () => void = () => undefined;

  /** The store whose every step is waited for by `finish`, and refused afterwards. */
  counted(store: PromisedStore): PromisedStore {
    const steps = new Map<unknown, Step>();
    return new Proxy(store, {
      get: (target, name): unknown => {
        const known = steps.get(name);
        if (known !== undefined) return known;
        const method: unknown = Reflect.get(target, name);
        if (typeof method !== 'function' || NO_STEPS.has(name)) return method;
        const step: Step = (...args) => this.#counted(() => Reflect.apply(method, target, args));
        steps.set(name, step);
        return step;
      },
    });
  }

  /** Refuses every later step, and resolves when those that were begun have ended. Called once. */
  async finish(): Promise<void> {
    this.#closing = true;
    if (this.#count === 0) return;
    await new Promise<void>((resolve) => (this.#ended = resolve));
  }

  async #counted(begin: () => unknown): Promise<unknown> {
    if (this.#closing) throw unavailable('the store is closed');
    this.#count++;
    try {
      return await begin();
    } finally {
      this.#count--;
      if (this.#count === 0) this.#ended();
    }
  }
}
