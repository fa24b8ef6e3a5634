import type { Jobs } from '../nouns/jobs.ts';
import type { DeliveryPlace } from '../nouns/outbox.ts';
import type { Store } from '../nouns/store.ts';
import { deliveryJob } from './pointing.ts';

const PAGE = 500;

/** The rest comes due sooner or later, and is then found as what has lost its job. */
const AT_MOST = 10_000;

/** How many are looked through at once for what has lost its job. */
const LOOKED_AT = 5_000;

/** Puts a job for every delivery that is queued. A queue that kept them knows them already. */
export async function recallDeliveries(store: Store, jobs: Pick<Jobs, 'put'>): Promise<void> {
  let after: DeliveryPlace | undefined;
  for (let seen = 0; seen < AT_MOST; seen += PAGE) {
    const query = { state: 'queued', limit: PAGE } as const;
    const page = await store.deliveries(after === undefined ? query : { ...query, after });
    await jobs.put(page.map((delivery) => deliveryJob(store, delivery)));
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = { queuedAt: last.queuedAt, id: last.id };
  }
}

/**
 * Looks through what is queued for deliveries that have been due since before `dueBefore`, and puts jobs for them again.
 * Goes on after `from`; answers where to go on the next time, undefined at the end.
 */
export async function reviveLost(
  store: Store,
  jobs: Pick<Jobs, 'revive'>,
  { from, dueBefore }: { readonly from: DeliveryPlace | undefined; readonly dueBefore: number },
): Promise<DeliveryPlace | undefined> {
  let after = from;
  for (let seen = 0; seen < LOOKED_AT; seen += PAGE) {
    const query = { state: 'queued', limit: PAGE } as const;
    const page = await store.deliveries(after === undefined ? query : { ...query, after });
    const lost = page.filter(({ dueAt }) => dueAt <= dueBefore);
    await jobs.revive(lost.map((delivery) => deliveryJob(store, delivery)));
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return undefined;
    after = { queuedAt: last.queuedAt, id: last.id };
  }
  return after;
}
