import type { SessionFacts } from '../../nouns/facts.ts';
import type { SessionKey } from '../../nouns/store.ts';
import { sessionId } from '../keys.ts';
import type { SessionRecord, Tables } from '../tables.ts';
import type { Forgetful } from './budget-rows.ts';
import { integerOf, jsonOf, textOf } from './columns.ts';
import type { Connection, Row } from './driver.ts';
import { RowCache } from './row-cache.ts';

/** Sessions: what they did as JSON, found by whose they are and by when they may be forgotten. */
export function sessionRows(
  connection: Connection,
): Pick<Tables, 'session' | 'putSession' | 'pruneSessions'> & Forgetful {
  const one = connection.prepare(
    'SELECT kept_until_ms, facts FROM sessions WHERE issuer = ? AND agent = ? AND session = ?',
  );
  const put = connection.prepare(`
    INSERT INTO sessions (issuer, agent, session, kept_until_ms, facts) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET kept_until_ms = excluded.kept_until_ms, facts = excluded.facts`);
  const prune = connection.prepare(`
    DELETE FROM sessions WHERE position IN
      (SELECT position FROM sessions WHERE kept_until_ms < ? ORDER BY position LIMIT ?)
    RETURNING issuer, agent, session`);
  const known = new RowCache<SessionRecord>();
  return {
    session(key) {
      const id = sessionId(key);
      const seen = known.get(id);
      if (seen !== undefined) return seen;
      const row = one.get(key.issuer, key.agent, key.session);
      const session = row === undefined ? undefined : sessionOf(key, row);
      if (session !== undefined) known.set(id, session);
      return session;
    },
    putSession(record) {
      const { issuer, agent, session, keptUntilMs, ...facts } = record;
      put.run(issuer, agent, session, keptUntilMs, JSON.stringify(facts));
      known.set(sessionId(record), record);
    },
    pruneSessions(nowMs, limit) {
      for (const row of prune.all(nowMs, limit)) known.delete(sessionId(keyOf(row)));
    },
    forget: () => known.clear(),
  };
}

function keyOf(row: Row): SessionKey {
  return { issuer: textOf(row, 'issuer'), agent: textOf(row, 'agent'), session: textOf(row, 'session') };
}

function sessionOf({ issuer, agent, session }: SessionKey, row: Row): SessionRecord {
  const facts = jsonOf(row, 'facts') as SessionFacts;
  return { issuer, agent, session, ...facts, keptUntilMs: integerOf(row, 'kept_until_ms') };
}
