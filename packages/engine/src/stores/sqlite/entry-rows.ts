import type { Entry, EntryType } from '../../nouns/entry.ts';
import { EMPTY, type Head } from '../../record/chain.ts';
import { agentId, deniedAgent } from '../keys.ts';
import type { Tables } from '../tables.ts';
import { integerOf, jsonOf, textOf } from './columns.ts';
import type { Connection, Row } from './driver.ts';

/** The journal's rows, with its end kept in memory so that an entry costs no look-up. */
export interface EntryRows extends Pick<Tables, 'head' | 'putEntry' | 'entries' | 'denials'> {
  /** Reads the end of the journal anew: after a rollback, or when another connection wrote. */
  forget(): void;
}

/** What `entryOf` reads. */
export const ENTRY_COLUMNS = 'seq, at, type, call_id, facts, previous, hash';

/** The journal. */
export function entryRows(connection: Connection): EntryRows {
  const last = connection.prepare(`SELECT ${ENTRY_COLUMNS} FROM entries ORDER BY seq DESC LIMIT 1`);
  const put = connection.prepare(
    `INSERT INTO entries (${ENTRY_COLUMNS}, denied_agent) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const denied = connection.prepare(
    `SELECT ${ENTRY_COLUMNS} FROM entries WHERE denied_agent = ? ORDER BY seq DESC LIMIT ?`,
  );
  const entries = listing(connection);
  let head: Head | undefined;
  return {
    head() {
      if (head !== undefined) return head;
      const row = last.get();
      head = row === undefined ? EMPTY : entryOf(row);
      return head;
    },
    putEntry(entry) {
      const { seq, at, type, callId, facts, previous, hash } = entry;
      put.run(
        seq,
        at,
        type,
        callId ?? null,
        JSON.stringify(facts),
        previous,
        hash,
        deniedAgent(entry) ?? null,
      );
      head = { seq, at, hash };
    },
    entries,
    denials: (agent, limit) => denied.all(agentId(agent), limit).map(entryOf),
    forget() {
      head = undefined;
    },
  };
}

function listing(connection: Connection): Tables['entries'] {
  const all = connection.prepare(`SELECT ${ENTRY_COLUMNS} FROM entries WHERE seq > ? ORDER BY seq LIMIT ?`);
  const bySeq = connection.prepare(`SELECT ${ENTRY_COLUMNS} FROM entries WHERE seq = ?`);
  const ofType = connection.prepare(
    'SELECT seq FROM entries WHERE type = ? AND seq > ? ORDER BY seq LIMIT ?',
  );
  const numbered = (type: EntryType, afterSeq: number, limit: number): number[] =>
    ofType.all(type, afterSeq, limit).map((row) => integerOf(row, 'seq'));
  return ({ afterSeq, limit, types }) => {
    if (types === undefined) return all.all(afterSeq, limit).map(entryOf);
    // One look-up for each type reads at most `limit` rows of its index; one for all would read the whole journal.
    const wanted = [...new Set(types)].flatMap((type) => numbered(type, afterSeq, limit));
    const first = wanted.sort((a, b) => a - b).slice(0, limit);
    return first.flatMap((seq) => bySeq.all(seq).map(entryOf));
  };
}

/** The entry of a row. */
export function entryOf(row: Row): Entry {
  const entry = {
    type: textOf(row, 'type') as EntryType,
    facts: jsonOf(row, 'facts') as Entry['facts'],
    seq: integerOf(row, 'seq'),
    at: integerOf(row, 'at'),
    previous: textOf(row, 'previous'),
    hash: textOf(row, 'hash'),
  };
  return row['call_id'] === null ? entry : { ...entry, callId: textOf(row, 'call_id') };
}
