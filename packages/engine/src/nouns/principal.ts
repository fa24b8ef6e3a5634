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

/** A person who may decide approvals, as a verified approver token says. */
export interface Approver {
  readonly id: string;
  readonly issuer: string;
}

/** Who calls, for the facts of an entry. */
export function callerFacts({ issuer, tenant, agent, owner, session }: Principal): JsonObject {
  return { issuer, tenant, agent, owner, session };
}
