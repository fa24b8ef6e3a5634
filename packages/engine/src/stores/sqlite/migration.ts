import type { Approval } from '../../nouns/approval.ts';
import { approvalRows } from './approval-rows.ts';
import { integerOf, jsonOf } from './columns.ts';
import type { Connection } from './driver.ts';
import { rollBack } from './own-file.ts';
import {
  APPROVAL_TABLES,
  DELIVERIES_TABLE,
  DELIVERY_INDEXES,
  ENDPOINTS_TABLE,
  FIRST_VERSION,
  SCHEMA_VERSION,
} from './schema.ts';

/** Brings a part of a file from one version to the next, inside a transaction. */
type Step = (connection: Connection) => void;

/** The steps from each version, from `FIRST_VERSION` on, to the one after it. */
const STEPS: readonly (readonly Step[])[] = [[keepLogsOfDeliveries, findApprovals]];

/** Brings a file of an older version up to date, whole or not at all. Nothing that it says is lost. */
export function migrate(connection: Connection, version: number): void {
  connection.exec('BEGIN IMMEDIATE');
  try {
    for (const step of STEPS.slice(version - FIRST_VERSION).flat()) step(connection);
    connection.exec(`PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`);
  } catch (error) {
    rollBack(connection);
    throw error;
  }
}

/** How long the id of what ended is known, counted from the last entry: until when it ended nobody wrote down. */
const KNOWN_FOR_MS = 30 * 86_400_000;

/** Version 4: deliveries are kept with their log once they are over, and endpoints can be made at run time. */
function keepLogsOfDeliveries(connection: Connection): void {
  connection.exec(`
    ALTER TABLE deliveries RENAME TO deliveries_before;
    ${DELIVERIES_TABLE}
    INSERT INTO deliveries
      (position, id, endpoint, state, attempts, due_at, queued_at, kept_until_ms, message, tries)
    SELECT position, id, coalesce(json_extract(message, '$.endpoint'), ''), state, attempts, due_at,
      min(due_at, last), CASE WHEN state = 'queued' THEN NULL ELSE last + ${KNOWN_FOR_MS} END, message, '[]'
    FROM deliveries_before, (SELECT coalesce(max(at), 0) AS last FROM entries);
    DROP TABLE deliveries_before;
    ${DELIVERY_INDEXES}
    ${ENDPOINTS_TABLE}`);
}

/** Read at once. */
const PAGE = 500;

/** Version 4: approvals are found by whose they are, are announced, and say how each vote was proven. */
function findApprovals(connection: Connection): void {
  connection.exec(`
    DROP INDEX approvals_by_status;
    DROP TABLE approvers;
    ALTER TABLE approvals RENAME TO approvals_before;
    ${APPROVAL_TABLES}`);
  const { putApproval } = approvalRows(connection);
  const page = connection.prepare(
    'SELECT position, record FROM approvals_before WHERE position > ? ORDER BY position LIMIT ?',
  );
  for (let rows = page.all(0, PAGE); rows.length > 0;) {
    for (const row of rows) putApproval(asOfVersion4(jsonOf(row, 'record') as Approval));
    rows = page.all(integerOf(rows.at(-1) ?? {}, 'position'), PAGE);
  }
  connection.exec('DROP TABLE approvals_before');
}

/** Before, nobody could decide but with a token, and nobody was told of anything. */
function asOfVersion4(approval: Approval): Approval {
  const votes = approval.votes.map((vote) => ({ ...vote, via: 'token' as const }));
  return { ...approval, votes, noticed: 0 };
}
