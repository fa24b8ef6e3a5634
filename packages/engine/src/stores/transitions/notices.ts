import { type Approval, type Notice, noticesOf } from '../../nouns/approval.ts';
import type { Event } from '../../nouns/entry.ts';
import { asOfNow } from './approve.ts';
import { record, type Step } from './rows.ts';

/**
 * Gives notices that are due, the earliest first, at most `limit`; answers how many. An approval that is past its
 * deadline ends instead, which uses up one of them too.
 */
export function announce(step: Step, limit: number): number {
  let given = 0;
  for (let looked = 0; looked < limit; looked++) {
    const due = step.tables.dueNotice(step.now);
    if (due === undefined) break;
    const approval = asOfNow(step, due.id);
    const notice = approval?.status === 'pending' ? noticesOf(approval)[approval.noticed] : undefined;
    if (approval === undefined || notice === undefined) continue;
    step.tables.putApproval({ ...approval, noticed: approval.noticed + 1 });
    record(step, noticeEvent(approval, notice));
    given++;
  }
  return given;
}

/** The entry of a notice. */
export function noticeEvent(
  { id, callId }: Pick<Approval, 'id' | 'callId'>,
  { kind, approvers }: Notice,
): Event {
  return { type: `approval.${kind}`, callId, facts: { approval: id, status: 'pending', approvers } };
}
