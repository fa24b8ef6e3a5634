import type { PolicyReference } from './decision.ts';
import type { PolicyRevision, RevisionSummary } from './revision.ts';

/** Who changes policies and why, for the journal. The application vouches for the name: no agent reaches this. */
export interface ChangedBy {
  readonly author: string;

  /** @default "" */
  readonly note?: string;
}

/** One place at which two sets of policies differ. */
export interface PolicyChange {
  /** Id of the policy; the place in the list where a document has none. */
  readonly policy: string;

  /** Where in the policy: `budgets[0].limit`; empty for a policy that was added or removed as a whole. */
  readonly path: string;

  /** JSON values; undefined on the side that does not have the place. */
  readonly before: unknown;
  readonly after: unknown;
}

/** Something in a valid set of policies that is probably not meant. */
export interface PolicyFinding {
  readonly code:
    | 'HEIR_LOSES_CLAUSE'
    | 'HEIR_MATCHES_MORE'
    | 'PATTERN_NARROW'
    | 'CLAUSE_UNREACHABLE'
    | 'LIMIT_CONTRADICTED'
    | 'NAME_CONFUSABLE'
    | 'NOTHING_ALLOWED';

  /** Where: `policies[0].budgets[1].limit`. */
  readonly path: string;

  /** A sentence without its capital and full stop. */
  readonly message: string;
}

/** The policies of a running engine, and how they change. Every change is written to the journal. */
export interface Policies {
  /** Which versions of which policies decide now. */
  readonly active: readonly PolicyReference[];

  /** SHA-256 of the set that decides now, as its revision has it. */
  readonly hash: string;

  /** Whether the set that decides now can demand a person for a call. Where it cannot, nobody has to ask beforehand. */
  readonly asksPeople: boolean;

  /** What is probably not meant in the set that decides now. */
  readonly findings: readonly PolicyFinding[];

  /**
   * Reads the source again, at once, and activates what it has, also where another engine has activated something else
   * since. An invalid set is recorded as `policies.rejected` and thrown as POLICY_INVALID; the
   * old one goes on deciding.
   */
  reload(): Promise<void>;

  /** Validates and keeps a set without letting it decide. Throws POLICY_INVALID. */
  save(documents: readonly unknown[], by: ChangedBy): Promise<PolicyRevision>;

  /**
   * Lets a saved revision decide, on every engine of this store from its next call on. Throws OPTIONS_INVALID for a
   * number that was never saved, and for an engine in shadow or whose policies come from a file or a list.
   */
  activate(revision: number, by: ChangedBy): Promise<PolicyRevision>;

  /**
   * Activates the revision that was active before. Throws OPTIONS_INVALID where there is none, where somebody activates
   * another one meanwhile, and where `activate` does.
   */
  rollBack(by: ChangedBy): Promise<PolicyRevision>;

  /** Newest first, at most 100. */
  revisions(): Promise<readonly RevisionSummary[]>;

  /** What changes from one revision to another. Throws OPTIONS_INVALID for a number that was never saved. */
  diff(from: number, to: number): Promise<readonly PolicyChange[]>;

  /**
   * Lets a saved revision decide beside the active one without any effect, on this engine: where its answer differs, the
   * entry of the call says so under `shadow`. Undefined ends it. Throws OPTIONS_INVALID for a number that was never saved.
   */
  shadow(revision: number | undefined, by: ChangedBy): Promise<void>;
}
