import { sqliteStore, type StoreSource } from '@torii/engine';
import { redisStore } from '@torii/engine/redis';
import type { Place } from './errand.ts';

/** The store of a place, for the worker that works in it and the judge that looks at it afterwards. */
export function storeAt(place: Place): StoreSource {
  switch (place.kind) {
    case 'sqlite':
      return sqliteStore(place.path);
    case 'redis':
      return redisStore({ redis: place.url, prefix: place.prefix, commandTimeoutMs: 5_000 });
  }
}
