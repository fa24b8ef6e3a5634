import { createEngine, type Engine, signAgentToken } from '@torii/engine';
import { redisStore } from '@torii/engine/redis';

/** What every process has to know: where the money is, where the shop is, and the secret that proves who is calling. */
export interface Place {
  readonly redis: string;
  readonly shop: string;
  readonly key: string;
}

/** What became of the calls of one agent. */
export interface News {
  readonly agent: string;
  readonly ran: number;
  readonly denied: number;
}

/** How many calls each agent makes at once. */
export const CALLS = 10;

/** What each call costs, in every framework. */
export const PRICE = '0.10 USD';

const budget = { scope: 'owner', window: 'lifetime', limit: '1.50 USD' };

function issuerOf(key: string) {
  return { issuer: 'office', audience: 'torii', algorithm: 'HS256', key } as const;
}

/** An engine of this process on the Redis that both share. */
export function openEngine({ redis, key }: Pick<Place, 'redis' | 'key'>): Promise<Engine> {
  return createEngine({
    policies: [{ id: 'office', budgets: [budget] }],
    // Patience: an example runs on whatever machine there is.
    store: redisStore({ redis, commandTimeoutMs: 5_000 }),
    storeTimeoutMs: 10_000,
    identity: { issuers: [issuerOf(key)] },
  });
}

/** All agents work for the same person, whose budget it is. */
export function tokenOf(agent: string, { key }: Pick<Place, 'key'>): Promise<string> {
  const owner = 'olga@example.com';
  return signAgentToken({ ...issuerOf(key), agent, owner, session: 's1', expiresInSeconds: 600 });
}
