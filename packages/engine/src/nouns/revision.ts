/** One state of all policies, kept for good under a number. */
export interface PolicyRevision {
  /** 1 for the first, without gaps. */
  readonly number: number;

  /** SHA-256 of the whole set, the same wherever and whenever these documents are compiled. */
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
   * `stale-policies`. Activating the active one writes nothing. Undefined for a number that was never saved.
   */
  activateRevision(change: {
    readonly number: number;
    readonly author: string;
    readonly note: string;
  }): Promise<ActiveRevision | undefined>;

  /** Undefined until the first activation. */
  activeRevision(): Promise<ActiveRevision | undefined>;

  revision(number: number): Promise<PolicyRevision | undefined>;

  /** Newest first. */
  revisions(limit: number): Promise<readonly RevisionSummary[]>;
}
