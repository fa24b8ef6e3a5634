import type { Store } from '@torii/engine';
import type { Redis } from 'ioredis';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { budgetOf, hold, inParallel, reservationOf, settle } from './redis-holds.ts';

/** Something that is asked of Redis over and over. */
export interface Program {
  readonly name: string;

  /** Done before each time it is measured, and not measured. */
  readonly prepare?: (count: number) => Promise<void>;
  readonly run: (index: number) => Promise<unknown>;
}

/** The names that targets are made of. */
export const NOOP = 'no-op script';
export const CARRYING = 'no-op script, same keys and arguments';
export const RESERVE = 'reserve, 4 budgets';

/** One command as it was sent. */
export interface Sent {
  readonly name: string;
  readonly args: readonly string[];
}

/** Everything that other connections send while `work` runs; what scripts do themselves is left out. */
export async function sentDuring(redis: Redis, work: () => Promise<unknown>): Promise<readonly Sent[]> {
  const sent: Sent[] = [];
  const monitor = await redis.monitor();
  const marker = `end of ${process.hrtime.bigint()}`;
  const seen = new Promise<void>((resolve) => {
    monitor.on('monitor', (_time: string, [name = '', ...args]: readonly string[], source: string) => {
      if (args[0] === marker) resolve();
      else if (source !== 'lua') sent.push({ name: name.toLowerCase(), args });
    });
  });
  await work();
  await redis.echo(marker);
  await seen;
  monitor.disconnect();
  return sent;
}

/** What a reservation of four budgets sends: keys and arguments for a script that does nothing with them. */
export async function reserveAsSent(redis: Redis, store: Store): Promise<readonly string[]> {
  const sent = await sentDuring(redis, () => hold(store, fourBudgets('as sent')));
  const command = sent.find(({ name }) => name === 'evalsha');
  if (command === undefined) throw new Error('expected a reservation to run one script');
  return command.args.slice(1);
}

function fourBudgets(id: string): ReturnType<typeof reservationOf> {
  return reservation(id, 4);
}

function reservation(id: string, count: number): ReturnType<typeof reservationOf> {
  const nowMs = Date.now();
  const budgets = Array.from({ length: count }, (_, place) => budgetOf('bot', place, nowMs));
  return reservationOf(id, { agent: 'bot', budgets });
}

/** Everything that is measured side by side, on one server. `carried` is from `reserveAsSent`. */
export async function programsOn(
  store: Store,
  { redis, carried }: { readonly redis: Redis; readonly carried: readonly string[] },
): Promise<readonly Program[]> {
  const noop = String(await redis.script('LOAD', '#!lua\nreturn 0'));
  const [keyCount = '0', ...carriedArgs] = carried;
  const limiter = new RateLimiterRedis({
    storeClient: redis,
    points: 1_000_000_000,
    duration: 86_400,
    keyPrefix: 'peer',
  });
  let calls = 0;
  // What is asked for is made beforehand, as the arguments of the no-op are.
  const reserving = (count: number): Program => {
    let asked: readonly ReturnType<typeof reservationOf>[] = [];
    return {
      name: count === 1 ? 'reserve, 1 budget' : `reserve, ${count} budgets`,
      prepare(times) {
        asked = Array.from({ length: times }, () => reservation(`reserved ${++calls}`, count));
        return Promise.resolve();
      },
      run: (index) => hold(store, asked[index] ?? reservation(`reserved ${++calls}`, count)),
    };
  };
  let held: readonly string[] = [];
  return [
    { name: 'PING', run: () => redis.ping() },
    { name: NOOP, run: () => redis.evalsha(noop, 0) },
    { name: CARRYING, run: () => redis.evalsha(noop, Number(keyCount), ...carriedArgs) },
    { name: 'rate-limiter-flexible, 1 counter', run: () => limiter.consume('bot') },
    reserving(1),
    reserving(4),
    reserving(8),
    {
      name: 'settle, 4 budgets',
      prepare: async (count) => {
        held = Array.from({ length: count }, () => `held ${++calls}`);
        await inParallel(count, 16, (index) => hold(store, fourBudgets(held[index] ?? '')));
      },
      run: (index) => settle(store, held[index] ?? ''),
    },
  ];
}
