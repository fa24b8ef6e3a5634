import type { Approval } from '../../nouns/approval.ts';
import { decidesFrom } from '../keys.ts';
import type { Tables } from '../tables.ts';
import { integerOf, jsonOf } from './columns.ts';
import type { Connection, Row } from './driver.ts';

/** Approvals as JSON, found by id, by status and by whoever may decide them. */
export function approvalRows(connection: Connection): Pick<Tables, 'approval' | 'putApproval' | 'approvals'> {
  const byId = connection.prepare('SELECT record FROM approvals WHERE id = ?');
  const put = connection.prepare(`
    INSERT INTO approvals (id, status, record) VALUES (?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, record = excluded.record RETURNING position`);
  const name = connection.prepare(
    'INSERT INTO approvers (approver, approval, from_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const list = listing(connection);
  return {
    approval(id) {
      const row = byId.get(id);
      return row === undefined ? undefined : approvalOf(row);
    },
    putApproval(approval) {
      const row = put.get(approval.id, approval.status, JSON.stringify(approval)) ?? {};
      const position = integerOf(row, 'position');
      for (const [approver, fromMs] of decidesFrom(approval)) name.run(approver, position, fromMs);
    },
    approvals: (filter, nowMs) => list(filter, nowMs).map(approvalOf),
  };
}

function listing(connection: Connection): (...asked: Parameters<Tables['approvals']>) => readonly Row[] {
  const all = connection.prepare('SELECT record FROM approvals ORDER BY position DESC LIMIT ?');
  const byStatus = connection.prepare(
    'SELECT record FROM approvals WHERE status = ? ORDER BY position DESC LIMIT ?',
  );
  const mine =
    'SELECT record FROM approvers JOIN approvals ON position = approval WHERE approver = ? AND from_ms <= ?';
  const byApprover = connection.prepare(`${mine} ORDER BY approval DESC LIMIT ?`);
  const byBoth = connection.prepare(`${mine} AND status = ? ORDER BY approval DESC LIMIT ?`);
  return ({ status, approver, limit }, nowMs) => {
    if (approver === undefined) return status === undefined ? all.all(limit) : byStatus.all(status, limit);
    return status === undefined
      ? byApprover.all(approver, nowMs, limit)
      : byBoth.all(approver, nowMs, status, limit);
  };
}

function approvalOf(row: Row): Approval {
  const approval = jsonOf(row, 'record') as Approval;
  const votes = approval.votes.map((vote) => ({ ...vote, comment: vote.comment }));
  return { ...approval, votes, resolvedAt: approval.resolvedAt };
}
