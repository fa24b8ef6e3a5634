import type { Denial, Engine, Person, PersonCredential } from '@torii/engine';
import type { Request } from 'express';
import { type Face, type Problem, problem, problemOf } from '@torii/engine/http';

/** A caller and the engine it asks. */
export interface Visit {
  readonly torii: Engine;
  readonly request: Request;
  readonly credential: PersonCredential;
}

/** The person who asks, or the problem of whoever is none. */
export type Asker =
  | { readonly kind: 'person'; readonly person: Person }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** What an agent is told where only people may go. An agent's token is valid, so this is 403 and not 401. */
const AGENT: Face & { readonly detail: string } = {
  status: 403,
  title: 'Not an approver',
  detail: 'expected the token of a person; an agent decides and changes nothing here',
};

/** Proves who asks. Nothing that they say is read before that. */
export async function personOf({ torii, credential }: Visit): Promise<Asker> {
  const person = await torii.people.identify(credential);
  if (!('kind' in person)) return { kind: 'person', person };
  return { kind: 'problem', problem: await nobody({ torii, credential }, person) };
}

/** A person who may do other things than this. */
export function roleMissing(detail: string): Problem {
  return problem('ROLE_MISSING', { status: 403, title: 'The role is missing' }, { detail });
}

/** The answer to somebody who is no person: 403 to an agent, 401 to whoever proves nothing. */
export async function nobody(
  { torii, credential }: Pick<Visit, 'torii' | 'credential'>,
  denial: Denial,
): Promise<Problem> {
  if (denial.code !== 'IDENTITY_INVALID' || typeof credential !== 'string') return problemOf(denial);
  const agent = await torii.agents.status(credential);
  if (agent.kind === 'denied') return problemOf(denial);
  const { detail, ...face } = AGENT;
  return problem('NOT_AN_APPROVER', face, { detail });
}
