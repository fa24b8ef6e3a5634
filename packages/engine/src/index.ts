export { createEngine } from './create.ts';
export type { EngineOptions } from './options.ts';

export type {
  AgentStatus,
  Allowed,
  CallOptions,
  Ended,
  Engine,
  Extended,
  GuardOptions,
  Mode,
  Permit,
  Ready,
  Verification,
  WaitOptions,
} from './nouns/engine.ts';

export {
  type ApprovalCancellation,
  type ApprovalDecision,
  type ApprovalLink,
  type ApprovalListQuery,
  type ApprovalPage,
  type Approvals,
  type CancelRefusal,
  cancelRefusals,
} from './nouns/approvals.ts';

export type { CarveOut, CarveOutRequest, CarveOuts, Opened } from './nouns/carve-out.ts';
export type {
  AgentName,
  BudgetName,
  CallName,
  OfTenant,
  OwnerName,
  Revocations,
  SubjectName,
  WalletChange,
  WalletName,
  Wallets,
  WalletTransfer,
} from './nouns/operator.ts';
export type {
  EndpointName,
  EndpointSettings,
  EndpointStatus,
  EndpointWithSecret,
  PingAnswer,
  Replay,
  Webhooks,
} from './nouns/webhooks.ts';
export type { DeliveryPlace, DeliveryRecord, DeliveryState, Try } from './nouns/outbox.ts';
export type { EgressOptions } from './egress/index.ts';
export type { Revocation, Subject } from './nouns/revocation.ts';
export type { MoveAnswer } from './nouns/wallet.ts';

export {
  type ApprovalLinksOptions,
  type IdentityOptions,
  type Issuer,
  signAgentToken,
  signApproverToken,
  vouchedPerson,
  type VouchedPersonOptions,
} from './identify/index.ts';
export { type Person, type PersonRole, personRoles, type Principal } from './nouns/principal.ts';
export type { PersonCredential, VouchedPerson } from './nouns/vouched-person.ts';

export {
  checkPolicies,
  type CompiledPolicies,
  compilePolicies,
  decide,
  explain,
  type PolicyDocument,
} from './decide/index.ts';
export type { Allowance, Decision, Flag, PolicyReference, Refusal } from './nouns/decision.ts';
export type { Elevation, Facts, SessionFacts } from './nouns/facts.ts';
export type { ChangedBy, Policies, PolicyChange, PolicyFinding } from './nouns/policies.ts';
export { type PolicySource, storedPolicies, type StoredPolicies } from './nouns/policy-source.ts';
export type { ActiveRevision, OtherActive, PolicyRevision, RevisionSummary } from './nouns/revision.ts';
export {
  type PolicyTestReport,
  type PolicyTestResult,
  type PolicyTestSuite,
  runPolicyTests,
} from './policies/tests/index.ts';
export {
  simulate,
  type SimulatedChange,
  type SimulateOptions,
  type Simulation,
} from './simulate/simulate.ts';

export { embeddedJobs, type EmbeddedJobsOptions } from './jobs/embedded-jobs.ts';
export type { JobsSource } from './nouns/jobs.ts';
export { memoryStore } from './stores/memory/memory-store.ts';
export { type JournalReader, readSqlite } from './stores/sqlite/read-sqlite.ts';
export { sqliteStore } from './stores/sqlite/sqlite-store.ts';
export { approvalStatuses, type VotePath, votePaths, type VoteRefusal } from './nouns/approval.ts';
export type { AccountKind, BudgetStatus, RateStatus } from './nouns/charge.ts';
export type { CallRecord, CallState } from './nouns/hold.ts';
export type { MaybePromise } from './nouns/steps.ts';
export type { PromisedStore, Store, StoreSource } from './nouns/store.ts';

export type { Approval, ApprovalStatus, Quorum, Vote } from './nouns/approval.ts';
export { type Asset, type AssetRate, assetTable } from './nouns/asset.ts';
export type { Call, CallRequest } from './nouns/call.ts';
export { canonicalJson } from './nouns/canonical.ts';
export { type Clock, systemClock } from './nouns/clock.ts';
export { adviceOf, explainDenial } from './nouns/advice.ts';
export { deny, type Denial, type DenialCode, denialCodes, type Reason } from './nouns/denial.ts';
export { type Effect, effects, isEffect } from './nouns/effect.ts';
export type { Entry, EntryType, Event } from './nouns/entry.ts';
export { type ErrorCode, errorCodes, OutcomeUnknownError, ToriiError } from './nouns/errors.ts';
export { formatCurrency, formatMoney, type Money, money, type MoneyInput } from './nouns/money.ts';
export { type Payee, readPayee } from './nouns/payee.ts';
export type { Done, Failed, Outcome, Unresolved, Waiting } from './nouns/outcome.ts';
export { parseJson } from './nouns/strict-json.ts';
export { isToolName } from './nouns/tool-name.ts';
export { type Random, systemRandom } from './nouns/random.ts';
