import type { SessionFacts } from '../../nouns/facts.ts';
import type { SessionKey } from '../../nouns/hold.ts';
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
  const one = connection.prepare('SELECT kept_until_ms, facts FROM sessions WHERE id = ?');
  const put = connection.prepare(`
    INSERT INTO sessions (id, kept_until_ms, facts) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET kept_until_ms = excluded.kept_until_ms, facts = excluded.facts`);
  const prune = connection.prepare(`
    DELETE FROM sessions WHERE position IN
      (SELECT position FROM sessions WHERE kept_until_ms < ? ORDER BY position LIMIT ?)
    RETURNING id`);
  const known = new RowCache<SessionRecord>();
  return {
    session(key) {
      const id = sessionId(key);
      const seen = known.get(id);
      if (seen !== undefined) return seen;
      const row = one.get(id);
      const session = row === undefined ? undefined : sessionOf(key, row);
      if (session !== undefined) known.set(id, session);
      return session;
    },
    putSession(record) {
      const { keptUntilMs, elevatedUnder, calls, denials, writes, elevations } = record;
      const facts = { calls, denials, writes, elevations, elevatedUnder };
      const id = sessionId(record);
      put.run(id, keptUntilMs, JSON.stringify(facts));
      known.set(id, record);
    },
    pruneSessions(nowMs, limit) {
      for (const row of prune.all(nowMs, limit)) known.delete(textOf(row, 'id'));
    },
    forget: () => known.clear(),
  };
}

function sessionOf(key: SessionKey, row: Row): SessionRecord {
  const { issuer, tenant, owner, agent, session } = key;
  const { elevatedUnder, ...facts } = jsonOf(row, 'facts') as SessionFacts & {
    readonly elevatedUnder?: string;
  };
  return {
    issuer,
    tenant,
    owner,
    agent,
    session,
    ...facts,
    elevatedUnder,
    keptUntilMs: integerOf(row, 'kept_until_ms'),
  };
}
