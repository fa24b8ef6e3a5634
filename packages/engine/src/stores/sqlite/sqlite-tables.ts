import type { Tables } from '../tables.ts';
import { approvalRows } from './approval-rows.ts';
import { bucketRows, type Forgetful, sliceRows } from './budget-rows.ts';
import { callRows } from './call-rows.ts';
import { deliveryRows } from './delivery-rows.ts';
import type { Connection } from './driver.ts';
import { entryRows } from './entry-rows.ts';

/** Rows in SQLite. Every statement is prepared here, once. */
export function sqliteTables(connection: Connection): Tables & Forgetful {
  const calls = callRows(connection);
  const buckets = bucketRows(connection);
  const slices = sliceRows(connection);
  const entries = entryRows(connection);
  return {
    ...calls,
    ...buckets,
    ...slices,
    ...approvalRows(connection),
    ...entries,
    ...deliveryRows(connection),
    forget() {
      for (const rows of [calls, buckets, slices, entries]) rows.forget();
    },
  };
}
