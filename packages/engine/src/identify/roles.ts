import * as z from 'zod';
import { personRoles, type PersonRole } from '../nouns/principal.ts';

/** What a person may do whose token or host says nothing of it. */
export const DEFAULT_ROLES: readonly PersonRole[] = Object.freeze(['approver', 'owner']);

/** What `isRoles` accepts, for messages. */
export const ROLES_FORM = `a list of \`${personRoles.join('`, `')}\`, each at most once`;

/** Whether the value is a list of roles, with at least one of them and none twice. */
export function isRoles(value: unknown): value is readonly PersonRole[] {
  if (!Array.isArray(value) || value.length === 0) return false;
  return value.every(isRole) && new Set(value).size === value.length;
}

/** Roles, with a message that says what they are. */
export const rolesSchema = z.custom<readonly PersonRole[]>(isRoles, { error: `expected ${ROLES_FORM}` });

function isRole(value: unknown): value is PersonRole {
  return personRoles.some((role) => role === value);
}
