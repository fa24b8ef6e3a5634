import type { Job } from '../nouns/jobs.ts';
import type { Delivery } from '../nouns/outbox.ts';
import type { Store } from '../nouns/store.ts';

/** The job of the next try of a delivery. Every try has a job of its own, so that one that is done hides no other. */
export function deliveryJob(store: Store, { id, attempts, dueAt }: Delivery): Job {
  return { kind: 'delivery', tenant: tenantOf(store), subject: `${id}.${attempts}`, dueAt };
}

/** How jobs name a store: empty where all tenants share it. */
export function tenantOf(store: Store): string {
  return store.tenant ?? '';
}
