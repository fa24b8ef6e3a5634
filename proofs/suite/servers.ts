import { type Store, systemClock } from '@torii/engine';
import { redisStore } from '@torii/engine/redis';
import { type RedisServer, startRedis } from '@torii/sandbox/redis';
import { isUnavailable } from '../model/operation.ts';
import { pause } from './pause.ts';

/** What a store of Redis is opened with, besides where it is. */
export type RedisTuning = Omit<Parameters<typeof redisStore>[0], 'redis'>;

/** Where a store finds its data. */
export type Address = Parameters<typeof redisStore>[0]['redis'];

/** Opens a store of Redis with a connection of its own. */
export function openRedisStore(redis: Address, tuning: RedisTuning = {}): Promise<Store> {
  return redisStore({ redis, ...PATIENT, ...tuning }).open({ clock: systemClock });
}

/** A machine that proves things is busy: what is slow there is not broken. */
const PATIENT = { commandTimeoutMs: 5_000 } as const;

/** Lends a server that keeps what it is told, and takes it back whatever happens. */
export async function withServer<T>(use: (server: RedisServer) => Promise<T>): Promise<T> {
  return awake(async () => {
    const server = await startRedis({ appendonly: 'yes', appendfsync: 'everysec' });
    try {
      return await use(server);
    } finally {
      await server.stop();
    }
  });
}

/** Keeps this process up until `work` is done: a server that ends lets its program end, too early for who waits for it. */
export async function awake<T>(work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => undefined, 60_000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** Lends so many stores that share their data, each with a connection of its own, the first of them alone at last. */
export async function withStores<T>(
  {
    url,
    count,
    tuning = {},
  }: { readonly url: Address; readonly count: number; readonly tuning?: RedisTuning },
  use: (stores: readonly Store[], first: Store) => Promise<T>,
): Promise<T> {
  const stores: Store[] = [];
  try {
    const first = await patiently(() => openRedisStore(url, tuning));
    stores.push(first);
    while (stores.length < count) stores.push(await patiently(() => openRedisStore(url, tuning)));
    return await use(stores, first);
  } finally {
    await Promise.all(stores.map((store) => store.close()));
  }
}

const TRIES = 100;
const PAUSE_MS = 50;

/** Asks until there is an answer: a busy machine may take longer than it is given. */
export async function patiently<T>(step: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await step();
    } catch (error) {
      if (!isUnavailable(error) || tries === TRIES) throw error;
      await pause(PAUSE_MS);
    }
  }
}
