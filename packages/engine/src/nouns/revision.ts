import type { JsonObject } from './canonical.ts';

/** One state of all policies, kept for good under a number. */
export interface PolicyRevision {
  /** 1 for the first, without gaps. */
  readonly number: number;

  /** SHA-256 of the whole set, as the engine computed it that saved it; what engines tell the store they decided by. */
  readonly hash: string;

  /** JSON text of the list of documents, as they were handed over. */
  readonly documents: string;

  /** Who handed them over, and why, in their own words. */
  readonly author: string;
  readonly note: string;

  /** Milliseconds since 1970, by the store's clock. */
  readonly savedAt: number;
}

/** A revision without its documents, for lists. */
export type RevisionSummary = Omit<PolicyRevision, 'documents'>;

/** The set that decides. */
export interface ActiveRevision {
  readonly revision: PolicyRevision;

  /** The number of the revision that was active before, which a roll-back activates again. */
  readonly previous: number | undefined;

  readonly author: string;
  readonly note: string;
  readonly activatedAt: number;
}

/** Another revision is active than an activation expected: nothing was changed. */
export interface OtherActive {
  readonly kind: 'other-active';

  /** Its number; undefined where none is. */
  readonly active: number | undefined;
}

/** Where the versions of the policies are kept. Saving and activating are written to the journal in the same step. */
export interface RevisionStore {
  /** Keeps a set. One whose hash is known already keeps its number, author and time, and nothing is written. */
  saveRevision(set: {
    readonly hash: string;
    readonly documents: string;
    readonly author: string;
    readonly note: string;
  }): Promise<PolicyRevision>;

  /**
   * Lets a saved revision decide from the next reservation on: those of engines that decided by another set answer
   * `stale-policies`. Activating the active one writes nothing, whatever was expected. Undefined for a number that was
   * never saved.
   */
  activateRevision(change: {
    readonly number: number;
    readonly author: string;
    readonly note: string;

    /** More for the entry: what is probably not meant in the set. */
    readonly facts?: JsonObject;

    /** The number that has to be active until then, compared in the same step; whichever where nothing is said. */
    readonly expected?: number | 'none';
  }): Promise<ActiveRevision | OtherActive | undefined>;

  /** Undefined until the first activation. */
  activeRevision(): Promise<ActiveRevision | undefined>;

  revision(number: number): Promise<PolicyRevision | undefined>;

  /** Newest first. */
  revisions(limit: number): Promise<readonly RevisionSummary[]>;
}
