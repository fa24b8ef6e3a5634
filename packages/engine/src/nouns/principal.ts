import type { VotePath } from './approval.ts';
import type { JsonObject } from './canonical.ts';

/** Who is calling, for whom and in which session, as a verified token says. */
export interface Principal {
  readonly agent: string;

  /** The human who answers for the agent. */
  readonly owner: string;

  readonly session: string;

  /** The customer, department or system that agent and owner belong to. */
  readonly tenant: string;

  /** The issuer whose key verified the token. */
  readonly issuer: string;

  /** Id of the carve-out that pays for the calls of a delegated agent, as its token says; absent for all others. */
  readonly carveOut?: string;
}

/**
 * What a person may do here. `approver`: decide what policy asks them. `owner`: see what their own agents ask. `auditor`:
 * see everything and change nothing. `admin`: also cancel approvals and manage webhooks; never decide because of it.
 */
export const personRoles = ['approver', 'owner', 'auditor', 'admin'] as const;
export type PersonRole = (typeof personRoles)[number];

/** A person, as an approver token, a signed link, or the host itself proves. */
export interface Person {
  readonly id: string;

  /** Whose word it is: the issuer of the token, or `host`. */
  readonly issuer: string;
  readonly roles: readonly PersonRole[];
  readonly via: VotePath;

  /** The only tenant whose approvals they see and decide; absent for somebody of all tenants. */
  readonly tenant?: string;

  /** The one action that a signed link lets its holder see and decide; absent for everybody else. */
  readonly only?: { readonly approvalId: string; readonly actionHash: string };
}

/** Who calls, for the facts of an entry. */
export function callerFacts({ issuer, tenant, agent, owner, session }: Principal): JsonObject {
  return { issuer, tenant, agent, owner, session };
}
