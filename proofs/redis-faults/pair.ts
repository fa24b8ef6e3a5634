import { type FaultProxy, type RedisServer, startFaultProxy, startRedis } from '@torii/sandbox/redis';
import { pause } from '../suite/pause.ts';

/** A primary and its replica, and what lies between them and their clients. */
export interface Pair {
  readonly primary: RedisServer;
  readonly replica: RedisServer;

  /** Between the primary and its replica. */
  readonly between: FaultProxy;

  /** Where clients go. */
  readonly front: FaultProxy;

  /** Whom `front` leads to: the one that is taken for the primary. */
  readonly target: { port: number };
}

/** Lends a pair that is in step, and takes it back whatever happens. */
export async function withPair<T>(use: (pair: Pair) => Promise<T>): Promise<T> {
  const pair = await startPair();
  try {
    return await use(pair);
  } finally {
    await Promise.all([pair.front.stop(), pair.between.stop()]);
    await Promise.all([pair.primary.stop(), pair.replica.stop()]);
  }
}

async function startPair(): Promise<Pair> {
  const options = { appendonly: 'yes', 'repl-diskless-sync': 'yes', 'repl-timeout': 60 } as const;
  const primary = await startRedis(options);
  const between = await startFaultProxy(primary);
  const replica = await startRedis({ ...options, replicaof: ['127.0.0.1', String(between.port)] });
  await inStep(primary);
  const target = { port: primary.port };
  return { primary, replica, between, front: await startFaultProxy(target), target };
}

/**
 * A replica that the primary calls online is sent nothing before it first says so, about a second later: whoever dies until
 * then takes everything along. So something is sent that leaves no trace, and waited for.
 */
async function inStep(primary: RedisServer): Promise<void> {
  const replication = async (): Promise<string> => String(await primary.command('INFO', 'replication'));
  while (!(await replication()).includes('state=online')) await pause(20);
  await primary.command('PUBLISH', 'in-step', '');
  for (;;) {
    const info = await replication();
    const offset = /master_repl_offset:(\d+)/.exec(info)?.[1] ?? '';
    if (info.includes(`state=online,offset=${offset},`)) return;
    await pause(20);
  }
}
