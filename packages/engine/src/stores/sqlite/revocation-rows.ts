import type { Revocation } from '../../nouns/revocation.ts';
import type { Tables } from '../tables.ts';
import type { Forgetful } from './budget-rows.ts';
import { jsonOf, textOf } from './columns.ts';
import type { Connection } from './driver.ts';

/** Who is stopped. All of them are remembered once they were asked for: they are few, and every hold asks. */
export function revocationRows(
  connection: Connection,
): Pick<Tables, 'anyRevoked' | 'revocation' | 'putRevocation' | 'dropRevocation' | 'revocations'> &
  Forgetful {
  const all = connection.prepare('SELECT key, record FROM revocations ORDER BY position');
  const put = connection.prepare('INSERT INTO revocations (key, record) VALUES (?, ?)');
  const drop = connection.prepare('DELETE FROM revocations WHERE key = ?');
  let known: Map<string, Revocation> | undefined;
  const revoked = (): Map<string, Revocation> =>
    (known ??= new Map(
      all.all().map((row) => [textOf(row, 'key'), jsonOf(row, 'record') as unknown as Revocation]),
    ));
  return {
    anyRevoked: () => revoked().size > 0,
    revocation: (key) => revoked().get(key),
    putRevocation(key, revocation) {
      put.run(key, JSON.stringify(revocation));
      revoked().set(key, revocation);
    },
    dropRevocation(key) {
      drop.run(key);
      revoked().delete(key);
    },
    revocations: (limit) => [...revoked().values()].reverse().slice(0, limit),
    forget: () => void (known = undefined),
  };
}
