import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testRedis } from '@torii/sandbox/redis';
import type { Store, StoreSource } from './nouns/store.ts';
import { redisStoreAt } from './redis/redis-store.test-support.ts';
import { memoryStore } from './stores/memory/memory-store.ts';
import { sqliteStore } from './stores/sqlite/sqlite-store.ts';
import { tenantStores } from './tenant-stores.test-support.ts';
import { type FakeClock, fakeClock } from './testing/fake-clock.ts';

/** What a harness is opened with, to try a feature of the engine on one kind of store. */
export interface OnStore {
  readonly store: StoreSource;
  readonly clock: FakeClock;

  /** The same data, for another engine with a clock of its own. */
  readonly again: () => OnStore;
}

/** Every kind of store, so that what the engine promises is tried on each. */
export interface EveryStore {
  readonly kinds: readonly ['memory', 'sqlite', 'redis'];

  /** A new, empty store of this kind. */
  on(kind: EveryStore['kinds'][number]): OnStore;

  /** Stops and deletes what the stores needed. */
  stop(): Promise<void>;
}

/** A new, empty store in memory or Redis that has one for each tenant. */
export function tenantsOn(stores: EveryStore, kind: 'memory' | 'redis'): OnStore {
  return kind === 'redis' ? stores.on(kind) : openedOnce(tenantStores());
}

/** Starts what the stores need. Await it at the top of a test file, and stop it after all tests. */
export async function everyStore(): Promise<EveryStore> {
  const redis = await testRedis();
  const folder = mkdtempSync(join(tmpdir(), 'torii-every-store-'));
  let opened = 0;
  return {
    kinds: ['memory', 'sqlite', 'redis'],
    on(kind) {
      const name = `${opened++}`;
      if (kind === 'memory') return openedOnce(memoryStore());
      if (kind === 'sqlite') return openedOnce(sqliteStore(join(folder, `${name}.db`)));
      const prefix = `${redis.prefix}:${name}`;
      return awaited(redisStoreAt({ redis: redis.url, prefix, ephemeral: true, commandTimeoutMs: 10_000 }));
    },
    async stop() {
      await redis.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A store that one process has: whoever opens it again is given the one that is open. */
function openedOnce(source: StoreSource): OnStore {
  let opened: Promise<Store> | undefined;
  const store: StoreSource = { open: (context) => (opened ??= source.open(context)) };
  const again = (): OnStore => ({ store, clock: fakeClock(), again });
  return again();
}

/** Longest time that passes at once: workers do something every second, and what they do takes real time. */
const STEP_MS = 1_000;

/** A store that answers in real time, and a clock that waits for it: only then has all come about that was to. */
function awaited(source: StoreSource): OnStore {
  const clock = fakeClock();
  let asked = 0;
  const known = new Map<Store, Store>();
  const counted = (store: Store): Store => {
    const made = known.get(store) ?? counting(store);
    known.set(store, made);
    return made;
  };
  const counting = (store: Store): Store =>
    new Proxy(store, {
      get(target, name): unknown {
        const method: unknown = Reflect.get(target, name);
        if (name === 'of') return (tenant: string) => counted(store.of(tenant));
        if (typeof method !== 'function') return method;
        return async (...request: readonly unknown[]): Promise<unknown> => {
          asked += 1;
          try {
            const answer: unknown = await Reflect.apply(method, target, request);
            return name === 'all' ? (answer as readonly Store[]).map(counted) : answer;
          } finally {
            asked -= 1;
          }
        };
      },
    });
  const quiet = async (): Promise<void> => {
    for (let turns = 0; turns < 4; turns = asked === 0 ? turns + 1 : 0)
      await new Promise((resolve) => setImmediate(resolve));
  };
  const advance = async (ms: number): Promise<void> => {
    await quiet();
    for (let left = ms; left > 0; left -= STEP_MS) {
      await clock.advance(Math.min(left, STEP_MS));
      await quiet();
    }
  };
  const store: StoreSource = { open: async (context) => counted(await source.open(context)) };
  return { store, clock: { ...clock, advance }, again: () => awaited(source) };
}
