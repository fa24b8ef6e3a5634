import { type Person, type PersonRole, ToriiError } from '@torii/engine';
import type { Problem } from '@torii/engine/http';
import { refused } from './body.ts';
import { readQuery } from './query.ts';
import { personOf, roleMissing, type Visit } from './visit.ts';

/** Somebody who may look after webhooks, and the tenant that they ask about. */
export type Keeper<Name extends string> =
  | {
      readonly kind: 'keeper';
      readonly person: Person;
      readonly whose: { readonly tenant?: string };
      readonly values: Readonly<Partial<Record<Exclude<Name, 'tenant'>, string>>>;
    }
  | { readonly kind: 'problem'; readonly problem: Problem };

/**
 * Who asks about webhooks: auditors and admins may read, admins alone change. Endpoints of the options hear of every tenant,
 * so somebody of one tenant is refused.
 */
export async function keeperOf<Name extends string = never>(
  visit: Visit,
  may: 'read' | 'change',
  filters: readonly Name[] = [],
): Promise<Keeper<Name>> {
  const asker = await personOf(visit);
  if (asker.kind === 'problem') return asker;
  const { person } = asker;
  const roles: readonly PersonRole[] = may === 'read' ? ['auditor', 'admin'] : ['admin'];
  if (person.only !== undefined || !roles.some((role) => person.roles.includes(role)))
    return { kind: 'problem', problem: roleMissing(`expected the role \`${roles.join('` or `')}\``) };
  if (person.tenant !== undefined)
    return { kind: 'problem', problem: roleMissing('expected somebody of all tenants, not of one') };
  const query = readQuery(visit.request, ['tenant', ...filters]);
  if (query.kind === 'problem') return query;
  const { tenant, ...values } = query.values;
  return { kind: 'keeper', person, whose: tenant === undefined ? {} : { tenant }, values };
}

/** What the engine refuses of a change, with its own words; everything else it throws is thrown on. */
export async function unlessInvalid<T>(change: Promise<T>): Promise<T | Problem> {
  try {
    return await change;
  } catch (error) {
    if (!ToriiError.is(error) || error.code !== 'OPTIONS_INVALID') throw error;
    return refused(400, error.message).problem;
  }
}

/** Who made a change, for the journal: the person as proved, never a name in the request. */
export function changedBy(
  { id }: Person,
  note: unknown,
): { readonly author: string; readonly note?: string } {
  return typeof note === 'string' ? { author: id, note } : { author: id };
}

/** Whether a member may stand for the note of a change. */
export function isNote(note: unknown): note is string | undefined {
  return note === undefined || typeof note === 'string';
}
