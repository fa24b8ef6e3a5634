import type { Connection } from './driver.ts';

/** "Tori", so that a file says whose it is. */
export const APPLICATION_ID = 0x546f7269;

/** The outbox. Of what ended in version 3 only the id is known, for as long as any other. */
export const DELIVERIES_TABLE = `
CREATE TABLE deliveries (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  endpoint TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  queued_at INTEGER NOT NULL,
  kept_until_ms INTEGER,
  message TEXT,
  tries TEXT NOT NULL
) STRICT;
`;

/** How deliveries are found: what is to be done with them, and those that are listed. */
export const DELIVERY_INDEXES = `
CREATE INDEX deliveries_by_due ON deliveries (due_at) WHERE state = 'queued';
CREATE INDEX deliveries_by_kept ON deliveries (kept_until_ms, id) WHERE kept_until_ms IS NOT NULL;
CREATE INDEX deliveries_by_time ON deliveries (queued_at, id) WHERE message IS NOT NULL;
CREATE INDEX deliveries_by_state ON deliveries (state, queued_at, id) WHERE message IS NOT NULL;
CREATE INDEX deliveries_by_endpoint ON deliveries (endpoint, queued_at, id) WHERE message IS NOT NULL;
CREATE INDEX deliveries_by_both ON deliveries (endpoint, state, queued_at, id) WHERE message IS NOT NULL;
`;

/** What is known of the receivers of webhooks, the secrets of those made at run time included. */
export const ENDPOINTS_TABLE = `
CREATE TABLE endpoints (
  id TEXT PRIMARY KEY,
  record TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`;

/** Approvals, and when each person may decide them; until when is the largest safe integer where that never ends. */
export const APPROVAL_TABLES = `
CREATE TABLE approvals (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  owner TEXT NOT NULL,
  agent TEXT NOT NULL,
  tool TEXT NOT NULL,
  notice_at INTEGER,
  record TEXT NOT NULL
) STRICT;
CREATE INDEX approvals_by_time ON approvals (created_at, id);
CREATE INDEX approvals_by_status ON approvals (status, created_at, id);
CREATE INDEX approvals_by_owner ON approvals (owner, created_at, id);
CREATE INDEX approvals_by_agent ON approvals (agent, created_at, id);
CREATE INDEX approvals_by_notice ON approvals (notice_at, id) WHERE notice_at IS NOT NULL;

CREATE TABLE approvers (
  approver TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  approval INTEGER NOT NULL REFERENCES approvals (position),
  from_ms INTEGER NOT NULL,
  until_ms INTEGER NOT NULL,
  PRIMARY KEY (approver, created_at, approval, from_ms)
) STRICT, WITHOUT ROWID;
CREATE INDEX approvers_by_approval ON approvers (approval);
`;

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

${APPROVAL_TABLES}
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
${DELIVERIES_TABLE}${DELIVERY_INDEXES}${ENDPOINTS_TABLE}`;

/** The version of `PRAGMA user_version` that this code reads and writes. */
export const SCHEMA_VERSION = 4;

/** The first version that was released: files from it on are brought up to date, by a step from each version to the next. */
export const FIRST_VERSION = 3;

/** Makes an empty file one of ours, whole or not at all. */
export function createTables(connection: Connection): void {
  connection.exec(`BEGIN IMMEDIATE; ${TABLES}
    PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
}
