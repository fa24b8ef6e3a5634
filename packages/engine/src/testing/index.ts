export { type AccountAudit, auditAccounts, type AuditedAccount, type Balances } from './audit-accounts.ts';
export { auditBudgets, type AuditedBudget } from './audit.ts';
export type { ContractCase, StoreUnderTest } from './contract/contract-case.ts';
export { type DoorCase, doorContract } from './doors/door-contract.ts';
export type {
  CallUnderTest,
  DoorSetting,
  DoorUnderTest,
  GuardSetting,
  Limit,
  NativeAnswer,
  OpenDoor,
  RunUnderTest,
  Told,
  ToolInput,
  ToolRun,
  ToolUnderTest,
} from './doors/door-under-test.ts';
export { httpDoor, type HttpTools } from './doors/http-door.ts';
export { type ScenarioName } from './doors/scenarios/scenarios.ts';
export { fakeClock, type FakeClock } from './fake-clock.ts';
export { fakeRandom } from './fake-random.ts';
export { type JobsCase, jobsContract, type JobsUnderTest } from './jobs-contract.ts';
export { spanOf as windowSpan } from '../reserve/windows.ts';
export { storeContract } from './store-contract.ts';
