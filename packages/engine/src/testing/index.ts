export { type AccountAudit, auditAccounts, type AuditedAccount, type Balances } from './audit-accounts.ts';
export { auditBudgets, type AuditedBudget } from './audit.ts';
export type { ContractCase, StoreUnderTest } from './contract/contract-case.ts';
export { fakeClock, type FakeClock } from './fake-clock.ts';
export { fakeRandom } from './fake-random.ts';
export { type JobsCase, jobsContract, type JobsUnderTest } from './jobs-contract.ts';
export { spanOf as windowSpan } from '../reserve/windows.ts';
export { storeContract } from './store-contract.ts';
