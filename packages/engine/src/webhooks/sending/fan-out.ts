import type { Entry, EntryType } from '../../nouns/entry.ts';
import type { Delivery } from '../../nouns/outbox.ts';
import type { Store } from '../../nouns/store.ts';
import type { Endpoint } from '../endpoints/endpoint.ts';
import { isApprovalEvent, isWebhookEvent, webhookEvents } from '../events.ts';
import { alertDelivery, approvalDelivery, approvalFacts } from '../message.ts';
import { type Report, WebhookError } from '../problem.ts';

const PAGE = 100;

/** What turning the journal into deliveries needs of a store. */
export type FanOutStore = Pick<Store, 'cursor' | 'enqueue' | 'entries' | 'approval' | 'tenant'>;

/**
 * How far an endpoint is. Where the store has never seen it, or has lost its place, it begins, and that is written.
 * `heard`: it was there before this journal.
 */
export async function placeOf(store: FanOutStore, endpoint: Endpoint, heard: boolean): Promise<number> {
  const known = await store.cursor(endpoint.id);
  if (known > 0) return known;
  const start = await beginningOf(store, endpoint, heard);
  if (start > 0) await store.enqueue(endpoint.id, start, []);
  return start;
}

/**
 * Turns what the journal recorded after `afterSeq` into queued deliveries, and answers them. The cursor also passes the
 * events that the endpoint does not want: asking for more events later does not send old ones.
 */
export async function fanOut(
  store: FanOutStore,
  endpoint: Endpoint,
  {
    afterSeq,
    ...watch
  }: { readonly afterSeq: number; readonly report: Report; readonly signal: AbortSignal },
): Promise<readonly Delivery[]> {
  const queued: Delivery[] = [];
  for (let cursor = afterSeq; !watch.signal.aborted;) {
    const entries = await store.entries({ afterSeq: cursor, limit: PAGE, types: webhookEvents });
    const last = entries.at(-1);
    if (last === undefined) break;
    const deliveries = await deliveriesOf(store, endpoint, { entries, ...watch });
    await store.enqueue(endpoint.id, last.seq, deliveries);
    queued.push(...deliveries);
    cursor = last.seq;
  }
  return queued;
}

/**
 * After the newest `engine.started`, so that a journal of years is not sent to an endpoint, and nothing is missed that
 * this engine recorded before the first look; one that was there before the journal hears all of it. One that was made at
 * run time begins where it was made. Places that were lost with the data of the store begin with its being rebuilt.
 */
async function beginningOf(store: FanOutStore, { id, fixed }: Endpoint, heard: boolean): Promise<number> {
  const rebuiltAt = Math.max(0, (await newest(store, 'store.rebuilt')) - 1);
  if (!fixed) return Math.max(rebuiltAt, await madeAt(store, id));
  return Math.max(rebuiltAt, await (heard ? afterFirst(store) : newest(store, 'engine.started')));
}

/**
 * After the first entry, which is a place that can be written down; 0 where there is none yet, and where somebody is told
 * of it: a tenant may be stopped before it ever did anything.
 */
async function afterFirst(store: Pick<Store, 'entries'>): Promise<number> {
  const [first] = await store.entries({ afterSeq: 0, limit: 1 });
  return first === undefined || isWebhookEvent(first.type) ? 0 : first.seq;
}

/** The place of the newest entry of this type that counts; 0 where there is none. */
async function newest(
  store: Pick<Store, 'entries'>,
  type: EntryType,
  counts: (entry: Entry) => boolean = () => true,
): Promise<number> {
  let found = 0;
  for (let afterSeq = 0; ;) {
    const entries = await store.entries({ afterSeq, limit: PAGE, types: [type] });
    found = entries.findLast(counts)?.seq ?? found;
    afterSeq = entries.at(-1)?.seq ?? afterSeq;
    if (entries.length < PAGE) return found;
  }
}

/** Where an endpoint was made at run time; 0 for one that never was. */
export function madeAt(store: Pick<Store, 'entries'>, id: string): Promise<number> {
  return newest(
    store,
    'webhook.endpoint_saved',
    ({ facts }) => facts['endpoint'] === id && facts['change'] === 'created',
  );
}

async function deliveriesOf(
  store: FanOutStore,
  endpoint: Endpoint,
  { entries, report }: { readonly entries: readonly Entry[]; readonly report: Report },
): Promise<readonly Delivery[]> {
  const built: Delivery[] = [];
  for (const entry of entries) {
    if (!endpoint.events.has(entry.type) || isAbout(entry, endpoint)) continue;
    const delivery = await build(store, endpoint.id, entry);
    if (typeof delivery === 'string') {
      const skipped = { kind: 'event-skipped', endpoint: endpoint.id, sequence: entry.seq } as const;
      report(new WebhookError({ ...skipped, reason: delivery }));
    } else {
      built.push(delivery);
    }
  }
  return built;
}

/** That an endpoint does not take messages is not told by a message to it. */
function isAbout({ type, facts }: Entry, { id }: Endpoint): boolean {
  return (type.startsWith('webhook.') || type.startsWith('circuit.')) && facts['endpoint'] === id;
}

async function build(store: FanOutStore, endpoint: string, entry: Entry): Promise<Delivery | string> {
  const { type: event } = entry;
  if (!isWebhookEvent(event)) return 'no endpoint is told of such an entry';
  if (!isApprovalEvent(event)) return alertDelivery({ endpoint, event, entry }, store.tenant);
  const facts = approvalFacts(entry);
  if (facts === undefined) return 'the entry does not name an approval and its status';
  const approval = await store.approval(facts.approval);
  if (approval === undefined) return 'the store does not have the approval';
  return approvalDelivery({ endpoint, event, entry }, approval, facts);
}
