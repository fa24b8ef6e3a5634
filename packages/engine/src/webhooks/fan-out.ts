import type { Entry, EntryType } from '../nouns/entry.ts';
import type { Delivery, Outbox } from '../nouns/outbox.ts';
import type { ApprovalStore, Journal } from '../nouns/store.ts';
import { type Endpoint, webhookEvents } from './endpoint.ts';
import { approvalFacts, deliveryOf } from './payload.ts';
import { type Report, WebhookError } from './problem.ts';

const PAGE = 100;

/** What webhooks need of a store. */
export interface WebhookStore extends Outbox, Pick<Journal, 'entries'>, Pick<ApprovalStore, 'approval'> {}

/** The place of the newest entry of these types; 0 where there is none. */
export async function newest(store: WebhookStore, types: readonly EntryType[]): Promise<number> {
  let found = 0;
  for (;;) {
    const entries = await store.entries({ afterSeq: found, limit: PAGE, types });
    found = entries.at(-1)?.seq ?? found;
    if (entries.length < PAGE) return found;
  }
}

/**
 * Turns what the journal recorded since the endpoint's cursor, `afterSeq`, into queued deliveries. The cursor also passes the
 * events that the endpoint does not want: asking for more events later does not send old ones.
 */
export async function fanOut(
  store: WebhookStore,
  endpoint: Endpoint,
  {
    afterSeq,
    ...watch
  }: { readonly afterSeq: number; readonly report: Report; readonly closing: AbortSignal },
): Promise<void> {
  let cursor = afterSeq;
  while (!watch.closing.aborted) {
    const entries = await store.entries({ afterSeq: cursor, limit: PAGE, types: webhookEvents });
    const last = entries.at(-1);
    if (last === undefined) return;
    await store.enqueue(endpoint.id, last.seq, await deliveries(store, endpoint, { entries, ...watch }));
    cursor = last.seq;
  }
}

async function deliveries(
  store: WebhookStore,
  endpoint: Endpoint,
  { entries, report }: { readonly entries: readonly Entry[]; readonly report: Report },
): Promise<readonly Delivery[]> {
  const built: Delivery[] = [];
  for (const entry of entries) {
    if (!endpoint.events.has(entry.type)) continue;
    const delivery = await build(store, endpoint, entry);
    if (typeof delivery === 'string') {
      const skipped = { kind: 'event-skipped', endpoint: endpoint.id, sequence: entry.seq } as const;
      report(new WebhookError({ ...skipped, reason: delivery }));
    } else {
      built.push(delivery);
    }
  }
  return built;
}

async function build(store: WebhookStore, endpoint: Endpoint, entry: Entry): Promise<Delivery | string> {
  const facts = approvalFacts(entry);
  if (facts === undefined) return 'the entry does not name an approval and its status';
  const approval = await store.approval(facts.approval);
  if (approval === undefined) return 'the store does not have the approval';
  return deliveryOf(endpoint.id, entry, { ...approval, ...facts });
}
