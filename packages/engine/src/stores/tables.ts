import type { Approval, ApprovalQuery } from '../nouns/approval.ts';
import type { Entry, EntryType } from '../nouns/entry.ts';
import type { Delivery, DeliveryQuery, DeliveryRecord, EndpointRecord } from '../nouns/outbox.ts';
import type { SessionFacts } from '../nouns/facts.ts';
import type { ActiveRevision, PolicyRevision, RevisionSummary } from '../nouns/revision.ts';
import type { Revocation } from '../nouns/revocation.ts';
import type { AgentKey, CallRecord, SessionKey } from '../nouns/hold.ts';
import type { Movement } from '../nouns/wallet.ts';
import type { Head } from '../record/chain.ts';

/** What is known of one budget in one window, or in one slice of a rolling one. Amounts are micro-units. */
export interface Bucket {
  readonly key: string;
  readonly startMs: number;
  readonly spent: bigint;
  readonly held: bigint;
  readonly frozen: boolean;
}

/** The parts of a movement that a repeat of its id must have too. */
export type KeptMovement = Omit<Movement, 'facts'>;

/**
 * A wallet, or what a call set aside: what it was funded with, in micro-units. What is spent and held of it is its
 * bucket's, whose window starts at 0.
 */
export interface Account {
  readonly key: string;
  readonly currency: string;
  readonly funds: bigint;

  /** Nothing more can be held from it. */
  readonly closed: boolean;
}

/** How many calls of a rate began in one slice of time. */
export interface Slice {
  readonly startMs: number;
  readonly count: number;
}

/** What is kept of one session. */
export interface SessionRecord extends SessionKey, SessionFacts {
  /** Hash of the active set when it was last elevated: under another one no elevation counts. */
  readonly elevatedUnder: string | undefined;

  /** When it may be forgotten, milliseconds since 1970. */
  readonly keptUntilMs: number;
}

/** Which revision is active, and who activated it. */
export interface Activation extends Omit<ActiveRevision, 'revision'> {
  readonly number: number;
}

/** The rows of calls. */
export interface CallTables {
  call(id: string): CallRecord | undefined;

  /** The call with this fingerprint that has not ended. */
  openCall(fingerprint: string): CallRecord | undefined;
  putCall(record: CallRecord): void;

  /** Calls whose deadline is at or before `nowMs`, the earliest first. */
  dueCalls(nowMs: number, limit: number): readonly CallRecord[];

  /** The earliest deadline of a call. */
  nextDeadline(): number | undefined;
  unresolvedCalls(limit: number): readonly CallRecord[];

  /** Ids of calls that ended before `beforeMs`, those excepted that were passed over since. */
  endedCalls(beforeMs: number, limit: number): readonly string[];

  /** Leaves an ended call out of `endedCalls`, so that those that are kept for long are not asked about over and over. */
  passOver(id: string): void;

  /** Does nothing for a call that is not known. */
  forgetCall(id: string): void;
}

/**
 * The rows that the transitions read and write, synchronously and inside one transaction. Two implementations: maps in
 * memory and tables in SQLite. Rows are values: what is read is never changed in place.
 */
export interface Tables extends CallTables {
  bucket(key: string, startMs: number): Bucket | undefined;
  putBucket(bucket: Bucket): void;
  frozenBuckets(key: string): readonly Bucket[];

  /** Buckets of a key that start after `afterMs`, the earliest first. */
  buckets(key: string, afterMs: number): readonly Bucket[];

  /** Forgets buckets of a key that start at or before `untilMs`, but none that holds money or is frozen. */
  dropBuckets(key: string, untilMs: number): void;

  account(key: string): Account | undefined;
  putAccount(account: Account): void;

  /** What an id moved, without its facts. */
  movement(id: string): KeptMovement | undefined;

  /** Keeps a movement for good; one that is there never changes. */
  addMovement(movement: KeptMovement): void;

  /** Says that an entry of the journal moved money of an account. */
  addToHistory(accountKey: string, seq: number): void;

  /** Entries that were said to move money of an account: newest first, before `beforeSeq`. */
  history(accountKey: string, beforeSeq: number, limit: number): readonly Entry[];

  /** Slices of a rate that start after `afterMs`, the earliest first. */
  slices(key: string, afterMs: number): readonly Slice[];

  /** Adds one to a slice and forgets slices of the rate that start at or before `dropMs`. */
  addToSlice(key: string, startMs: number, dropMs: number): void;

  session(key: SessionKey): SessionRecord | undefined;
  putSession(record: SessionRecord): void;

  /** Forgets sessions that need not be kept any more at `nowMs`. */
  pruneSessions(nowMs: number, limit: number): void;

  /** Whether anybody is revoked. Asked before every hold, so it must cost nothing. */
  anyRevoked(): boolean;
  revocation(key: string): Revocation | undefined;
  putRevocation(key: string, revocation: Revocation): void;
  dropRevocation(key: string): void;

  /** Newest first. */
  revocations(limit: number): readonly Revocation[];

  approval(id: string): Approval | undefined;
  putApproval(approval: Approval): void;

  /** The latest first, by when they were created and then by id; those of an approver who may decide them at `nowMs`. */
  approvals(query: ApprovalQuery, nowMs: number): readonly Approval[];

  /** The approval whose next notice was to be given first, at `nowMs` or before; of several at once the first by id. */
  dueNotice(nowMs: number): Approval | undefined;

  /** When the next notice of any approval is due. */
  nextNotice(): number | undefined;

  revision(number: number): PolicyRevision | undefined;
  revisionOf(hash: string): PolicyRevision | undefined;

  /** Newest first. */
  revisions(limit: number): readonly RevisionSummary[];

  /** Adds a revision; one that is there never changes. */
  addRevision(revision: PolicyRevision): void;

  activation(): Activation | undefined;
  putActivation(activation: Activation): void;

  /** Hash of the active revision. Asked before every hold, so it must cost nothing. */
  activeHash(): string | undefined;

  head(): Head;
  putEntry(entry: Entry): void;
  entries(query: {
    readonly afterSeq: number;
    readonly limit: number;
    readonly types?: readonly EntryType[];
  }): readonly Entry[];
  denials(agent: AgentKey, limit: number): readonly Entry[];

  cursor(endpoint: string): number;
  putCursor(endpoint: string, cursor: number): void;

  /** Keeps a delivery that is queued for the first time, unless its id is known. */
  addDelivery(delivery: DeliveryRecord): void;
  delivery(id: string): DeliveryRecord | undefined;

  /** Keeps how a delivery stands by now; its message never changes. */
  putDelivery(delivery: DeliveryRecord, keptUntilMs: number | undefined): void;

  /** Those that match, the latest first. */
  deliveries(query: DeliveryQuery): readonly DeliveryRecord[];

  /** Forgets deliveries that need not be kept any more at `nowMs`, the earliest first and then by id. */
  pruneDeliveries(nowMs: number, limit: number): void;

  /** What is queued and due, the longest due first; of those that are due at once the one that was queued first. */
  dueDeliveries(nowMs: number, limit: number): readonly Delivery[];
  nextDueDelivery(): number | undefined;

  endpoint(id: string): EndpointRecord | undefined;
  putEndpoint(endpoint: EndpointRecord): void;

  /** In the order of their ids. */
  endpoints(): readonly EndpointRecord[];
}
