import type { Store } from '@torii/engine';
import type { Redis } from 'ioredis';
import { budgetOf, hold, inParallel, rateOf, reservationOf } from './redis-holds.ts';

/** Agents that one reservation fills in: one by one, a million would take too long. */
const AT_ONCE = 100;

/** A store in which so many agents have spent something: each has a budget of the day and a rate. */
export interface Population {
  readonly agents: number;
  readonly store: Store;
  readonly prefix: string;
}

/** Lets every agent of a population spend something. */
export async function populate({ agents, store }: Population): Promise<void> {
  const nowMs = Date.now();
  await inParallel(Math.ceil(agents / AT_ONCE), 8, async (index) => {
    const count = Math.min(AT_ONCE, agents - index * AT_ONCE);
    const names = Array.from({ length: count }, (_, nth) => nameOf(index * AT_ONCE + nth));
    const budgets = names.map((name) => budgetOf(name, 0, nowMs));
    await hold(store, reservationOf(`filled ${index}`, { agent: 'all', budgets, rates: names.map(rateOf) }));
  });
}

/** Agents in an order of their own, the same in every run. */
export function randomAgents(agents: number): () => string {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return nameOf(Math.floor((state / 2 ** 32) * agents));
  };
}

/** A call of one agent of a population: its own budget and rate, and three budgets that all of them share. */
export function callOf(id: string, agent: string): ReturnType<typeof reservationOf> {
  const nowMs = Date.now();
  const shared = [1, 2, 3].map((place) => budgetOf('everybody', place, nowMs));
  return reservationOf(id, {
    agent,
    budgets: [budgetOf(agent, 0, nowMs), ...shared],
    rates: [rateOf(agent)],
  });
}

/** Bytes that the counters of a population take, for each agent. */
export async function bytesPerAgent(redis: Redis, { prefix, agents }: Population): Promise<number> {
  const keys = (await keysOf(redis, prefix)).filter((key) => key.endsWith(':counters'));
  let bytes = 0;
  for (const key of keys) bytes += (await redis.memory('USAGE', key, 'SAMPLES', 0)) ?? 0;
  return bytes / agents;
}

/** Bytes that the server needs more for each of so many calls that are open, their entries in the journal included. */
export async function bytesPerHold(redis: Redis, store: Store, holds: number): Promise<number> {
  const nowMs = Date.now();
  const budgets = [0, 1, 2, 3].map((place) => budgetOf('bot', place, nowMs));
  await hold(store, reservationOf('first', { agent: 'bot', budgets }));
  const before = await usedMemory(redis);
  await inParallel(holds, 16, (index) =>
    hold(store, reservationOf(`open ${index}`, { agent: 'bot', budgets })),
  );
  return ((await usedMemory(redis)) - before) / holds;
}

/** All keys of a store. */
export async function keysOf(redis: Redis, prefix: string): Promise<readonly string[]> {
  const keys: string[] = [];
  for (let cursor = '0'; ;) {
    const [next, found] = await redis.scan(cursor, 'MATCH', `${prefix}:*`, 'COUNT', 1_000);
    keys.push(...found);
    if (next === '0') return keys;
    cursor = next;
  }
}

async function usedMemory(redis: Redis): Promise<number> {
  const [, bytes = '0'] = /used_memory:([0-9]+)/.exec(await redis.info('memory')) ?? [];
  return Number(bytes);
}

function nameOf(index: number): string {
  return `agent-${index}`;
}
