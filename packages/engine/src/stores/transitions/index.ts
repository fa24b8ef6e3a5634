export { asOfNow, start, vote } from './approve.ts';
export { budgetStatuses } from './budgets.ts';
export { release, settle, suspend, withdraw } from './end.ts';
export { KEPT_AFTER_END_MS, sweep } from './expire.ts';
export { refuse, reserve } from './reserve.ts';
export { activateRevision, activeRevision, saveRevision } from './revisions.ts';
export { rateStatus, record, type Step } from './rows.ts';
export { sessionFacts } from './sessions.ts';
export { unfreeze } from './unfreeze.ts';
