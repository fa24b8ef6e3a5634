import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import type { Clock } from '../../nouns/clock.ts';
import { clusterLink } from './cluster-link.ts';
import { failureOf } from './failures.ts';
import type { GateOptions } from './gated-server.ts';
import { GuardedClient } from './guarded-client.ts';
import type { RedisSettings } from '../options.ts';
import type { Script } from '../script.ts';
import { singleLink } from './single-link.ts';

/** The way to the servers: one, or a cluster of them. */
export interface Link {
  readonly redis: Redis | Cluster;

  /** Resolves when every server that it has to reach was reached and found good. Throws what is wrong otherwise. */
  open(): Promise<void>;

  /** What is known of the server that holds this key. */
  at(key: string): Promise<Place>;

  /** Hangs up at once. */
  close(): void;
}

/** The server that holds a key, whichever it is at the moment. */
export interface Place {
  /** Why it gets no calls; undefined while it does. */
  shut(): string | undefined;

  /** Resolves when `shut` may answer something else. */
  changed(): Promise<void>;
}

/** A connection of our own, which judges every server before it sends it anything. */
export interface Connection {
  /** A client for whatever lies in the slot of `key`. */
  client(key: string): Promise<GuardedClient>;

  /** Waits for what is under way, at most as long as a command may take, and hangs up. Safe to repeat. */
  close(): Promise<void>;
}

/** What a connection needs besides its options. */
export interface ConnectionContext {
  readonly clock: Clock;
  readonly scripts: readonly Script[];

  /** Whether the clocks are compared. */
  readonly compareClocks: boolean;
}

/** Connects, looks at every server and loads the scripts. Throws the code of what is wrong with a server. */
export async function connect(settings: RedisSettings, context: ConnectionContext): Promise<Connection> {
  const { clock, scripts, compareClocks } = context;
  const requirements = { ephemeral: settings.ephemeral, replicas: settings.replicas };
  const redis = ownClient(settings);
  const gate: GateOptions = {
    requirements,
    scripts,
    clock,
    compareClocks,
    mayBeReplica: redis instanceof Cluster,
  };
  const link = redis instanceof Cluster ? clusterLink(redis, gate) : singleLink(redis, gate);
  try {
    await link.open();
  } catch (error) {
    link.close();
    throw failureOf(error);
  }
  const clients = new Set<GuardedClient>();
  return {
    async client(key) {
      const client = new GuardedClient(link, { place: await link.at(key), settings, clock, scripts });
      clients.add(client);
      return client;
    },
    async close() {
      await Promise.all([...clients].map((client) => client.idle()));
      link.close();
    },
  };
}

/**
 * ioredis repeats a command whose reply was lost, which books twice what is not told apart by an id. None of its ways to
 * send again or to queue stays on: a step is asked for again by the store, where that is safe.
 */
function ownOptions({ commandTimeoutMs }: RedisSettings): OwnOptions {
  return {
    commandTimeout: commandTimeoutMs,
    // A peer that is gone without a word is noticed by its silence.
    socketTimeout: 4 * commandTimeoutMs,
    connectTimeout: 5_000,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    enableAutoPipelining: false,
    keyPrefix: '',
    lazyConnect: true,
    readOnly: false,
    reconnectOnError: null,
    stringNumbers: false,
    replyMapping: 'legacy',
  };
}

type OwnOptions = RedisOptions & { readonly replyMapping: 'legacy' };

function ownClient(settings: RedisSettings): Redis | Cluster {
  const { redis } = settings;
  const own = ownOptions(settings);
  const single: OwnOptions = {
    ...own,
    enableOfflineQueue: false,
    retryStrategy: patience,
    // Its address may lead to the new primary by now. The command that failed is not sent again.
    reconnectOnError: ({ message }) => message.startsWith('READONLY'),
  };
  if (typeof redis === 'string') return new Redis(redis, single);
  if (isCluster(redis)) return redis.duplicate([], clusterOptions(redis, own));
  if (isClient(redis)) return redis.duplicate(single);
  return new Redis({ ...redis, ...single });
}

function clusterOptions({ options }: Cluster, own: OwnOptions) {
  const { lazyConnect: _, readOnly: __, keyPrefix: ___, ...nodes } = own;
  return {
    ...options,
    redisOptions: { ...options.redisOptions, ...nodes, keyPrefix: '' },
    keyPrefix: '',
    lazyConnect: true,
    enableOfflineQueue: false,
    enableAutoPipelining: false,
    scaleReads: 'master',
    clusterRetryStrategy: patience,
    clusterNodeRetryStrategy: null,
    // These three would send a command again of which nobody knows whether it was done.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    retryDelayOnTryAgain: 0,
    slotsRefreshInterval: 1_000,
  } satisfies ClusterOptions;
}

/** How long to wait before the next try to connect, in milliseconds. */
export function patience(tries: number): number {
  return Math.min(10 * 2 ** Math.min(tries - 1, 10), 1_000);
}

/** Clients are told by what they can do: theirs may be another copy of ioredis than ours. */
export function isClient(value: object): value is Redis {
  return 'duplicate' in value && typeof value.duplicate === 'function';
}

/** Whether it is a client for a cluster. */
export function isCluster(value: object): value is Cluster {
  return isClient(value) && 'isCluster' in value && value.isCluster === true;
}
