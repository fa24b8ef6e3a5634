import type { Approval } from '../nouns/approval.ts';
import type { Event } from '../nouns/entry.ts';
import type { AgentKey, SessionKey } from '../nouns/hold.ts';

/** One text for an agent, whatever characters its names have. */
export function agentId({ issuer, tenant, owner, agent }: AgentKey): string {
  return JSON.stringify([issuer, tenant, owner, agent]);
}

/** One text for a session. */
export function sessionId({ issuer, tenant, owner, agent, session }: SessionKey): string {
  return JSON.stringify([issuer, tenant, owner, agent, session]);
}

/** Whose denial an event records; undefined for any other event, and where nobody was proven. */
export function deniedCaller({ type, facts }: Event): AgentKey | undefined {
  const { issuer, tenant, owner, agent } = facts;
  if (type !== 'call.denied' || typeof issuer !== 'string' || typeof tenant !== 'string') return undefined;
  return typeof owner !== 'string' || typeof agent !== 'string'
    ? undefined
    : { issuer, tenant, owner, agent };
}

/** The same as one text. */
export function deniedAgent(event: Event): string | undefined {
  const caller = deniedCaller(event);
  return caller === undefined ? undefined : agentId(caller);
}

/** From when each person may decide an approval, milliseconds since 1970: the earliest moment that names them. */
export function decidesFrom({
  quorums,
  createdAt,
}: Pick<Approval, 'quorums' | 'createdAt'>): ReadonlyMap<string, number> {
  const from = new Map<string, number>();
  for (const { approvers, escalations } of quorums) {
    for (const { afterMs, approvers: named } of [{ afterMs: 0, approvers }, ...escalations]) {
      const atMs = createdAt + afterMs;
      for (const approver of named) from.set(approver, Math.min(atMs, from.get(approver) ?? atMs));
    }
  }
  return from;
}
