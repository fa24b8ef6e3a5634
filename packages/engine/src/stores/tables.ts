import type { Approval, ApprovalStatus } from '../nouns/approval.ts';
import type { Entry, EntryType } from '../nouns/entry.ts';
import type { CallRecord, Delivery } from '../nouns/store.ts';
import type { Head } from '../record/chain.ts';

/** What is known of one budget in one window. Amounts are micro-units. */
export interface Bucket {
  readonly key: string;
  readonly startMs: number;
  readonly spent: bigint;
  readonly held: bigint;
  readonly frozen: boolean;
}

/** How many calls of a rate began in one slice of time. */
export interface Slice {
  readonly startMs: number;
  readonly count: number;
}

/**
 * The rows that the transitions read and write, synchronously and inside one transaction. Two implementations: maps in
 * memory and tables in SQLite. Rows are values: what is read is never changed in place.
 */
export interface Tables {
  call(id: string): CallRecord | undefined;

  /** The call with this fingerprint that has not ended. */
  openCall(fingerprint: string): CallRecord | undefined;
  putCall(record: CallRecord): void;

  /** Calls whose deadline is at or before `nowMs`, the earliest first. */
  dueCalls(nowMs: number, limit: number): readonly CallRecord[];
  unresolvedCalls(limit: number): readonly CallRecord[];

  /** Forgets calls that ended before `beforeMs`. */
  pruneCalls(beforeMs: number, limit: number): void;

  bucket(key: string, startMs: number): Bucket | undefined;
  putBucket(bucket: Bucket): void;
  frozenBuckets(key: string): readonly Bucket[];

  /** Slices of a rate that start after `afterMs`, the earliest first. */
  slices(key: string, afterMs: number): readonly Slice[];

  /** Adds one to a slice and forgets slices of the rate that start at or before `dropMs`. */
  addToSlice(key: string, startMs: number, dropMs: number): void;

  approval(id: string): Approval | undefined;
  putApproval(approval: Approval): void;
  approvals(filter: {
    readonly status?: ApprovalStatus;
    readonly approver?: string;
    readonly limit: number;
  }): readonly Approval[];

  head(): Head;
  putEntry(entry: Entry): void;
  entries(query: {
    readonly afterSeq: number;
    readonly limit: number;
    readonly types?: readonly EntryType[];
  }): readonly Entry[];
  denials(agent: { readonly issuer: string; readonly agent: string }, limit: number): readonly Entry[];

  cursor(endpoint: string): number;
  putCursor(endpoint: string, cursor: number): void;

  /** Queues a delivery unless its id is known. */
  addDelivery(delivery: Delivery): void;
  retryDelivery(id: string, dueAt: number): void;

  /** Takes a delivery out of the queue; its id stays known. */
  closeDelivery(id: string, state: 'delivered' | 'gave-up'): void;
  dueDeliveries(nowMs: number, limit: number): readonly Delivery[];
  nextDueDelivery(): number | undefined;
}
