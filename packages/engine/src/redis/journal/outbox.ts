import type {
  Delivery,
  DeliveryQuery,
  DeliveryRecord,
  DeliveryState,
  EndpointRecord,
  Finish,
  Outbox,
  Try,
} from '../../nouns/outbox.ts';
import { deliveryBounds, tryOf } from '../../stores/delivery-page.ts';
import { byBytes } from '../../stores/order.ts';
import { messageOf } from '../../stores/transitions/outbox.ts';
import type { FieldNames } from '../keys.ts';
import { jsonOf, listOf, textOf, wholeOf } from '../replies.ts';
import { type Argument, type Reply, run, type Slot } from '../script.ts';
import * as scripts from '../scripts/outbox.ts';
import { eventArguments } from './journal.ts';

/** What is kept of a delivery as JSON: what never changes. */
type Message = Pick<DeliveryRecord, 'id' | 'endpoint' | 'event' | 'body'>;

/** Most deliveries that are listed at once: each has up to 64 KiB of text. */
const PAGE = 50;

/** The webhooks of one slot. */
export function outboxOf(slot: Slot, names: FieldNames): Outbox {
  return {
    async cursor(endpoint) {
      const { rest } = await run(slot, scripts.CURSOR, [endpoint]);
      return wholeOf(rest[0]);
    },
    async enqueue(endpoint, cursor, deliveries) {
      const queued = deliveries.flatMap((delivery) => deliveryArguments(names, delivery));
      await run(slot, scripts.ENQUEUE, [endpoint, cursor, ...queued]);
    },
    async due(limit) {
      const { rest } = await run(slot, scripts.DUE, [limit]);
      return listOf(rest[0]).map((told) => messageOf(deliveryOf(told)));
    },
    async nextDue() {
      const { rest } = await run(slot, scripts.NEXT_DUE, []);
      const dueAt = wholeOf(rest[0]);
      return dueAt === -1 ? undefined : dueAt;
    },
    async finish(deliveryId, result) {
      await run(slot, scripts.FINISH, [deliveryId, ...finishArguments(result)]);
    },
    async delivery(deliveryId) {
      const [told] = (await run(slot, scripts.DELIVERY, [deliveryId])).rest;
      return listOf(told).map(deliveryOf)[0];
    },
    deliveries: (query) => listed(slot, names, query),
    async requeue(deliveryIds, dueAt) {
      const { rest } = await run(slot, scripts.REQUEUE, [dueAt, ...deliveryIds]);
      return listOf(rest[0]).map((told) => messageOf(deliveryOf(told)));
    },
    async endpoints() {
      const { rest } = await run(slot, scripts.ENDPOINTS, []);
      const endpoints = listOf(rest[0]).map((words) => jsonOf(words) as EndpointRecord);
      return endpoints.sort((a, b) => byBytes(a.id, b.id));
    },
    async putEndpoint(endpoint, events) {
      const { id, revision } = endpoint;
      const entries = events.flatMap((event) => eventArguments(names, event));
      const asked = [id, revision, JSON.stringify(endpoint), ...entries];
      return (await run(slot, scripts.PUT_ENDPOINT, asked)).kind === 'kept';
    },
  };
}

function deliveryArguments(names: FieldNames, delivery: Delivery): readonly Argument[] {
  const { id, endpoint, event, body, attempts, dueAt } = delivery;
  const message: Message = { id, endpoint, event, body };
  return [id, attempts, dueAt, names.of(endpoint), JSON.stringify(message)];
}

function finishArguments(result: Finish): readonly Argument[] {
  const tried = JSON.stringify(result.tried);
  return result.kind === 'retry' ? ['queued', result.dueAt, tried] : [result.kind, '', tried];
}

async function listed(
  slot: Slot,
  names: FieldNames,
  query: DeliveryQuery,
): Promise<readonly DeliveryRecord[]> {
  const { fromMs, before } = deliveryBounds(query);
  const list = listOfAll(names, query);
  const found: DeliveryRecord[] = [];
  let next = `${placeOf(before.queuedAt)}${before.id}`;
  do {
    const page = Math.min(PAGE, query.limit - found.length);
    const { rest } = await run(slot, scripts.DELIVERY_LIST, [list, next, placeOf(fromMs), page]);
    found.push(...listOf(rest[1]).map(deliveryOf));
    next = textOf(rest[0]);
  } while (next !== '' && found.length < query.limit);
  return found;
}

function placeOf(timeMs: number): string {
  return String(timeMs).padStart(16, '0');
}

/** The list of all deliveries, or of those of an endpoint, of a state, or of both. */
function listOfAll(names: FieldNames, { endpoint, state }: DeliveryQuery): string {
  const letter = state?.charAt(0) ?? '';
  if (endpoint === undefined) return state === undefined ? 'wa' : `ws${letter}`;
  return state === undefined ? `we${names.of(endpoint)}` : `wf${names.of(endpoint)}${letter}`;
}

function deliveryOf(reply: Reply): DeliveryRecord {
  const [message, state, attempts, dueAt, queuedAt, log] = listOf(reply);
  return {
    ...(jsonOf(message) as Message),
    attempts: wholeOf(attempts),
    dueAt: wholeOf(dueAt),
    state: textOf(state) as DeliveryState,
    queuedAt: wholeOf(queuedAt),
    tries: listOf(log).map((tried) => tryOf(jsonOf(tried) as Try)),
  };
}
