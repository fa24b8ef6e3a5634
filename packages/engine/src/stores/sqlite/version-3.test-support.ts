import type { Entry } from '../../nouns/entry.ts';
import type { Connection } from './driver.ts';
import { APPLICATION_ID } from './schema.ts';

/** The tables of a file of version 3, as they were. */
const TABLES = `
CREATE TABLE calls (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  open_fingerprint TEXT,
  state TEXT NOT NULL,
  deadline_ms INTEGER,
  ended_at INTEGER,
  record TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX calls_by_open_fingerprint ON calls (open_fingerprint) WHERE open_fingerprint IS NOT NULL;
CREATE INDEX calls_by_deadline ON calls (deadline_ms) WHERE deadline_ms IS NOT NULL;
CREATE INDEX calls_unresolved ON calls (position) WHERE state = 'unresolved';
CREATE INDEX calls_by_end ON calls (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE buckets (
  key TEXT NOT NULL,
  start_ms INTEGER NOT NULL,
  spent INTEGER NOT NULL CHECK (spent >= 0),
  held INTEGER NOT NULL CHECK (held >= 0),
  frozen INTEGER NOT NULL CHECK (frozen IN (0, 1)),
  PRIMARY KEY (key, start_ms)
) STRICT, WITHOUT ROWID;
CREATE INDEX buckets_frozen ON buckets (key) WHERE frozen = 1;

CREATE TABLE accounts (
  key TEXT PRIMARY KEY,
  currency TEXT NOT NULL,
  funds INTEGER NOT NULL CHECK (funds >= 0),
  closed INTEGER NOT NULL CHECK (closed IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE TABLE movements (
  id TEXT PRIMARY KEY,
  source TEXT,
  target TEXT,
  currency TEXT NOT NULL,
  units INTEGER NOT NULL CHECK (units > 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE account_entries (
  account TEXT NOT NULL,
  seq INTEGER NOT NULL REFERENCES entries (seq),
  PRIMARY KEY (account, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kept_until_ms INTEGER NOT NULL,
  facts TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_by_kept ON sessions (kept_until_ms);

CREATE TABLE revocations (
  position INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  record TEXT NOT NULL
) STRICT;

CREATE TABLE revisions (
  number INTEGER PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  record TEXT NOT NULL,
  documents TEXT NOT NULL
) STRICT;

CREATE TABLE activation (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  number INTEGER NOT NULL REFERENCES revisions (number),
  record TEXT NOT NULL
) STRICT;

CREATE TABLE slices (
  key TEXT NOT NULL,
  start_ms INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (key, start_ms)
) STRICT, WITHOUT ROWID;

CREATE TABLE approvals (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL,
  record TEXT NOT NULL
) STRICT;
CREATE INDEX approvals_by_status ON approvals (status);

CREATE TABLE approvers (
  approver TEXT NOT NULL,
  approval INTEGER NOT NULL REFERENCES approvals (position),
  from_ms INTEGER NOT NULL,
  PRIMARY KEY (approver, approval)
) STRICT, WITHOUT ROWID;

CREATE TABLE entries (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  type TEXT NOT NULL,
  call_id TEXT,
  facts TEXT NOT NULL,
  previous TEXT NOT NULL,
  hash TEXT NOT NULL,
  denied_agent TEXT
) STRICT;
CREATE INDEX entries_by_type ON entries (type);
CREATE INDEX entries_denied ON entries (denied_agent) WHERE denied_agent IS NOT NULL;
CREATE TRIGGER entries_never_change BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'entries of the journal never change'); END;
CREATE TRIGGER entries_never_go BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'entries of the journal are never deleted'); END;
CREATE TRIGGER entries_without_gaps BEFORE INSERT ON entries
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM entries)
BEGIN SELECT RAISE(ABORT, 'an entry of the journal follows the last one'); END;

CREATE TABLE cursors (
  endpoint TEXT PRIMARY KEY,
  seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE deliveries (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  message TEXT
) STRICT;
CREATE INDEX deliveries_by_due ON deliveries (due_at) WHERE state = 'queued';
`;

/** Makes an empty file one of version 3 whose journal has these entries. */
export function createVersion3(connection: Connection, entries: readonly Entry[]): void {
  connection.exec(`BEGIN IMMEDIATE; ${TABLES}
    PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 3; COMMIT`);
  const put = connection.prepare(
    'INSERT INTO entries (seq, at, type, call_id, facts, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  for (const { seq, at, type, callId, facts, previous, hash } of entries)
    put.run(seq, at, type, callId ?? null, JSON.stringify(facts), previous, hash);
}
