import type { Clock } from './nouns/clock.ts';
import type { Store, StoreSource } from './nouns/store.ts';
import { memoryStore } from './stores/memory/memory-store.ts';

/** Stores in memory, one for each tenant: money, journal and webhooks apart, policies in common. */
export function tenantStores(): StoreSource {
  return { open: ({ clock }) => openTenants(clock) };
}

async function openTenants(clock: Clock): Promise<Store> {
  const own = await memoryStore().open({ clock });
  const inner: Promise<Store>[] = [Promise.resolve(own)];
  const named = new Map<string, Store>();
  /** Those that were ever asked for anything. */
  const stores = new Map<string, Store>();
  const shared: Pick<Store, 'saveRevision' | 'activateRevision' | 'of' | 'all'> = {
    saveRevision: async (set) => {
      const [first] = await Promise.all(inner.map(async (store) => (await store).saveRevision(set)));
      if (first === undefined) throw new TypeError('expected a store');
      return first;
    },
    activateRevision: async (change) => {
      const [first] = await Promise.all(inner.map(async (store) => (await store).activateRevision(change)));
      return first;
    },
    of: (tenant) => {
      const known = named.get(tenant);
      if (known !== undefined) return known;
      let made: Promise<Store> | undefined;
      const begin = (): Promise<Store> => {
        made = another(own, clock);
        inner.push(made);
        stores.set(tenant, store);
        return made;
      };
      const store = later(() => made ?? begin(), { ...shared, tenant });
      named.set(tenant, store);
      return store;
    },
    all: () => Promise.resolve([...stores.values()]),
  };
  const first: Store = { ...own, ...shared, tenant: 'default' };
  named.set('default', first);
  stores.set('default', first);
  return first;
}

/** A new store, which judges by the policies that are active. */
async function another(own: Store, clock: Clock): Promise<Store> {
  const store = await memoryStore().open({ clock });
  const active = await own.activeRevision();
  if (active === undefined) return store;
  const { revision, author, note } = active;
  const { number } = await store.saveRevision(revision);
  await store.activateRevision({ number, author, note });
  return store;
}

/** A store that begins when it is first asked. */
function later(made: () => Promise<Store>, shared: object): Store {
  const methods = new Proxy(shared, {
    get(target, name) {
      const known: unknown = Reflect.get(target, name);
      // Whoever is promised a store asks whether it is a promise itself.
      if (known !== undefined || name === 'then') return known;
      return async (...asked: readonly unknown[]): Promise<unknown> => {
        const store = await made();
        const method: unknown = Reflect.get(store, name);
        return typeof method === 'function' ? (Reflect.apply(method, store, asked) as unknown) : method;
      };
    },
  });
  return methods as Store;
}
