import { ToriiError } from '../nouns/errors.ts';
import type { PromisedStore, StoreSource } from '../nouns/store.ts';
import type { FakeClock } from '../testing/fake-clock.ts';
import { type RedisStoreOptions, redisSettings } from './options.ts';
import { openRedis } from './redis-store.ts';

/** As `redisStore`, on a server whose time is what the clock of the engine says. */
export function redisStoreAt(options: RedisStoreOptions): StoreSource<PromisedStore> {
  const settings = redisSettings(options);
  return { open: ({ clock }) => openRedis(settings, { clock, now: () => clock.now() }) };
}

/**
 * Tries until it works: what a store does after an outage it does at its own pace. Time moves on by a little with every try,
 * for what waits by the clock.
 */
export async function eventually<T>(clock: FakeClock, step: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await step();
    } catch (error) {
      if (!ToriiError.is(error) || error.code !== 'STORE_UNAVAILABLE') throw error;
      await clock.advance(50);
    }
  }
}
