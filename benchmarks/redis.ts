/**
 * What a hold costs in Redis: reservations and settlements beside a script that does nothing, with and without the same
 * keys and arguments, PING, and a rate limiter of one counter, on a server of its own, at several widths. Each round
 * measures every program on a new store, so that a busy machine disturbs all of them alike, and what is judged is the
 * median of what a round says of two programs. Reservations that are asked for in one turn share a run of their script;
 * every no-op is a run of its own, which the client only sends together with others. At width 1 nothing is shared.
 * Then what holds and agents take in memory, whether the cost grows with the agents, and the commands that an allowed
 * call sends.
 */
import { type Store, systemClock } from '@torii/engine';
import { redisStore } from '@torii/engine/redis';
import { startRedis } from '@torii/sandbox/redis';
import { Redis } from 'ioredis';
import {
  bytesPerAgent,
  bytesPerHold,
  callOf,
  keysOf,
  populate,
  type Population,
  randomAgents,
} from './redis-growth.ts';
import { hold, inParallel } from './redis-holds.ts';
import { CARRYING, NOOP, type Program, programsOn, RESERVE, reserveAsSent } from './redis-programs.ts';
import { roundTrips } from './redis-trips.ts';
import { median, report, type Row, type Target } from './report.ts';

const quick = process.argv.includes('--quick');
const ROUNDS = quick ? 7 : 25;
const CALLS = quick ? 400 : 1_000;
const WARM_UP = 200;
const WIDTHS = [1, 16, 64, 128] as const;
const JUDGED_WIDTH = 64;
const AGENTS = quick ? [10, 100, 1_000, 10_000] : [10, 1_000, 100_000, 1_000_000];
const HOLDS = quick ? 2_000 : 20_000;
const TRIPS = 100;

const NOOP_LIMIT = 2.5;
const GROWTH_LIMIT = 1.5;
const TRIPS_LIMIT = 2;

/** What the store asks of a server, and what its users run: every second of it is on the disk. */
// A file that is written anew in the background would disturb whichever program is measured at that moment.
const server = await startRedis({
  appendonly: 'yes',
  appendfsync: 'everysec',
  'auto-aof-rewrite-percentage': 0,
});
const redis = new Redis(server.url);
const stores: Store[] = [];
try {
  const times = await compare();
  const growth = await grow();
  const heldBytes = await bytesPerHold(redis, await opened('held'), HOLDS);
  const trips = await roundTrips(redis, server.url, TRIPS);
  const rows: Row[] = [
    ...times.rows,
    ...growth.rows,
    { name: 'memory of an open hold of 4 budgets', bytes: heldBytes },
    { name: 'commands of an allowed call', commands: trips },
  ];
  console.log(
    'reservations of one turn share one run of their script, 32 at most; every no-op is a run of its own',
  );
  const targets: Target[] = [
    {
      name: `reserve of 4 budgets over the no-op that carries the same, at ${JUDGED_WIDTH}`,
      value: times.ratio,
      limit: NOOP_LIMIT,
    },
    {
      name: `reserve with ${AGENTS.at(-1)} agents over ${AGENTS[0]}`,
      value: growth.ratio,
      limit: GROWTH_LIMIT,
    },
    { name: 'round trips of an allowed call', value: trips, limit: TRIPS_LIMIT },
  ];
  report('redis', rows, targets);
} finally {
  await Promise.all(stores.map((store) => store.close()));
  redis.disconnect();
  await server.stop();
}

async function opened(prefix: string): Promise<Store> {
  // Commands that wait for each other on one connection are what is measured here, not how long they may wait.
  const source = redisStore({ redis: server.url, prefix, commandTimeoutMs: 10_000 });
  const store = await source.open({ clock: systemClock });
  stores.push(store);
  return store;
}

