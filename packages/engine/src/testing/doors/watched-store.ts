import { ToriiError } from '../../nouns/errors.ts';
import type { Store, StoreSource } from '../../nouns/store.ts';

/** A store that can be broken, and held up. */
export interface WatchedStore {
  readonly source: StoreSource;

  /** The store as it is, past what was broken. Throws before it was opened. */
  readonly store: () => Store;

  /** From now on everything that is asked of the store rejects, or no longer. */
  readonly breakDown: (broken: boolean) => void;

  /** The next reservation waits for `until`. Resolves once one was asked for. */
  readonly holdUp: (until: Promise<void>) => Promise<void>;

  /** Whoever closes the store closes it for itself only: it can still be audited. */
  readonly keepOpen: () => void;
}

/** Watches one store, which is that of every tenant. */
export function watchedStore(source: StoreSource): WatchedStore {
  let opened: Store | undefined;
  let broken = false;
  let kept = false;
  let next: { readonly until: Promise<void>; readonly asked: () => void } | undefined;
  const answer = async (store: Store, name: keyof Store, parameters: unknown[]): Promise<unknown> => {
    if (name === 'reserve' && next !== undefined) {
      const { until, asked } = next;
      next = undefined;
      asked();
      await until;
    }
    if (kept && name === 'close') return undefined;
    if (broken && name !== 'close') throw new ToriiError('STORE_UNAVAILABLE', 'the store is down');
    return Reflect.apply(store[name] as (...asked: unknown[]) => unknown, store, parameters);
  };
  const watch = (store: Store): Store => {
    const watched: Store = new Proxy(store, {
      get(target, name: keyof Store) {
        if (name === 'of') return () => watched;
        if (name === 'all') return async () => [watched];
        return typeof target[name] === 'function'
          ? (...parameters: unknown[]) => answer(target, name, parameters)
          : target[name];
      },
    });
    return watched;
  };
  return {
    source: { open: async (context) => watch((opened = await source.open(context))) },
    store: () => {
      if (opened === undefined) throw new TypeError('the store was not opened');
      return opened;
    },
    breakDown: (down) => void (broken = down),
    keepOpen: () => void (kept = true),
    holdUp: (until) => new Promise((resolve) => (next = { until, asked: resolve })),
  };
}
