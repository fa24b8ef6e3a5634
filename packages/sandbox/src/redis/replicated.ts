import { type RedisOptions, type RedisServer, startRedis } from './start-redis.ts';

/** A server and those that copy it. */
export interface ReplicatedRedis {
  readonly primary: RedisServer;
  readonly replicas: readonly RedisServer[];

  /** Stops all of them. */
  stop(): Promise<void>;
}

/** Starts a primary and `count` replicas, and resolves when every replica has its copy and follows. */
export async function startReplicated(count = 1, options: RedisOptions = {}): Promise<ReplicatedRedis> {
  const primary = await startRedis(options);
  const follow = { ...options, replicaof: ['127.0.0.1', String(primary.port)] };
  const replicas = await Promise.all(Array.from({ length: count }, () => startRedis(follow)));
  await Promise.all(replicas.map((replica) => replica.logged('Finished with success')));
  await inStep(primary, count);
  return {
    primary,
    replicas,
    stop: async () => void (await Promise.all([primary, ...replicas].map((server) => server.stop()))),
  };
}

/**
 * A replica that has its copy is sent nothing until it first says so, about a second later. So something is sent that leaves
 * no trace, and waited for.
 */
async function inStep(primary: RedisServer, count: number): Promise<void> {
  await primary.command('PUBLISH', 'in-step', '');
  for (;;) {
    const info = String(await primary.command('INFO', 'replication'));
    const offset = /master_repl_offset:(\d+)/.exec(info)?.[1] ?? '';
    const following = [...info.matchAll(/state=online,offset=(\d+)/g)].filter(([, at]) => at === offset);
    if (following.length >= count) return;
  }
}
