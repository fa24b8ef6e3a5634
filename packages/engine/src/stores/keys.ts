import type { Approval } from '../nouns/approval.ts';
import type { SessionKey } from '../nouns/store.ts';

/** One text for a session, whatever characters its names have. */
export function sessionId({ issuer, agent, session }: SessionKey): string {
  return JSON.stringify([issuer, agent, session]);
}

/** From when each person may decide an approval, milliseconds since 1970: the earliest moment that names them. */
export function decidesFrom({ quorums, createdAt }: Approval): ReadonlyMap<string, number> {
  const from = new Map<string, number>();
  for (const { approvers, escalations } of quorums) {
    for (const { afterMs, approvers: named } of [{ afterMs: 0, approvers }, ...escalations]) {
      const atMs = createdAt + afterMs;
      for (const approver of named) from.set(approver, Math.min(atMs, from.get(approver) ?? atMs));
    }
  }
  return from;
}
