import { settleIdle } from './carve-outs.ts';
import { startSweeper } from './jobs/sweeper.ts';
import type { AssetTable } from './nouns/asset.ts';
import type { Store } from './nouns/store.ts';
import type { Settings } from './options.ts';
import { createDispatcher, type Dispatcher } from './webhooks/dispatcher.ts';

/** What works in the background: it expires holds and approvals, settles carve-outs, and sends webhooks. */
export interface Workers {
  /** Begins with every store that is known. Await it after `engine.started` is recorded and before the first call. */
  start(): Promise<void>;

  /** Something was written to this store that webhooks may tell of. */
  wake(store: Store): void;
  close(): Promise<void>;
}

/** Workers for the stores of all tenants. Each has its own journal, cursors and deliveries: a dispatcher of its own. */
export function workersOf(
  store: Store,
  { webhooks, clock, random, onError, assets }: Omit<Settings, 'assets'> & { readonly assets: AssetTable },
): Workers {
  const dispatchers = new Map<Store, Dispatcher>();
  let closed = false;
  let sweeper: { close(): Promise<void> } | undefined;
  const tend = async (each: Store): Promise<void> => {
    if (closed || dispatchers.has(each)) return;
    const dispatcher = createDispatcher({ store: each, endpoints: webhooks, clock, random, onError });
    dispatchers.set(each, dispatcher);
    await dispatcher.enroll();
    dispatcher.start();
  };
  return {
    async start() {
      for (const each of await store.all()) await tend(each);
      sweeper = startSweeper({
        stores: async () => {
          const stores = await store.all();
          // The journal of a tenant who came since is followed from its first entry.
          for (const each of stores) await tend(each);
          return stores;
        },
        settleIdle: (each) => settleIdle({ assets }, each),
        clock,
        onError,
        swept: (each) => dispatchers.get(each)?.wake(),
      });
    },
    wake(each) {
      const known = dispatchers.get(each);
      for (const dispatcher of known === undefined ? dispatchers.values() : [known]) dispatcher.wake();
    },
    async close() {
      closed = true;
      await Promise.all([sweeper?.close(), ...[...dispatchers.values()].map((each) => each.close())]);
    },
  };
}
