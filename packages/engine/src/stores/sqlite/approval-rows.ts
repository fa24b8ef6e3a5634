import { type Approval, type ApprovalQuery, nextNoticeAt } from '../../nouns/approval.ts';
import { spansOf } from '../seats.ts';
import type { Tables } from '../tables.ts';
import { integerOf, jsonOf } from './columns.ts';
import type { Connection, Row, Statement, Value } from './driver.ts';

type ApprovalRows = Pick<Tables, 'approval' | 'putApproval' | 'approvals' | 'dueNotice' | 'nextNotice'>;

/** Approvals as JSON, and a few columns to find them by. */
export function approvalRows(connection: Connection): ApprovalRows {
  const byId = connection.prepare('SELECT record FROM approvals WHERE id = ?');
  const due = connection.prepare(
    'SELECT record FROM approvals WHERE notice_at <= ? ORDER BY notice_at, id LIMIT 1',
  );
  const soonest = connection.prepare(
    'SELECT min(notice_at) AS at FROM approvals WHERE notice_at IS NOT NULL',
  );
  const list = listing(connection);
  return {
    approval: (id) => found(byId.get(id)),
    putApproval: putting(connection),
    approvals: (query, nowMs) => list(query, nowMs).map(approvalOf),
    dueNotice: (nowMs) => found(due.get(nowMs)),
    nextNotice() {
      const row = soonest.get();
      return row === undefined || row['at'] === null ? undefined : integerOf(row, 'at');
    },
  };
}

function putting(connection: Connection): ApprovalRows['putApproval'] {
  const put = connection.prepare(`
    INSERT INTO approvals (id, status, created_at, owner, agent, tool, notice_at, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, created_at = excluded.created_at, owner = excluded.owner,
      agent = excluded.agent, tool = excluded.tool, notice_at = excluded.notice_at, record = excluded.record
    RETURNING position`);
  const forget = connection.prepare('DELETE FROM approvers WHERE approval = ?');
  const name = connection.prepare(
    'INSERT INTO approvers (approver, created_at, approval, from_ms, until_ms) VALUES (?, ?, ?, ?, ?)',
  );
  return (approval) => {
    const { id, status, createdAt, action } = approval;
    const { owner, agent, tool } = action;
    const noticeAt = nextNoticeAt(approval) ?? null;
    const row = put.get(id, status, createdAt, owner, agent, tool, noticeAt, JSON.stringify(approval)) ?? {};
    const position = integerOf(row, 'position');
    // An id that is asked anew, after its call was taken back, has other times.
    forget.run(position);
    for (const [approver, spans] of spansOf(approval))
      for (const { fromMs, untilMs } of spans)
        name.run(approver, createdAt, position, fromMs, Math.min(untilMs, Number.MAX_SAFE_INTEGER));
  };
}

/** Every combination of what is asked for has its statement, prepared when it is asked for first. */
function listing(connection: Connection): (query: ApprovalQuery, nowMs: number) => readonly Row[] {
  const prepared = new Map<string, Statement>();
  return (query, nowMs) => {
    const isMine = query.approver !== undefined;
    const parts = conditions(query, nowMs);
    const from = isMine ? 'approvers CROSS JOIN approvals ON position = approval' : 'approvals';
    const where = parts.length === 0 ? '' : ` WHERE ${parts.map(({ sql }) => sql).join(' AND ')}`;
    const sql = `SELECT record FROM ${from}${where} ORDER BY ${timeIn(query)} DESC, id DESC LIMIT ?`;
    const statement = prepared.get(sql) ?? connection.prepare(sql);
    prepared.set(sql, statement);
    return statement.all(...parts.flatMap(({ values }) => values), query.limit);
  };
}

interface Condition {
  readonly sql: string;
  readonly values: readonly Value[];
}

function conditions(query: ApprovalQuery, nowMs: number): readonly Condition[] {
  const { approver, tenant, after } = query;
  const found: Condition[] = COLUMNS.flatMap((column) => {
    const value = query[column];
    return value === undefined ? [] : { sql: `${column} = ?`, values: [value] };
  });
  // No index: nearly all that is found otherwise is of the tenant that asks.
  if (tenant !== undefined)
    found.push({ sql: `json_extract(record, '$.action.tenant') = ?`, values: [tenant] });
  if (approver !== undefined)
    found.push({ sql: 'approver = ? AND from_ms <= ? AND ? < until_ms', values: [approver, nowMs, nowMs] });
  if (after !== undefined) {
    const [time, { createdAt, id }] = [timeIn(query), after];
    // The first of both is what an index can begin at where the other table has the id.
    found.push({ sql: `${time} <= ? AND (${time}, id) < (?, ?)`, values: [createdAt, createdAt, id] });
  }
  return found;
}

/** The column to order by: that of the table that is gone through. */
function timeIn({ approver }: ApprovalQuery): string {
  return approver === undefined ? 'approvals.created_at' : 'approvers.created_at';
}

/** Columns that are asked for by their value. */
const COLUMNS = ['status', 'owner', 'agent', 'tool'] as const;

function found(row: Row | undefined): Approval | undefined {
  return row === undefined ? undefined : approvalOf(row);
}

function approvalOf(row: Row): Approval {
  const approval = jsonOf(row, 'record') as Approval;
  const votes = approval.votes.map((vote) => ({ ...vote, comment: vote.comment }));
  return { ...approval, votes, resolvedAt: approval.resolvedAt };
}
