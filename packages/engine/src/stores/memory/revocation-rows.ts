import type { Revocation } from '../../nouns/revocation.ts';
import type { Tables } from '../tables.ts';
import { put, remove, type Undo } from './undo.ts';

/** Who is stopped, in the order in which they were. */
export function revocationRows(
  undo: Undo,
): Pick<Tables, 'anyRevoked' | 'revocation' | 'putRevocation' | 'dropRevocation' | 'revocations'> {
  const revoked = new Map<string, Revocation>();
  return {
    anyRevoked: () => revoked.size > 0,
    revocation: (key) => revoked.get(key),
    putRevocation: (key, revocation) => put(undo, revoked, [key, revocation]),
    dropRevocation: (key) => remove(undo, revoked, key),
    revocations: (limit) => [...revoked.values()].reverse().slice(0, limit),
  };
}
