import type { Event } from '../../nouns/entry.ts';
import type { Delivery, DeliveryRecord, EndpointRecord, Finish } from '../../nouns/outbox.ts';
import { record, type Step } from './rows.ts';

/** How long a delivery that is over is known: longer where nobody received it, so that somebody may replay it. */
export const DELIVERY_KEPT_MS = { delivered: 72 * 3_600_000, 'gave-up': 30 * 86_400_000 } as const;

/** Tries that the log of a delivery has. */
export const TRIES_KEPT = 12;

/** Forgotten with every step that queues or ends one. */
const FORGOTTEN_AT_ONCE = 10;

/** Queues deliveries that are not known, and moves the cursor of their endpoint, never back. */
export function enqueue(
  { tables, now }: Step,
  endpoint: string,
  { cursor, deliveries }: { readonly cursor: number; readonly deliveries: readonly Delivery[] },
): void {
  for (const delivery of deliveries)
    tables.addDelivery({ ...delivery, state: 'queued', queuedAt: now, tries: [] });
  tables.putCursor(endpoint, Math.max(cursor, tables.cursor(endpoint)));
  tables.pruneDeliveries(now, FORGOTTEN_AT_ONCE);
}

/** Records what a try of a queued delivery came to. */
export function finish({ tables, now }: Step, deliveryId: string, result: Finish): void {
  const delivery = tables.delivery(deliveryId);
  if (delivery?.state === 'queued') {
    const tried = {
      ...delivery,
      attempts: delivery.attempts + 1,
      tries: [...delivery.tries, result.tried].slice(-TRIES_KEPT),
    };
    if (result.kind === 'retry') tables.putDelivery({ ...tried, dueAt: result.dueAt }, undefined);
    else tables.putDelivery({ ...tried, state: result.kind }, now + DELIVERY_KEPT_MS[result.kind]);
  }
  tables.pruneDeliveries(now, FORGOTTEN_AT_ONCE);
}

/** Queues again what is over, and answers what it queued. */
export function requeue(
  { tables }: Step,
  deliveryIds: readonly string[],
  dueAt: number,
): readonly Delivery[] {
  const queued: Delivery[] = [];
  for (const id of deliveryIds) {
    const known = tables.delivery(id);
    if (known === undefined || known.state === 'queued') continue;
    const again: DeliveryRecord = { ...known, state: 'queued', attempts: 0, dueAt };
    tables.putDelivery(again, undefined);
    queued.push(messageOf(again));
  }
  return queued;
}

/** What is sent of a delivery, without its log. */
export function messageOf({ id, endpoint, event, body, attempts, dueAt }: DeliveryRecord): Delivery {
  return { id, endpoint, event, body, attempts, dueAt };
}

/** Keeps an endpoint that was changed by who knew how it stood; answers whether it was. */
export function putEndpoint(step: Step, endpoint: EndpointRecord, events: readonly Event[]): boolean {
  const { revision } = step.tables.endpoint(endpoint.id) ?? { revision: 0 };
  if (endpoint.revision !== revision + 1) return false;
  for (const event of events) record(step, event);
  step.tables.putEndpoint(endpoint);
  return true;
}
