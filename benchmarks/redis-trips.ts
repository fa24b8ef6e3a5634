import { type Clock, createEngine, signAgentToken } from '@torii/engine';
import { redisStore } from '@torii/engine/redis';
import type { Redis } from 'ioredis';
import { issuer } from './gate.ts';
import { sentDuring } from './redis-programs.ts';

const policy = {
  id: 'bench',
  tools: { allow: ['search'] },
  budgets: [
    { scope: 'session', window: 'lifetime', limit: '1000000.00 USD' },
    { scope: 'agent', window: 'day', limit: '1000000.00 USD' },
    { scope: 'owner', window: 'month', limit: '1000000.00 USD' },
    { scope: 'tenant', window: 'rolling 24h', limit: '1000000.00 USD' },
  ],
  rates: [{ scope: 'agent', limit: 1_000_000, per: 'minute' }],
};

/** The clock of the machine, on which nothing happens by itself: workers send commands of their own. */
const quiet: Clock = { now: () => Date.now(), after: () => () => undefined };

/** Commands that a whole engine sends for each call that it allows: from the request to what the call cost. */
export async function roundTrips(redis: Redis, url: string, calls: number): Promise<number> {
  const store = redisStore({ redis: url, prefix: 'trips', commandTimeoutMs: 10_000 });
  const torii = await createEngine({
    policies: [policy],
    store,
    identity: { issuers: [issuer] },
    clock: quiet,
  });
  const whom = { agent: 'bot', owner: 'owner@example.com', session: 's1', expiresInSeconds: 3_600 };
  const credential = await signAgentToken({ ...issuer, ...whom });
  const one = async (index: number): Promise<void> => {
    const request = {
      credential,
      framework: 'bench',
      tool: 'search',
      arguments: { index },
      price: '0.01 USD',
      idempotencyKey: `call-${index}`,
    };
    const outcome = await torii.guard(request, () => 'found');
    if (outcome.kind !== 'done') throw new Error(`expected every call to be done, got ${outcome.kind}`);
  };
  await one(-1);
  const sent = await sentDuring(redis, async () => {
    for (let index = 0; index < calls; index++) await one(index);
  });
  await torii.close();
  return sent.length / calls;
}
