import type { Identity } from './identify/index.ts';
import type { AssetTable } from './nouns/asset.ts';
import type { Clock } from './nouns/clock.ts';
import type { Random } from './nouns/random.ts';
import type { Store } from './nouns/store.ts';
import type { LivePolicies } from './policies/live.ts';
import type { Refusals } from './record/refusals.ts';
import type { UnderWay } from './settle/under-way.ts';

/** What the path of a call works with, put together once by `createEngine`. */
export interface Parts {
  readonly identity: Identity;

  /** The policies that decide, and those that decide beside them without effect. */
  readonly live: LivePolicies;

  /** `shadow` decides and records, and blocks nothing. */
  readonly mode: 'enforce' | 'shadow';
  readonly assets: AssetTable;
  readonly store: Store;
  readonly refusals: Refusals;
  readonly clock: Clock;
  readonly random: Random;
  readonly holdTtlMs: number;
  readonly storeTimeoutMs: number;
  readonly underWay: UnderWay;

  /** Whether the engine is closing: then every call is denied. */
  readonly closing: () => boolean;
  readonly onError: (error: Error) => void;

  /** Tells the workers that something was written that they may have to act on. */
  readonly wake: () => void;
}
