import type { Tables } from '../tables.ts';
import { approvalRows } from './approval-rows.ts';
import { bucketRows, sliceRows } from './budget-rows.ts';
import { callRows } from './call-rows.ts';
import { deliveryRows } from './delivery-rows.ts';
import type { Connection } from './driver.ts';
import { entryRows, type EntryRows } from './entry-rows.ts';

/** Rows in SQLite. Every statement is prepared here, once. */
export function sqliteTables(connection: Connection): Tables & Pick<EntryRows, 'forget'> {
  return {
    ...callRows(connection),
    ...bucketRows(connection),
    ...sliceRows(connection),
    ...approvalRows(connection),
    ...entryRows(connection),
    ...deliveryRows(connection),
  };
}
