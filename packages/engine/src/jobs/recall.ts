import type { Jobs } from '../nouns/jobs.ts';
import type { DeliveryPlace } from '../nouns/outbox.ts';
import type { Store } from '../nouns/store.ts';
import { deliveryJob } from './duties.ts';

const PAGE = 500;

/** The rest comes due sooner or later, and is then found as what has lost its job. */
const AT_MOST = 10_000;

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
