import { accountDemand, type BudgetDemand } from '../../nouns/decision.ts';
import type { Principal } from '../../nouns/principal.ts';
import { walletKey } from '../../nouns/wallet.ts';
import type { NormalizedPolicy } from '../document/schema.ts';
import type { Check, Place } from '../question.ts';
import { addOnce } from './counts.ts';
import { assetUnknown } from './price.ts';

/** The wallet that a policy has calls paid from. */
export interface WalletClause extends Place {
  readonly currency: string;
}

/** The wallet clause of a policy; undefined where it has none. */
export function walletOf(policy: string, { wallet }: NormalizedPolicy): WalletClause | undefined {
  return wallet === undefined ? undefined : { policy, clause: 'wallet', currency: wallet.currency };
}

/**
 * Demands that the wallet of the agent covers the call. The wallet is no policy's own: however many ask for the same
 * one, it pays once. A call that is priced at nothing names it too: what it turns out to have cost is debited all the same.
 */
export function walletChecks(wallet: WalletClause | undefined): readonly Check[] {
  if (wallet === undefined) return [];
  return [
    (question, findings) => {
      const amount = question.price.in(wallet.currency);
      if (amount === undefined) assetUnknown(question.price, findings, wallet);
      else addOnce(findings.budgets, walletDemand(wallet, question.call.principal, amount));
    },
  ];
}

/** What a policy asks of the wallet of an agent for a call that costs `amount`. */
export function walletDemand(
  { policy, clause, currency }: WalletClause,
  principal: Principal,
  amount: bigint,
): BudgetDemand {
  return accountDemand({
    key: walletKey(principal, currency),
    policy,
    clause,
    currency,
    amount,
    account: 'wallet',
  });
}
