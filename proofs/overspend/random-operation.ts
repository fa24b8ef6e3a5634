import type { Random } from '@torii/engine';
import type { Charged, Operation } from '../model/operation.ts';

/** Names that a schedule uses, so that many of them share one store. */
export interface Names {
  readonly prefix: string;
  readonly agent: string;
}

/** How long calls of a schedule may stay as they are. */
export interface Patience {
  readonly ttlMs: number;
}

const CALLS = 5;
const BUDGET_LIMIT = 60n;
const RATE_LIMIT = 9;

/** A random question among few calls and few budgets, so that clients meet. */
export function randomOperation(random: Random, names: Names, { ttlMs }: Patience): Operation {
  const id = `${names.prefix}c${random.below(CALLS)}`;
  const units = BigInt(random.below(30));
  const attempt = `${id}-${random.below(3)}`;
  if (random.below(5) < 2) return reserving(random, names, { id, attempt, units, ttlMs });
  const others: readonly Operation[] = [
    { kind: 'start', id, attempt, ttlMs },
    { kind: 'start', id, attempt, ttlMs },
    { kind: 'extend', id, units, ttlMs },
    { kind: 'settle', id, units },
    { kind: 'settle', id, units: units * 3n },
    { kind: 'release', id },
    { kind: 'suspend', id },
    { kind: 'withdraw', id, attempt },
    { kind: 'unfreeze', key: `${names.prefix}${pick(random, ['hot', 'warm', 'wallet'])}` },
    { kind: random.below(3) === 0 ? 'revoke' : 'restore', agent: names.agent },
    moving(random, names, units),
    moving(random, names, units),
    { kind: 'expire' },
  ];
  return others[random.below(others.length)] ?? { kind: 'expire' };
}

function reserving(
  random: Random,
  { prefix, agent }: Names,
  { id, attempt, units, ttlMs }: { id: string; attempt: string; units: bigint; ttlMs: number },
): Operation {
  const budget = (key: string): Charged => ({ key: `${prefix}${key}`, amount: units, limit: BUDGET_LIMIT });
  const wallet: Charged = { key: `${prefix}wallet`, amount: units, limit: 0n, wallet: true };
  const choices: readonly (readonly Charged[])[] = [
    [budget('hot')],
    [budget('hot'), budget('warm')],
    [budget('hot'), budget('hot')],
    [budget('warm'), wallet],
    [wallet],
  ];
  const rates = random.below(3) === 0 ? [{ key: `${prefix}rate`, limit: RATE_LIMIT }] : [];
  const then = random.below(3) === 0 ? 'hold' : 'start';
  const requestHash = random.below(12) === 0 ? 'another' : 'request';
  const charges = choices[random.below(choices.length)] ?? [];
  return { kind: 'reserve', id, agent, requestHash, attempt, then, charges, rates, ttlMs };
}

function moving(random: Random, { prefix }: Names, units: bigint): Operation {
  const [wallet, other] = [`${prefix}wallet`, `${prefix}other`];
  const ways = [
    { from: undefined, to: wallet },
    { from: undefined, to: wallet },
    { from: wallet, to: undefined },
    { from: wallet, to: other },
    { from: other, to: wallet },
  ];
  const way = ways[random.below(ways.length)] ?? { from: undefined, to: wallet };
  return { kind: 'move', id: `${prefix}m${random.below(8)}`, ...way, units: units + 1n };
}

function pick(random: Random, words: readonly string[]): string {
  return words[random.below(words.length)] ?? '';
}
