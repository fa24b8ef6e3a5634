import type { Approval } from '../nouns/approval.ts';
import type { Entry } from '../nouns/entry.ts';
import type { AgentKey, SessionKey } from '../nouns/hold.ts';

/** One text for an agent, whatever characters its names have. */
export function agentId({ issuer, tenant, owner, agent }: AgentKey): string {
  return JSON.stringify([issuer, tenant, owner, agent]);
}

/** One text for a session. */
export function sessionId({ issuer, tenant, owner, agent, session }: SessionKey): string {
  return JSON.stringify([issuer, tenant, owner, agent, session]);
}

/** Whose denial an entry records; undefined for any other entry, and where nobody was proven. */
export function deniedAgent({ type, facts }: Entry): string | undefined {
  const { issuer, tenant, owner, agent } = facts;
  if (type !== 'call.denied' || typeof issuer !== 'string' || typeof tenant !== 'string') return undefined;
  return typeof owner !== 'string' || typeof agent !== 'string'
    ? undefined
    : agentId({ issuer, tenant, owner, agent });
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
