import { createEngine, type Engine, signAgentToken } from '@torii/engine';
import { redisStore } from '@torii/engine/redis';

/** What every process has to know: where the money is, and the secret that proves who is calling. */
export interface Place {
  readonly url: string;
  readonly key: string;
}

/** What an agent tells of itself: that its order runs, and what became of its searches. */
export type News =
  { readonly kind: 'running' } | { readonly kind: 'asked'; readonly done: number; readonly denied: number };

/** How often `search` is asked for at once. */
export const SEARCHES = 40;

const policy = {
  id: 'team',
  budgets: [{ scope: 'owner', window: 'lifetime', limit: '5.00 USD' }],
};

function issuerOf({ key }: Place) {
  return { issuer: 'me', audience: 'torii', algorithm: 'HS256', key } as const;
}

/** An engine of this process on the Redis that all of them share. */
export function openEngine(place: Place): Promise<Engine> {
  return createEngine({
    policies: [policy],
    // Patience: an example runs on whatever machine there is.
    store: redisStore({ redis: place.url, commandTimeoutMs: 2_000 }),
    storeTimeoutMs: 5_000,
    holdTtlMs: 3_000,
    identity: { issuers: [issuerOf(place)] },
  });
}

/** Both agents work for the same person, whose budget it is. */
export function tokenOf(agent: string, place: Place): Promise<string> {
  return signAgentToken({
    ...issuerOf(place),
    agent,
    owner: 'olga@example.com',
    session: 's1',
    expiresInSeconds: 600,
  });
}

/** Runs one agent in this process. With `order` it begins a tool of one dollar first, which never comes back. */
export async function work(
  agent: string,
  {
    place,
    order,
    tell,
  }: { readonly place: Place; readonly order: boolean; readonly tell: (news: News) => void },
): Promise<void> {
  const torii = await openEngine(place);
  const credential = await tokenOf(agent, place);
  const call = { credential, framework: 'example' };
  if (order) {
    await new Promise<void>((started) => {
      void torii.guard({ ...call, tool: 'order', arguments: { item: 'book' }, price: '1.00 USD' }, () => {
        started();
        return new Promise(() => undefined);
      });
    });
    tell({ kind: 'running' });
  }
  const outcomes = await Promise.all(
    Array.from({ length: SEARCHES }, (_, page) =>
      torii.guard({ ...call, tool: 'search', arguments: { page }, price: '0.10 USD' }, () => 'found'),
    ),
  );
  const done = outcomes.filter(({ kind }) => kind === 'done').length;
  const denied = outcomes.filter(
    (outcome) => outcome.kind === 'denied' && outcome.code === 'BUDGET_EXCEEDED',
  ).length;
  tell({ kind: 'asked', done, denied });
  if (!order) await torii.close();
}
