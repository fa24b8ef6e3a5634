export { auditBudgets, type AuditedBudget } from './audit.ts';
export type { ContractCase, StoreUnderTest } from './contract/contract-case.ts';
export { fakeClock, type FakeClock } from './fake-clock.ts';
export { fakeRandom } from './fake-random.ts';
export { storeContract } from './store-contract.ts';
