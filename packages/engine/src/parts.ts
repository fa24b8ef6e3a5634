import type { ApprovalLinks, Identity } from './identify/index.ts';
import type { Mode } from './nouns/engine.ts';
import type { AssetTable } from './nouns/asset.ts';
import type { Clock } from './nouns/clock.ts';
import type { Random } from './nouns/random.ts';
import type { Store } from './nouns/store.ts';
import type { LivePolicies } from './policies/live.ts';
import type { Refusals } from './record/refusals.ts';
import type { CarveOutCurrencies } from './delegated.ts';
import type { UnderWay } from './settle/under-way.ts';
import type { Withdrawals } from './settle/withdrawals.ts';
import type { Watchers } from './waiting.ts';

/** What the path of a call works with, put together once by `createEngine`. */
export interface Parts {
  readonly identity: Identity;

  /** What signs links to approvals, where the options say how. */
  readonly links: ApprovalLinks | undefined;

  /** The policies that decide, and those that decide beside them without effect. */
  readonly live: LivePolicies;

  /** That of the engine, or on the path of a call its own. */
  readonly mode: Mode;
  readonly assets: AssetTable;

  /** The store as opened; on the path of a call, that of the caller's tenant. */
  readonly store: Store;

  /** What delegated agents spend from. */
  readonly carveOuts: CarveOutCurrencies;
  readonly refusals: Refusals;
  readonly clock: Clock;
  readonly random: Random;
  readonly holdTtlMs: number;
  readonly storeTimeoutMs: number;
  readonly underWay: UnderWay;

  /** Takes back what nobody knows the start of. */
  readonly withdrawals: Withdrawals;

  /** Who waits here for people to decide. */
  readonly watchers: Watchers;

  /** Whether the engine is closing: then every call is denied. */
  readonly closing: () => boolean;
  readonly onError: (error: Error) => void;

  /** Tells the workers that something was written to a store that they may have to act on. */
  readonly wake: (store: Store) => void;
}
