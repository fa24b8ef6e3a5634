import type { Tables } from '../tables.ts';
import { accountRows } from './account-rows.ts';
import { approvalRows } from './approval-rows.ts';
import { bucketRows, type Forgetful, sliceRows } from './budget-rows.ts';
import { callRows } from './call-rows.ts';
import { deliveryRows } from './delivery-rows.ts';
import type { Connection } from './driver.ts';
import { endpointRows } from './endpoint-rows.ts';
import { entryRows } from './entry-rows.ts';
import { revisionRows } from './revision-rows.ts';
import { revocationRows } from './revocation-rows.ts';
import { sessionRows } from './session-rows.ts';

/** Rows in SQLite. Every statement is prepared here, once. */
export function sqliteTables(connection: Connection): Tables & Forgetful {
  const calls = callRows(connection);
  const buckets = bucketRows(connection);
  const accounts = accountRows(connection);
  const slices = sliceRows(connection);
  const sessions = sessionRows(connection);
  const revocations = revocationRows(connection);
  const revisions = revisionRows(connection);
  const entries = entryRows(connection);
  return {
    ...calls,
    ...buckets,
    ...accounts,
    ...slices,
    ...sessions,
    ...revocations,
    ...approvalRows(connection),
    ...revisions,
    ...entries,
    ...deliveryRows(connection),
    ...endpointRows(connection),
    forget() {
      for (const rows of [calls, buckets, accounts, slices, sessions, revocations, revisions, entries])
        rows.forget();
    },
  };
}
