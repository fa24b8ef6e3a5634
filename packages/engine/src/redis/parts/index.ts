import { ACCOUNTS_PART } from './accounts.ts';
import { APPROVALS_PART } from './approvals.ts';
import { BUDGET_ENDS_PART, BUDGETS_PART, JUDGING_PART } from './budgets.ts';
import { CALL_ENDS_PART, CALL_ROWS_PART, CALLS_PART } from './calls.ts';
import { deferred } from './deferred.ts';
import { EXPIRE_PART, LATE_PART } from './expire.ts';
import { HEAD_PART } from './head.ts';
import { REVOCATIONS_PART, REVOKED_PART } from './revocations.ts';
import { SESSIONS_PART } from './sessions.ts';

/** What a step begins with that ends or moves a call. */
export const END_PARTS: readonly string[] = [
  HEAD_PART,
  APPROVALS_PART,
  CALLS_PART,
  BUDGETS_PART,
  ACCOUNTS_PART,
  LATE_PART,
  EXPIRE_PART,
];

/** What a step begins with that judges whether a call may go on: what few of them do is defined when they do it. */
export const ENTRY_PARTS: readonly string[] = [
  HEAD_PART,
  deferred(APPROVALS_PART, ['openApproval', 'endApproval', 'standingOf', 'toldApproval']),
  deferred(SESSIONS_PART, ['countDecision']),
  CALL_ROWS_PART,
  deferred(CALL_ENDS_PART, ['clearDeadline', 'leaveUnresolved', 'endCall', 'told']),
  JUDGING_PART,
  deferred(BUDGET_ENDS_PART, ['returnHold', 'textOf']),
  deferred(`${REVOCATIONS_PART}${REVOKED_PART}`, ['revokedSubject']),
  deferred(ACCOUNTS_PART, ['setAside', 'closeAccount']),
  deferred(LATE_PART, ['expireCall']),
  EXPIRE_PART,
];
