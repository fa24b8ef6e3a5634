import type { JsonObject } from './canonical.ts';
import type { AgentKey, SessionKey } from './hold.ts';

/** Whom a revocation stops: every session of an agent, every agent of an owner, everybody of a tenant. */
export type Subject =
  | { readonly kind: 'tenant'; readonly tenant: string }
  | ({ readonly kind: 'owner' } & Omit<AgentKey, 'agent'>)
  | ({ readonly kind: 'agent' } & AgentKey)
  | ({ readonly kind: 'session' } & SessionKey);

/** Who was stopped, why and when. */
export interface Revocation {
  readonly subject: Subject;

  /** Why, in the operator's words. */
  readonly reason: string;

  /** Milliseconds since 1970. */
  readonly revokedAt: number;
}

/** Names a subject: the same for the same one, another for every other. */
export function subjectKey(subject: Subject): string {
  switch (subject.kind) {
    case 'tenant':
      return JSON.stringify(['tenant', subject.tenant]);
    case 'owner':
      return JSON.stringify(['owner', subject.issuer, subject.tenant, subject.owner]);
    case 'agent':
      return JSON.stringify(['agent', subject.issuer, subject.tenant, subject.owner, subject.agent]);
    case 'session': {
      const { issuer, tenant, owner, agent, session } = subject;
      return JSON.stringify(['session', issuer, tenant, owner, agent, session]);
    }
  }
}

/** Everybody whose revocation stops a caller, the widest first. */
export function subjectsOf({ issuer, tenant, owner, agent, session }: SessionKey): readonly Subject[] {
  return [
    { kind: 'tenant', tenant },
    { kind: 'owner', issuer, tenant, owner },
    { kind: 'agent', issuer, tenant, owner, agent },
    { kind: 'session', issuer, tenant, owner, agent, session },
  ];
}

/**
 * Who may not spend. Read inside `reserve`, `start` and `extend`, so that a revocation holds from the next of them on:
 * a reservation is denied with REVOKED, a call that waits or is held ends with it when it is to start, and what has
 * started is left to end. It also holds for whoever spends what a revoked caller set aside, and what was set aside of
 * that again.
 */
export interface RevocationStore {
  /** Answers whether the subject was free until now; revoking again changes nothing. */
  revoke(subject: Subject, reason: string, facts: JsonObject): Promise<boolean>;

  /** Lets the subject spend again. Answers whether it was revoked. */
  restore(subject: Subject, facts: JsonObject): Promise<boolean>;

  /** Newest first. */
  revocations(limit: number): Promise<readonly Revocation[]>;
}
