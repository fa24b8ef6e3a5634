import type { DeliveryQuery, DeliveryRecord, DeliveryState, Try } from '../../nouns/outbox.ts';
import { deliveryBounds, tryOf } from '../delivery-page.ts';
import type { Tables } from '../tables.ts';
import { messageOf } from '../transitions/outbox.ts';
import { integerOf, jsonOf, textOf } from './columns.ts';
import type { Connection, Row, Statement } from './driver.ts';

type QueueRows = Pick<
  Tables,
  | 'addDelivery'
  | 'delivery'
  | 'putDelivery'
  | 'deliveries'
  | 'pruneDeliveries'
  | 'dueDeliveries'
  | 'nextDueDelivery'
>;

/** What is kept of a delivery as JSON: what never changes. */
type Message = Pick<DeliveryRecord, 'id' | 'endpoint' | 'event' | 'body'>;

/** The outbox. */
export function deliveryRows(connection: Connection): QueueRows & Pick<Tables, 'cursor' | 'putCursor'> {
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

const COLUMNS = 'state, attempts, due_at, queued_at, message, tries';

function queueRows(connection: Connection): QueueRows {
  const add = connection.prepare(`
    INSERT INTO deliveries (id, endpoint, state, attempts, due_at, queued_at, message, tries)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`);
  const byId = connection.prepare(`SELECT ${COLUMNS} FROM deliveries WHERE id = ? AND message IS NOT NULL`);
  const put = connection.prepare(
    'UPDATE deliveries SET state = ?, attempts = ?, due_at = ?, kept_until_ms = ?, tries = ? WHERE id = ?',
  );
  const prune = connection.prepare(`
    DELETE FROM deliveries WHERE position IN
      (SELECT position FROM deliveries WHERE kept_until_ms <= ? ORDER BY kept_until_ms, id LIMIT ?)`);
  const due = connection.prepare(`
    SELECT ${COLUMNS} FROM deliveries WHERE state = 'queued' AND due_at <= ? ORDER BY due_at, position LIMIT ?`);
  const next = connection.prepare(
    "SELECT due_at FROM deliveries WHERE state = 'queued' ORDER BY due_at LIMIT 1",
  );
  return {
    addDelivery({ id, endpoint, event, body, ...standing }) {
      const { state, attempts, dueAt, queuedAt, tries } = standing;
      const message: Message = { id, endpoint, event, body };
      add.run(id, endpoint, state, attempts, dueAt, queuedAt, JSON.stringify(message), JSON.stringify(tries));
    },
    delivery(id) {
      const row = byId.get(id);
      return row === undefined ? undefined : deliveryOf(row);
    },
    putDelivery({ id, state, attempts, dueAt, tries }, keptUntilMs) {
      put.run(state, attempts, dueAt, keptUntilMs ?? null, JSON.stringify(tries), id);
    },
    deliveries: listing(connection),
    pruneDeliveries: (nowMs, limit) => prune.run(nowMs, limit),
    dueDeliveries: (nowMs, limit) => due.all(nowMs, limit).map((row) => messageOf(deliveryOf(row))),
    nextDueDelivery() {
      const row = next.get();
      return row === undefined ? undefined : integerOf(row, 'due_at');
    },
  };
}

/** One statement for each way to ask, so that each reads no more of an index than it answers. */
function listing(connection: Connection): (query: DeliveryQuery) => readonly DeliveryRecord[] {
  const asking = (...named: readonly string[]): Statement => {
    const parts = ['message IS NOT NULL', ...named.map((column) => `${column} = ?`)];
    return connection.prepare(`
      SELECT ${COLUMNS} FROM deliveries WHERE ${parts.join(' AND ')}
        AND queued_at >= ? AND (queued_at, id) < (?, ?) ORDER BY queued_at DESC, id DESC LIMIT ?`);
  };
  const [all, ofEndpoint] = [asking(), asking('endpoint')];
  const [ofState, ofBoth] = [asking('state'), asking('endpoint', 'state')];
  return (query) => {
    const { endpoint, state, limit } = query;
    const { fromMs, before } = deliveryBounds(query);
    const bounds = [fromMs, before.queuedAt, before.id, limit] as const;
    const rows = (): readonly Row[] => {
      if (endpoint === undefined)
        return state === undefined ? all.all(...bounds) : ofState.all(state, ...bounds);
      return state === undefined
        ? ofEndpoint.all(endpoint, ...bounds)
        : ofBoth.all(endpoint, state, ...bounds);
    };
    return rows().map(deliveryOf);
  };
}

function deliveryOf(row: Row): DeliveryRecord {
  return {
    ...(jsonOf(row, 'message') as Message),
    attempts: integerOf(row, 'attempts'),
    dueAt: integerOf(row, 'due_at'),
    state: textOf(row, 'state') as DeliveryState,
    queuedAt: integerOf(row, 'queued_at'),
    tries: (jsonOf(row, 'tries') as readonly Try[]).map(tryOf),
  };
}
