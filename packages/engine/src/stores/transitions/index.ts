export { asOfNow, start, vote } from './approve.ts';
export { release, settle, suspend, withdraw } from './end.ts';
export { KEPT_AFTER_END_MS, sweep } from './expire.ts';
export { refuse, reserve } from './reserve.ts';
export { budgetStatuses, rateStatus, record, type Step } from './rows.ts';
export { unfreeze } from './unfreeze.ts';
