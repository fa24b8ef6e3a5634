import type { DeliveryQuery, DeliveryRecord, EndpointRecord } from '../../nouns/outbox.ts';
import { byBytes } from '../order.ts';
import type { Tables } from '../tables.ts';
import { messageOf } from '../transitions/outbox.ts';
import { put, remove, type Undo } from './undo.ts';

type DeliveryRows = Pick<
  Tables,
  | 'cursor'
  | 'putCursor'
  | 'addDelivery'
  | 'delivery'
  | 'putDelivery'
  | 'deliveries'
  | 'pruneDeliveries'
  | 'dueDeliveries'
  | 'nextDueDelivery'
>;

/** The outbox: every delivery in the order in which they were queued first, what is queued of them, and cursors. */
export function deliveryRows(undo: Undo): DeliveryRows {
  const cursors = new Map<string, number>();
  const known = new Map<string, DeliveryRecord>();
  const queued = new Map<string, DeliveryRecord>();
  const keptUntil = new Map<string, number>();
  const places = new Map<string, number>();
  let next = 0;

  // Nothing is forgotten before this time, so that most steps need not look.
  let earliest = Infinity;
  const lookAgain = (): void => void (earliest = -Infinity);
  const place = ({ id }: DeliveryRecord): number => places.get(id) ?? 0;
  const inOrder = (): DeliveryRecord[] =>
    [...queued.values()].sort((a, b) => a.dueAt - b.dueAt || place(a) - place(b));
  return {
    cursor: (endpoint) => cursors.get(endpoint) ?? 0,
    putCursor: (endpoint, cursor) => put(undo, cursors, [endpoint, cursor]),
    addDelivery(delivery) {
      const { id } = delivery;
      if (known.has(id)) return;
      put(undo, places, [id, next++]);
      put(undo, known, [id, delivery]);
      put(undo, queued, [id, delivery]);
    },
    delivery: (id) => known.get(id),
    putDelivery(delivery, keptUntilMs) {
      const { id, state } = delivery;
      put(undo, known, [id, delivery]);
      if (state === 'queued') put(undo, queued, [id, delivery]);
      else remove(undo, queued, id);
      if (keptUntilMs === undefined) remove(undo, keptUntil, id);
      else put(undo, keptUntil, [id, keptUntilMs]);
      earliest = Math.min(earliest, keptUntilMs ?? Infinity);
    },
    deliveries: (query) =>
      [...known.values()]
        .filter((delivery) => isAskedFor(delivery, query))
        .sort(latestFirst)
        .slice(0, query.limit),
    pruneDeliveries(nowMs, limit) {
      if (nowMs < earliest) return;
      undo.note(lookAgain);
      const ordered = [...keptUntil].sort(([a, aMs], [b, bMs]) => aMs - bMs || byBytes(a, b));
      const lapsed = ordered.slice(0, limit).filter(([, untilMs]) => untilMs <= nowMs);
      for (const [id] of lapsed) {
        remove(undo, known, id);
        remove(undo, keptUntil, id);
        remove(undo, places, id);
      }
      earliest = ordered[lapsed.length]?.[1] ?? Infinity;
    },
    dueDeliveries: (nowMs, limit) =>
      inOrder()
        .filter(({ dueAt }) => dueAt <= nowMs)
        .slice(0, limit)
        .map(messageOf),
    nextDueDelivery: () => inOrder()[0]?.dueAt,
  };
}

function isAskedFor(delivery: DeliveryRecord, query: DeliveryQuery): boolean {
  const { endpoint, state, fromMs = -Infinity, untilMs = Infinity, after } = query;
  return (
    (endpoint === undefined || delivery.endpoint === endpoint) &&
    (state === undefined || delivery.state === state) &&
    delivery.queuedAt >= fromMs &&
    delivery.queuedAt < untilMs &&
    (after === undefined || latestFirst(after, delivery) < 0)
  );
}

type Listed = Pick<DeliveryRecord, 'queuedAt' | 'id'>;

function latestFirst(a: Listed, b: Listed): number {
  return b.queuedAt - a.queuedAt || byBytes(b.id, a.id);
}

/** What is known of endpoints. */
export function endpointRows(undo: Undo): Pick<Tables, 'endpoint' | 'putEndpoint' | 'endpoints'> {
  const endpoints = new Map<string, EndpointRecord>();
  return {
    endpoint: (id) => endpoints.get(id),
    putEndpoint: (endpoint) => put(undo, endpoints, [endpoint.id, endpoint]),
    endpoints: () => [...endpoints.values()].sort((a, b) => byBytes(a.id, b.id)),
  };
}
