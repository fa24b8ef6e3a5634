import { approvals } from './contract/approvals.ts';
import { attempts } from './contract/attempts.ts';
import { carveOuts } from './contract/carve-outs.ts';
import { closedCarveOuts } from './contract/closed-carve-outs.ts';
import type { ContractCase } from './contract/contract-case.ts';
import { ends } from './contract/ends.ts';
import { escalations } from './contract/escalations.ts';
import { expiry } from './contract/expiry.ts';
import { extensionEnds } from './contract/extension-ends.ts';
import { extensions } from './contract/extensions.ts';
import { holds } from './contract/holds.ts';
import { journal } from './contract/journal.ts';
import { nestedCarveOuts } from './contract/nested-carve-outs.ts';
import { outbox } from './contract/outbox.ts';
import { randomly } from './contract/randomly.ts';
import { rates } from './contract/rates.ts';
import { repeats } from './contract/repeats.ts';
import { revocations } from './contract/revocations.ts';
import { revisions } from './contract/revisions.ts';
import { rollingBudgets } from './contract/rolling.ts';
import { sessions } from './contract/sessions.ts';
import { walletHistories } from './contract/wallet-histories.ts';
import { walletSpending } from './contract/wallet-spending.ts';
import { wallets } from './contract/wallets.ts';

/**
 * Every promise of `Store`, each with a program that rejects when a store breaks it. Loop over it in any test runner:
 * `for (const { title, run } of storeContract()) test(title, () => run(open))`, where each `open` makes a new, empty
 * store on a `fakeClock`.
 */
export function storeContract(): readonly ContractCase[] {
  return [
    ...holds,
    ...repeats,
    ...attempts,
    ...ends,
    ...extensions,
    ...extensionEnds,
    ...expiry,
    ...rollingBudgets,
    ...wallets,
    ...walletSpending,
    ...walletHistories,
    ...carveOuts,
    ...closedCarveOuts,
    ...nestedCarveOuts,
    ...approvals,
    ...escalations,
    ...sessions,
    ...revocations,
    ...revisions,
    ...rates,
    ...journal,
    ...outbox,
    ...randomly,
  ];
}
