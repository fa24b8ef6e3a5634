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
      const known = stores.get(tenant);
      if (known !== undefined) return known;
      const made = another(own, clock);
      inner.push(made);
      const store = later(made, shared);
      stores.set(tenant, store);
      return store;
    },
    all: () => Promise.resolve([...stores.values()]),
  };
  const first: Store = { ...own, ...shared };
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

/** A store whose methods wait until it is there. */
function later(made: Promise<Store>, shared: object): Store {
  const methods = new Proxy(shared, {
    get(target, name) {
      const known: unknown = Reflect.get(target, name);
      // Whoever is promised a store asks whether it is a promise itself.
      if (known !== undefined || name === 'then') return known;
      return async (...asked: readonly unknown[]): Promise<unknown> => {
        const store = await made;
        const method: unknown = Reflect.get(store, name);
        return typeof method === 'function' ? (Reflect.apply(method, store, asked) as unknown) : method;
      };
    },
  });
  return methods as Store;
}
