import type { JsonObject } from './canonical.ts';
import type { Entry } from './entry.ts';
import type { AgentKey } from './hold.ts';

/** Names the wallet of an agent in one currency. */
export function walletKey({ issuer, tenant, owner, agent }: AgentKey, currency: string): string {
  return JSON.stringify(['wallet', currency, issuer, tenant, owner, agent]);
}

/** Money put into a wallet, taken out, or moved from one to another. */
export interface Movement {
  /** The idempotency key: the same id with the same parts moves nothing again. Kept for good. */
  readonly id: string;

  /** Wallet it leaves; undefined where it comes from outside. Not both are undefined, and they differ. */
  readonly from: string | undefined;

  /** Wallet it enters; undefined where it leaves Torii. */
  readonly to: string | undefined;

  readonly currency: string;

  /** Micro-units, more than 0. */
  readonly units: bigint;
  readonly facts: JsonObject;
}

export type MoveAnswer =
  /** `first` is false where the id had moved it before. */
  | { readonly kind: 'moved'; readonly first: boolean; readonly version: number }
  /** Less is left in `from`: what is funded, less what is spent and held. Nothing changed. */
  | { readonly kind: 'insufficient'; readonly left: bigint; readonly version: number }
  /** A forced debit stopped `from`; nothing leaves it until it is unfrozen. Nothing changed. */
  | { readonly kind: 'frozen'; readonly version: number }
  /** It would hold more than the largest amount that can be counted. Nothing changed. */
  | { readonly kind: 'too-much'; readonly version: number }
  /** The id belongs to another movement. Nothing changed. */
  | { readonly kind: 'conflict'; readonly version: number };

/**
 * Balances of agents. A wallet is funded by movements and spent by calls whose charges name it; every movement has two
 * legs that sum to nothing. How one stands: `status` of a charge that names it.
 */
export interface WalletStore {
  /** Moves it whole or not at all. */
  move(movement: Movement): Promise<MoveAnswer>;

  /** Entries that moved money into or out of a wallet, settled calls among them: newest first, before `beforeSeq`. */
  history(
    walletKey: string,
    page: { readonly beforeSeq?: number; readonly limit: number },
  ): Promise<readonly Entry[]>;
}