/** Microseconds of one operation, program by program. */
async function compare(): Promise<{ readonly rows: readonly Row[]; readonly ratio: number }> {
  const carried = await reserveAsSent(redis, await opened('sent'));
  const samples = new Map<string, number[]>();
  const add = (name: string, us: number): void => {
    samples.set(name, [...(samples.get(name) ?? []), us]);
  };
  const costs = ['script us', 'server us', 'client us'] as const;
  let names: readonly string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    process.stderr.write(`\rround ${round + 1} of ${ROUNDS}`);
    const store = await opened(`round${round}`);
    const programs = await programsOn(store, { redis, carried });
    names = programs.map(({ name }) => name);
    for (const program of programs) await timed(program, 16, WARM_UP);
    for (const width of WIDTHS) {
      for (const program of programs) {
        const { us, ...cost } = await timed(program, width, CALLS);
        add(`${program.name} ${width}`, us);
        if (width === JUDGED_WIDTH) for (const what of costs) add(`${program.name} ${what}`, cost[what]);
      }
    }
    // Nothing of a round is left for the next one.
    await store.close();
    await redis.unlink(...(await keysOf(redis, `round${round}`)));
  }
  process.stderr.write('\n');
  const usOf = (name: string, what: number | string): number => median(samples.get(`${name} ${what}`) ?? []);
  const rows = names.map((name): Row => {
    const widths = WIDTHS.map((width) => [`us at ${width}`, usOf(name, width)] as const);
    const cost = costs.map((what) => [what, usOf(name, what)] as const);
    return { name, ...Object.fromEntries([...widths, ...cost]) };
  });
  const ratioAt = (other: string, width: number): number =>
    medianRatio(samples.get(`${RESERVE} ${width}`) ?? [], samples.get(`${other} ${width}`) ?? []);
  for (const other of [NOOP, CARRYING]) {
    const widths = WIDTHS.map((width) => [`x at ${width}`, ratioAt(other, width)] as const);
    rows.push({ name: `times the ${other}`, ...Object.fromEntries(widths) });
  }
  return { rows, ratio: ratioAt(CARRYING, JUDGED_WIDTH) };
}

/** The middle of what each round says: both of its figures are of the same minute of the machine. */
function medianRatio(some: readonly number[], others: readonly number[]): number {
  return median(some.map((us, round) => us / (others[round] ?? NaN)));
}

/** Microseconds of one operation: as they pass, and as the script, the whole server and this process work for it. */
interface Cost {
  readonly us: number;
  readonly 'script us': number;
  readonly 'server us': number;
  readonly 'client us': number;
}

/** What one operation costs while `width` of them are under way. */
async function timed({ prepare, run }: Program, width: number, count: number): Promise<Cost> {
  await prepare?.(count);
  // Else what was prepared, and what other programs left, is moved and collected at the cost of this one.
  globalThis.gc?.();
  await redis.config('RESETSTAT');
  const server = await serverUs();
  const client = process.cpuUsage();
  const start = process.hrtime.bigint();
  await inParallel(count, width, run);
  const us = Number(process.hrtime.bigint() - start) / 1_000;
  const { user, system } = process.cpuUsage(client);
  return {
    us: us / count,
    'script us': (await scriptUs()) / count,
    'server us': ((await serverUs()) - server) / count,
    'client us': (user + system) / count,
  };
}

/** Microseconds that the one thread of the server that serves clients has worked. */
async function serverUs(): Promise<number> {
  const told = await redis.info('cpu');
  const seconds = [...told.matchAll(/^used_cpu_(?:sys|user)_main_thread:([0-9.]+)/gm)];
  return seconds.reduce((sum, [, each]) => sum + Number(each) * 1_000_000, 0);
}

/** Microseconds that the server spent on what clients asked for, by its own figures. What scripts ask is inside of them. */
async function scriptUs(): Promise<number> {
  const stats = await redis.info('commandstats');
  const own = [...stats.matchAll(/^cmdstat_(?:ping|evalsha|eval):calls=[0-9]+,usec=([0-9]+)/gm)];
  return own.reduce((sum, [, usec]) => sum + Number(usec), 0);
}

/** Whether a reservation costs more the more agents have spent, and what an agent takes in memory. */
async function grow(): Promise<{ readonly rows: readonly Row[]; readonly ratio: number }> {
  const populations: (Population & { readonly samples: number[]; readonly agent: () => string })[] = [];
  for (const agents of AGENTS) {
    process.stderr.write(`\r${agents} agents`);
    const prefix = `agents${agents}`;
    const population = {
      agents,
      prefix,
      store: await opened(prefix),
      samples: [],
      agent: randomAgents(agents),
    };
    await populate(population);
    populations.push(population);
  }
  let calls = 0;
  for (let round = -1; round < ROUNDS; round++) {
    for (const { store, agent, samples } of populations) {
      const run = (): Promise<void> => hold(store, callOf(`grown ${++calls}`, agent()));
      const { us } = await timed({ name: '', run }, JUDGED_WIDTH, CALLS);
      // The first round warms up.
      if (round >= 0) samples.push(us);
    }
  }
  process.stderr.write('\n');
  const rows: Row[] = [];
  for (const population of populations) {
    const bytes = await bytesPerAgent(redis, population);
    const name = `reserve, 4 budgets and a rate, ${population.agents} agents`;
    rows.push({ name, [`us at ${JUDGED_WIDTH}`]: median(population.samples), 'bytes per agent': bytes });
  }
  const [first, last] = [populations[0], populations.at(-1)];
  return { rows, ratio: medianRatio(last?.samples ?? [], first?.samples ?? []) };
}
