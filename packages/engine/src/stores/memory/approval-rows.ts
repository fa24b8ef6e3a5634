import { type Approval, type ApprovalQuery, nextNoticeAt } from '../../nouns/approval.ts';
import { latestFirst } from '../keys.ts';
import { byBytes } from '../order.ts';
import { mayDecide } from '../seats.ts';
import type { Tables } from '../tables.ts';
import { put, remove, type Undo } from './undo.ts';

/** Approvals, and when the next notice of each is due. */
export function approvalRows(
  undo: Undo,
): Pick<Tables, 'approval' | 'putApproval' | 'approvals' | 'dueNotice' | 'nextNotice'> {
  const approvals = new Map<string, Approval>();
  const notices = new Map<string, number>();
  const first = (): readonly [id: string, at: number] | undefined =>
    [...notices].reduce<readonly [string, number] | undefined>(
      (soonest, one) => (soonest === undefined || isSooner(one, soonest) ? one : soonest),
      undefined,
    );
  return {
    approval: (id) => approvals.get(id),
    putApproval(approval) {
      const at = nextNoticeAt(approval);
      put(undo, approvals, [approval.id, approval]);
      if (at === undefined) remove(undo, notices, approval.id);
      else put(undo, notices, [approval.id, at]);
    },
    approvals: (query, nowMs) =>
      [...approvals.values()]
        .filter((approval) => isAskedFor(approval, query, nowMs))
        .sort(latestFirst)
        .slice(0, query.limit),
    dueNotice(nowMs) {
      const [id = '', at = Infinity] = first() ?? [];
      return at <= nowMs ? approvals.get(id) : undefined;
    },
    nextNotice: () => first()?.[1],
  };
}

function isSooner([id, at]: readonly [string, number], [other, otherAt]: readonly [string, number]): boolean {
  return at < otherAt || (at === otherAt && byBytes(id, other) < 0);
}

function isAskedFor(approval: Approval, query: ApprovalQuery, nowMs: number): boolean {
  const { status, approver, tenant, owner, agent, tool, after } = query;
  const { action } = approval;
  return (
    (status === undefined || approval.status === status) &&
    (tenant === undefined || action.tenant === tenant) &&
    (owner === undefined || action.owner === owner) &&
    (agent === undefined || action.agent === agent) &&
    (tool === undefined || action.tool === tool) &&
    (after === undefined || latestFirst(approval, after) > 0) &&
    (approver === undefined || mayDecide(approval, approver, nowMs))
  );
}
