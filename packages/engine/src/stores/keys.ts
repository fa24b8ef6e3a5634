import type { ApprovalPlace } from '../nouns/approval.ts';
import type { Event } from '../nouns/entry.ts';
import type { AgentKey, SessionKey } from '../nouns/hold.ts';
import { byBytes } from './order.ts';

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

/** Orders approvals as they are listed: the latest first. */
export function latestFirst(a: ApprovalPlace, b: ApprovalPlace): number {
  return b.createdAt - a.createdAt || byBytes(b.id, a.id);
}
