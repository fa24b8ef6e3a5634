import type { Delivery } from '../../nouns/outbox.ts';
import type { Tables } from '../tables.ts';
import { integerOf, jsonOf } from './columns.ts';
import type { Connection, Row } from './driver.ts';

type DeliveryRows = Pick<
  Tables,
  | 'cursor'
  | 'putCursor'
  | 'addDelivery'
  | 'retryDelivery'
  | 'closeDelivery'
  | 'dueDeliveries'
  | 'nextDueDelivery'
>;

/** The outbox. A closed delivery loses its message and keeps its id, which is never queued again. */
export function deliveryRows(connection: Connection): DeliveryRows {
  return { ...cursorRows(connection), ...queueRows(connection) };
}

function cursorRows(connection: Connection): Pick<Tables, 'cursor' | 'putCursor'> {
  const one = connection.prepare('SELECT seq FROM cursors WHERE endpoint = ?');
  const put = connection.prepare(
    'INSERT INTO cursors (endpoint, seq) VALUES (?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq',
  );
  return {
    cursor(endpoint) {
      const row = one.get(endpoint);
      return row === undefined ? 0 : integerOf(row, 'seq');
    },
    putCursor: (endpoint, cursor) => put.run(endpoint, cursor),
  };
}

function queueRows(connection: Connection): Omit<DeliveryRows, 'cursor' | 'putCursor'> {
  const add = connection.prepare(
    "INSERT INTO deliveries (id, state, attempts, due_at, message) VALUES (?, 'queued', ?, ?, ?) ON CONFLICT DO NOTHING",
  );
  const retry = connection.prepare(
    "UPDATE deliveries SET attempts = attempts + 1, due_at = ? WHERE id = ? AND state = 'queued'",
  );
  const close = connection.prepare(
    "UPDATE deliveries SET state = ?, message = NULL WHERE id = ? AND state = 'queued'",
  );
  const due = connection.prepare(`SELECT attempts, due_at, message FROM deliveries
    WHERE state = 'queued' AND due_at <= ? ORDER BY due_at, position LIMIT ?`);
  const next = connection.prepare(
    "SELECT due_at FROM deliveries WHERE state = 'queued' ORDER BY due_at LIMIT 1",
  );
  return {
    addDelivery({ attempts, dueAt, ...message }) {
      add.run(message.id, attempts, dueAt, JSON.stringify(message));
    },
    retryDelivery: (id, dueAt) => retry.run(dueAt, id),
    closeDelivery: (id, state) => close.run(state, id),
    dueDeliveries: (nowMs, limit) => due.all(nowMs, limit).map(deliveryOf),
    nextDueDelivery() {
      const row = next.get();
      return row === undefined ? undefined : integerOf(row, 'due_at');
    },
  };
}

function deliveryOf(row: Row): Delivery {
  const message = jsonOf(row, 'message') as Omit<Delivery, 'attempts' | 'dueAt'>;
  return { ...message, attempts: integerOf(row, 'attempts'), dueAt: integerOf(row, 'due_at') };
}
