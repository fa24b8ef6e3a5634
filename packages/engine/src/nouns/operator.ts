import type { BudgetStatus } from './charge.ts';
import type { Entry } from './entry.ts';
import type { MoneyInput } from './money.ts';
import type { ChangedBy } from './policies.ts';
import type { Revocation } from './revocation.ts';
import type { MoveAnswer } from './wallet.ts';

/** Whose store is asked, where every tenant has its own. @default the store as opened */
export interface OfTenant {
  readonly tenant?: string;
}

/** A call by its id, with its tenant where every tenant has a store of its own. */
export type CallName = string | (OfTenant & { readonly callId: string });

/** A budget or an account by its key, with its tenant where every tenant has a store of its own. */
export type BudgetName = string | (OfTenant & { readonly key: string });

/** An owner as tokens name them. */
export interface OwnerName {
  readonly owner: string;

  /** The tenant. @default the one that the engine pins to the issuer, or else `default` */
  readonly tenant?: string;

  /** Whose tokens name them. @default the issuer that vouches for agents, where there is only one */
  readonly issuer?: string;
}

/** An agent as tokens name it: of this owner, of this tenant, by this issuer. */
export interface AgentName extends OwnerName {
  readonly agent: string;
}

/** Whom to stop: everybody of a tenant, every agent of an owner, every session of an agent, or one session. */
export type SubjectName =
  | { readonly kind: 'tenant'; readonly tenant: string }
  | ({ readonly kind: 'owner' } & OwnerName)
  | ({ readonly kind: 'agent' } & AgentName)
  | ({ readonly kind: 'session'; readonly session: string } & AgentName);

/** The kill switch: who may not spend, from the next call on. Methods throw OPTIONS_INVALID for names that are none. */
export interface Revocations {
  /**
   * From now on no call of theirs is reserved, started or extended. What waits or is held ends when it is repeated, and
   * what runs is left to end. Answers whether they were free until now.
   */
  revoke(subject: SubjectName, why: ChangedBy & { readonly reason: string }): Promise<boolean>;

  /** Lets them spend again. Answers whether they were revoked. */
  restore(subject: SubjectName, by: ChangedBy): Promise<boolean>;

  /** Newest first, at most 100. */
  list(query?: OfTenant): Promise<readonly Revocation[]>;
}

/** Money on its way into a wallet, or out of one. */
export interface WalletChange {
  /**
   * The idempotency key of the movement: 1 to 256 visible ASCII characters. The same id with the same parts moves nothing
   * again, however much later.
   */
  readonly id: string;

  readonly agent: AgentName;

  /** In a currency, and more than nothing: `"5.00 USD"`. */
  readonly amount: MoneyInput;
}

/** Money on its way from one wallet to another. */
export interface WalletTransfer extends Omit<WalletChange, 'agent'> {
  readonly from: AgentName;

  /** Of the same tenant: the two legs are one step. */
  readonly to: AgentName;
}

/** A wallet: an agent and a currency. */
export interface WalletName {
  readonly agent: AgentName;

  /** Three capital letters: `USD`. */
  readonly currency: string;
}

/**
 * Balances of agents. A wallet exists from its first movement on, and pays for the calls of policies that have a
 * `wallet` section. Methods throw OPTIONS_INVALID for names that are none and MONEY_INVALID for amounts that are none.
 */
export interface Wallets {
  credit(change: WalletChange, by: ChangedBy): Promise<MoveAnswer>;
  debit(change: WalletChange, by: ChangedBy): Promise<MoveAnswer>;
  transfer(change: WalletTransfer, by: ChangedBy): Promise<MoveAnswer>;

  /** How it stands: `limit` is what it was funded with, `left` what can still be held or moved. */
  balance(wallet: WalletName): Promise<BudgetStatus>;

  /** Entries that moved its money, settled calls among them: newest first, before `beforeSeq`, at most 100. */
  history(
    wallet: WalletName & { readonly beforeSeq?: number; readonly limit?: number },
  ): Promise<readonly Entry[]>;
}
