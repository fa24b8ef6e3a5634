import { settleIdle } from './carve-outs.ts';
import { startSweeper } from './jobs/sweeper.ts';
import type { AssetTable } from './nouns/asset.ts';
import type { Store } from './nouns/store.ts';
import type { Settings } from './options.ts';
import { createDispatcher, type Dispatcher } from './webhooks/dispatcher.ts';
import { readEndpoints } from './webhooks/endpoint.ts';

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
  const endpoints = readEndpoints(webhooks).map(({ id }) => id);
  const dispatchers = new Map<Store, Dispatcher>();
  let closed = false;
  let sweeper: { close(): Promise<void> } | undefined;
  let looking: Promise<unknown> | undefined;
  const tend = async (each: Store, heard: ReadonlySet<string>): Promise<void> => {
    if (closed || dispatchers.has(each)) return;
    const dispatcher = createDispatcher({ store: each, endpoints: webhooks, clock, random, onError, heard });
    dispatchers.set(each, dispatcher);
    try {
      await dispatcher.enroll();
    } catch (error) {
      // Tried again at the next look.
      dispatchers.delete(each);
      throw error;
    }
    dispatcher.start();
  };
  /** A tenant who came since the start is new to every endpoint that is configured. */
  const tendNew = async (): Promise<readonly Store[]> => {
    const stores = await store.all();
    await Promise.all(stores.map((each) => tend(each, new Set(endpoints)).catch(onError)));
    return stores;
  };
  return {
    async start() {
      const heard = await seenBy(store, endpoints);
      // The store as opened comes last: an endpoint that it has seen was enrolled in all others that there were.
      for (const each of [...(await store.all())].reverse()) await tend(each, heard);
      sweeper = startSweeper({
        stores: tendNew,
        settleIdle: (each) => settleIdle({ assets }, each),
        clock,
        onError,
        swept: (each) => dispatchers.get(each)?.wake(),
      });
    },
    wake(each) {
      const known = dispatchers.get(each);
      if (known !== undefined || closed) return known?.wake();
      for (const dispatcher of dispatchers.values()) dispatcher.wake();
      looking ??= tendNew()
        .catch(onError)
        .finally(() => (looking = undefined));
    },
    async close() {
      closed = true;
      await Promise.all([
        sweeper?.close(),
        looking,
        ...[...dispatchers.values()].map((each) => each.close()),
      ]);
    },
  };
}

/** The endpoints that the store has seen before. */
async function seenBy(store: Store, endpoints: readonly string[]): Promise<ReadonlySet<string>> {
  const cursors = await Promise.all(endpoints.map((id) => store.cursor(id)));
  return new Set(endpoints.filter((_, index) => (cursors[index] ?? 0) > 0));
}
