import type { DeliveryRecord } from '../nouns/outbox.ts';
import { over, type Planted } from './planted.test-support.ts';

const HOUR_MS = 3_600_000;

function inState(
  delivery: DeliveryRecord | undefined,
  state: DeliveryRecord['state'],
): DeliveryRecord | undefined {
  return delivery && { ...delivery, state };
}

/** Bugs in what is kept of messages and their receivers. */
export const plantedOutbox: readonly Planted[] = [
  {
    name: 'opens an ended delivery again when a try of it is reported',
    caughtBy: /changes nothing for a try of what is not queued/,
    methods: (parts) => ({
      finish: (...asked) =>
        over(parts, { delivery: (id) => inState(parts.tables.delivery(id), 'queued') }).finish(...asked),
    }),
  },
  {
    name: 'queues what is queued a second time',
    caughtBy: /queues again what is over, as it was/,
    methods: (parts) => ({
      requeue: (...asked) =>
        over(parts, { delivery: (id) => inState(parts.tables.delivery(id), 'gave-up') }).requeue(...asked),
    }),
  },
  {
    name: 'changes an endpoint for whoever comes',
    caughtBy: /changes an endpoint only for who knows how it stands/,
    methods: (parts) => ({
      putEndpoint: (endpoint, events) =>
        over(parts, {
          endpoint: (id) => ({ id, state: 'active', revision: endpoint.revision - 1 }),
        }).putEndpoint(endpoint, events),
    }),
  },
  {
    name: 'changes an endpoint, and writes that down afterwards',
    caughtBy: /changes nothing for an event that cannot be written/,
    methods: ({ store }) => ({
      async putEndpoint(endpoint, events) {
        const kept = await store.putEndpoint(endpoint, []);
        if (kept) await store.append(events);
        return kept;
      },
    }),
  },
  {
    name: 'forgets endpoints that were removed',
    caughtBy: /keeps endpoints as they are, in the order of their ids, removed ones too/,
    rows: (tables) => ({ endpoints: () => tables.endpoints().filter(({ state }) => state !== 'removed') }),
  },
  {
    name: 'forgets a dead letter as soon as what was delivered',
    caughtBy: /knows what was delivered for 72 hours after it, and a dead letter for 30 days/,
    rows: (tables, now) => ({
      putDelivery: (delivery, keptUntilMs) =>
        tables.putDelivery(delivery, keptUntilMs && Math.min(keptUntilMs, now() + 72 * HOUR_MS)),
    }),
  },
  {
    name: 'forgets what was queued again with its first end',
    caughtBy: /knows what is queued for as long as it is/,
    rows: (tables, now) => ({
      putDelivery: (delivery, keptUntilMs) => tables.putDelivery(delivery, keptUntilMs ?? now() + HOUR_MS),
    }),
  },
  {
    name: 'keeps every try',
    caughtBy: /keeps the last twelve tries/,
    methods: ({ run, tables }) => ({
      finish: async (id, { kind, tried }) =>
        run(() => {
          const known = tables.delivery(id);
          if (known === undefined) return;
          const [attempts, tries] = [known.attempts + 1, [...known.tries, tried]];
          const state = kind === 'retry' ? 'queued' : kind;
          tables.putDelivery({ ...known, attempts, tries, state }, undefined);
        }),
    }),
  },
  {
    name: 'begins the log anew when a delivery is queued again',
    caughtBy: /queues again what is over, as it was, with its log/,
    methods: (parts) => ({
      requeue: (...asked) =>
        over(parts, {
          putDelivery: (delivery) => parts.tables.putDelivery({ ...delivery, tries: [] }, undefined),
        }).requeue(...asked),
    }),
  },
  {
    name: 'goes on counting the tries of what is queued again',
    caughtBy: /queues again what is over, as it was, with its log/,
    methods: (parts) => ({
      requeue: (...asked) =>
        over(parts, {
          putDelivery: (delivery) => parts.tables.putDelivery({ ...delivery, attempts: 3 }, undefined),
        }).requeue(...asked),
    }),
  },
  {
    name: 'does not count the try that was delivered',
    caughtBy: /tells of a delivery how it stands, since when, and every try/,
    rows: (tables) => ({
      putDelivery: (delivery, keptUntilMs) =>
        tables.putDelivery(
          delivery.state === 'delivered' ? { ...delivery, attempts: delivery.attempts - 1 } : delivery,
          keptUntilMs,
        ),
    }),
  },
  {
    name: 'lists a delivery by when it was queued last',
    caughtBy: /lists the latest first, by when they were queued first/,
    rows: (tables, now) => ({
      putDelivery: (delivery, keptUntilMs) =>
        tables.putDelivery({ ...delivery, queuedAt: now() }, keptUntilMs),
    }),
  },
  {
    name: 'begins a page with the end of the one before',
    caughtBy: /lists page by page all that is there, each once/,
    rows: (tables) => ({
      deliveries: ({ after, ...query }) =>
        tables.deliveries(
          after === undefined ? query : { ...query, after: { ...after, id: `${after.id}0` } },
        ),
    }),
  },
  {
    name: 'counts the end of a time to it',
    caughtBy: /lists those of an endpoint, of a state and of a time/,
    rows: (tables) => ({
      deliveries: ({ untilMs, ...query }) =>
        tables.deliveries(untilMs === undefined ? query : { ...query, untilMs: untilMs + 1 }),
    }),
  },
  {
    name: 'says a deadline that has passed away with its call',
    caughtBy: /says when the next call reaches its deadline/,
    methods: ({ store }) => {
      let earliest = Infinity;
      return {
        async nextDeadline() {
          earliest = Math.min(earliest, (await store.nextDeadline()) ?? Infinity);
          return earliest === Infinity ? undefined : earliest;
        },
      };
    },
  },
];
