import type { EndpointRecord } from '../../nouns/outbox.ts';
import type { Tables } from '../tables.ts';
import { jsonOf } from './columns.ts';
import type { Connection, Row } from './driver.ts';

/** Endpoints as JSON. */
export function endpointRows(connection: Connection): Pick<Tables, 'endpoint' | 'putEndpoint' | 'endpoints'> {
  const one = connection.prepare('SELECT record FROM endpoints WHERE id = ?');
  const all = connection.prepare('SELECT record FROM endpoints ORDER BY id');
  const put = connection.prepare(
    'INSERT INTO endpoints (id, record) VALUES (?, ?) ON CONFLICT DO UPDATE SET record = excluded.record',
  );
  return {
    endpoint(id) {
      const row = one.get(id);
      return row === undefined ? undefined : endpointOf(row);
    },
    putEndpoint: (endpoint) => put.run(endpoint.id, JSON.stringify(endpoint)),
    endpoints: () => all.all().map(endpointOf),
  };
}

function endpointOf(row: Row): EndpointRecord {
  return jsonOf(row, 'record') as EndpointRecord;
}
