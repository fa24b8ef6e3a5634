import type { Clock } from './clock.ts';

/** Where the policies come from. The documents are validated after every load; an invalid set changes nothing. */
export interface PolicySource {
  /** For the journal: `file torii.policies.json`. */
  readonly name: string;

  /** The documents as they are now. Rejects when they cannot be read; is given up after 30 seconds. */
  load(): Promise<readonly unknown[]>;

  /** Calls `changed` whenever the documents may have changed, from now on. Answers how to stop. */
  watch?(changed: () => void, clock: Clock): () => void;
}

const STORED: unique symbol = Symbol('stored');

/** Says that the store's active revision is what counts, and changes through `engine.policies`. */
export interface StoredPolicies {
  readonly [STORED]: true;

  /** What is saved and activated where the store has no active revision yet. */
  readonly seed: readonly unknown[];
}

/**
 * Policies that live in the store: every engine on it follows the active revision, and `engine.policies` saves,
 * activates and rolls back. `seed` counts only for a store that never had any; in shadow it is not activated.
 */
export function storedPolicies(seed: readonly unknown[] = []): StoredPolicies {
  return { [STORED]: true, seed };
}

/** Whether policies live in the store. */
export function isStored(source: object): source is StoredPolicies {
  return STORED in source;
}
