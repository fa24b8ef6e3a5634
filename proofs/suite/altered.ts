import type { Store } from '@torii/engine';

/** A store in which some methods are replaced, in the stores of all tenants too. */
export function altered(
  store: Store,
  change: (inner: Store) => Partial<Store>,
  known: Map<Store, Store> = new Map<Store, Store>(),
): Store {
  const made = known.get(store);
  if (made !== undefined) return made;
  const again = (each: Store): Store => altered(each, change, known);
  const methods: Partial<Store> = {
    of: (tenant) => again(store.of(tenant)),
    all: async () => (await store.all()).map(again),
    ...change(store),
  };
  const changed = new Proxy(store, {
    get(target, name) {
      const replaced: unknown = Reflect.get(methods, name);
      if (replaced !== undefined) return replaced;
      const own: unknown = Reflect.get(target, name);
      if (typeof own !== 'function') return own;
      return (...parameters: readonly unknown[]): unknown => Reflect.apply(own, target, parameters);
    },
  });
  // Whoever asks for a tenant's store twice expects the same one.
  known.set(store, changed);
  return changed;
}
