import type { CallTables } from '../tables.ts';
import { callOf, callText } from './call-record.ts';
import type { CallRecord } from '../../nouns/hold.ts';
import type { Forgetful } from './budget-rows.ts';
import { integerOf, jsonOf, textOf } from './columns.ts';
import { RowCache } from './row-cache.ts';
import type { Connection, Row } from './driver.ts';

/** Calls: a few columns to find them by, which is why one that is passed over has no `ended_at`, and the record as JSON. */
export function callRows(connection: Connection): CallTables & Forgetful {
  const byId = connection.prepare('SELECT record FROM calls WHERE id = ?');
  const byFingerprint = connection.prepare('SELECT record FROM calls WHERE open_fingerprint = ?');
  const due = connection.prepare(
    'SELECT record FROM calls WHERE deadline_ms <= ? ORDER BY deadline_ms, position LIMIT ?',
  );
  const soonest = connection.prepare('SELECT MIN(deadline_ms) AS deadline_ms FROM calls');
  const unresolved = connection.prepare(
    "SELECT record FROM calls WHERE state = 'unresolved' ORDER BY position LIMIT ?",
  );
  const ended = connection.prepare('SELECT id FROM calls WHERE ended_at < ? ORDER BY ended_at LIMIT ?');
  const passOver = connection.prepare('UPDATE calls SET ended_at = NULL WHERE id = ?');
  const drop = connection.prepare('DELETE FROM calls WHERE id = ?');
  const put = connection.prepare(`
    INSERT INTO calls (id, open_fingerprint, state, deadline_ms, ended_at, record) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET open_fingerprint = excluded.open_fingerprint, state = excluded.state,
      deadline_ms = excluded.deadline_ms, ended_at = excluded.ended_at, record = excluded.record`);
  const known = new RowCache<CallRecord>();
  // No deadline is earlier than this one, so that most sweeps need not ask.
  let earliest = 0;
  const nextDeadline = (): number | undefined => {
    const next = soonest.get();
    return next === undefined || next['deadline_ms'] === null ? undefined : integerOf(next, 'deadline_ms');
  };
  return {
    call: (id) => known.get(id) ?? found(byId.get(id)),
    openCall: (fingerprint) => found(byFingerprint.get(fingerprint)),
    putCall(record) {
      const { id, fingerprint, state, deadlineMs, endedAt } = record;
      const open = endedAt === undefined ? (fingerprint ?? null) : null;
      put.run(id, open, state, deadlineMs ?? null, endedAt ?? null, callText(record));
      known.set(id, record);
      earliest = Math.min(earliest, deadlineMs ?? Infinity);
    },
    dueCalls(nowMs, limit) {
      if (nowMs < earliest) return [];
      const calls = due.all(nowMs, limit).map(call);
      earliest = nextDeadline() ?? Infinity;
      return calls;
    },
    nextDeadline,
    unresolvedCalls: (limit) => unresolved.all(limit).map(call),
    endedCalls: (beforeMs, limit) => ended.all(beforeMs, limit).map((row) => textOf(row, 'id')),
    passOver: (id) => passOver.run(id),
    forgetCall(id) {
      drop.run(id);
      known.delete(id);
    },
    forget() {
      known.clear();
      earliest = 0;
    },
  };
}

function call(row: Row): ReturnType<typeof callOf> {
  return callOf(jsonOf(row, 'record'));
}

function found(row: Row | undefined): ReturnType<CallTables['call']> {
  return row === undefined ? undefined : call(row);
}
