import { budgetAlerts } from './contract/alerts.ts';
import { approvalLists } from './contract/approval-lists.ts';
import { approvals } from './contract/approvals.ts';
import { attempts } from './contract/attempts.ts';
import { cancellations } from './contract/cancellations.ts';
import { carveOuts } from './contract/carve-outs.ts';
import { closedCarveOuts } from './contract/closed-carve-outs.ts';
import type { ContractCase } from './contract/contract-case.ts';
import { deliveries } from './contract/deliveries.ts';
import { endpoints } from './contract/endpoints.ts';
import { deputies } from './contract/deputies.ts';
import { ends } from './contract/ends.ts';
import { escalations } from './contract/escalations.ts';
import { expiry } from './contract/expiry.ts';
import { extensionEnds } from './contract/extension-ends.ts';
import { extensions } from './contract/extensions.ts';
import { holds } from './contract/holds.ts';
import { journal } from './contract/journal.ts';
import { nestedCarveOuts } from './contract/nested-carve-outs.ts';
import { approvalNotices } from './contract/notices.ts';
import { outbox } from './contract/outbox.ts';
import { randomly } from './contract/randomly.ts';
import { rates } from './contract/rates.ts';
import { repeats } from './contract/repeats.ts';
import { revocations } from './contract/revocations.ts';
import { revokedFunders } from './contract/revoked-funders.ts';
import { revisions } from './contract/revisions.ts';
import { rollingBudgets } from './contract/rolling.ts';
import { sessions } from './contract/sessions.ts';
import { upkeep } from './contract/upkeep.ts';
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
    ...budgetAlerts,
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
    ...deputies,
    ...approvalNotices,
    ...cancellations,
    ...approvalLists,
    ...sessions,
    ...revocations,
    ...revokedFunders,
    ...revisions,
    ...rates,
    ...journal,
    ...outbox,
    ...deliveries,
    ...endpoints,
    ...upkeep,
    ...randomly,
  ];
}
