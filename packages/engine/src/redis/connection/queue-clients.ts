import { type Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import type { RedisStoreOptions } from '../options.ts';
import { isClient, isCluster, patience } from './connection.ts';

/** The clients that a queue of jobs works with: it waits for Redis to come back, where a store must not. */
export interface QueueClients {
  /** Fails after a few tries, so that who puts a job hears of it. */
  readonly asking: Redis | Cluster;

  /** Never gives up: what it takes is done by the process for as long as that lives. */
  readonly waiting: Redis | Cluster;

  /** Hangs up at once, and for good: copies that were made of them do not come back either. */
  disconnect(): void;
}

const TRIES = 2;

/** Clients of our own for what the options name; a client that was given is copied and left alone. */
export function queueClients(
  redis: RedisStoreOptions['redis'],
  onError: (error: Error) => void,
): QueueClients {
  let closed = false;
  const again = (tries: number): number | null => (closed ? null : patience(tries));
  const own = {
    connectTimeout: 5_000,
    disconnectTimeout: 200,
    retryStrategy: again,
    replyMapping: 'legacy',
  } as const;
  const asking = clientFor(redis, { ...own, maxRetriesPerRequest: TRIES });
  const waiting = clientFor(redis, { ...own, maxRetriesPerRequest: null });
  // Without a listener ioredis writes what fails to the console.
  for (const client of [asking, waiting]) client.on('error', onError);
  return {
    asking,
    waiting,
    disconnect() {
      closed = true;
      asking.disconnect();
      waiting.disconnect();
    },
  };
}

type OwnOptions = RedisOptions & {
  readonly retryStrategy: (tries: number) => number | null;
  readonly replyMapping: 'legacy';
};

function clientFor(redis: RedisStoreOptions['redis'], changes: OwnOptions): Redis | Cluster {
  const own: OwnOptions = { ...changes, keyPrefix: '' };
  if (typeof redis === 'string') return new Redis(redis, own);
  if (isCluster(redis)) return redis.duplicate([], clusterOptions(redis, changes));
  if (isClient(redis)) return redis.duplicate(own);
  return new Redis({ ...redis, ...own });
}

function clusterOptions({ options }: Cluster, { retryStrategy, ...nodes }: OwnOptions) {
  return {
    ...options,
    redisOptions: { ...options.redisOptions, ...nodes, keyPrefix: '' },
    keyPrefix: '',
    clusterRetryStrategy: retryStrategy,
  } satisfies ClusterOptions;
}
