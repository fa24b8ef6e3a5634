import type { Tables } from '../tables.ts';
import { callOf, callText } from './call-record.ts';
import { jsonOf } from './columns.ts';
import type { Connection, Row } from './driver.ts';

type CallRows = Pick<Tables, 'call' | 'openCall' | 'putCall' | 'dueCalls' | 'unresolvedCalls' | 'pruneCalls'>;

/** Calls: a few columns to find them by, and the whole record as JSON. */
export function callRows(connection: Connection): CallRows {
  const byId = connection.prepare('SELECT record FROM calls WHERE id = ?');
  const byFingerprint = connection.prepare('SELECT record FROM calls WHERE open_fingerprint = ?');
  const due = connection.prepare(
    'SELECT record FROM calls WHERE deadline_ms <= ? ORDER BY deadline_ms, position LIMIT ?',
  );
  const unresolved = connection.prepare(
    "SELECT record FROM calls WHERE state = 'unresolved' ORDER BY position LIMIT ?",
  );
  const prune = connection.prepare(
    'DELETE FROM calls WHERE position IN (SELECT position FROM calls WHERE ended_at < ? ORDER BY ended_at LIMIT ?)',
  );
  const put = connection.prepare(`
    INSERT INTO calls (id, open_fingerprint, state, deadline_ms, ended_at, record) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET open_fingerprint = excluded.open_fingerprint, state = excluded.state,
      deadline_ms = excluded.deadline_ms, ended_at = excluded.ended_at, record = excluded.record`);
  return {
    call: (id) => found(byId.get(id)),
    openCall: (fingerprint) => found(byFingerprint.get(fingerprint)),
    putCall(record) {
      const { id, fingerprint, state, deadlineMs, endedAt } = record;
      const open = endedAt === undefined ? (fingerprint ?? null) : null;
      put.run(id, open, state, deadlineMs ?? null, endedAt ?? null, callText(record));
    },
    dueCalls: (nowMs, limit) => due.all(nowMs, limit).map(call),
    unresolvedCalls: (limit) => unresolved.all(limit).map(call),
    pruneCalls: (beforeMs, limit) => prune.run(beforeMs, limit),
  };
}

function call(row: Row): ReturnType<typeof callOf> {
  return callOf(jsonOf(row, 'record'));
}

function found(row: Row | undefined): ReturnType<CallRows['call']> {
  return row === undefined ? undefined : call(row);
}
