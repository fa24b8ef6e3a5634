import type { JsonObject } from '../../nouns/canonical.ts';
import { type RevocationStore, type Revocation, type Subject, subjectKey } from '../../nouns/revocation.ts';
import { untilUnchanged } from './again.ts';
import { factsLine } from '../holds/facts-line.ts';
import type { FieldNames } from '../keys.ts';
import { jsonOf, listOf, textOf, wholeOf } from '../replies.ts';
import { type Reply, run, type Slot } from '../script.ts';
import { RESTORE, REVOCATION, REVOCATIONS, REVOKE } from '../scripts/revocations.ts';

/** Who is stopped in one slot. */
export function revocationsOf(slot: Slot, names: FieldNames): RevocationStore {
  return {
    async revoke(subject, reason, facts) {
      const told = factsLine({
        type: 'access.revoked',
        facts: { ...facts, subject: { ...subject }, reason },
      });
      const asked = [names.of(subjectKey(subject)), JSON.stringify(subject), reason, told];
      return (await run(slot, REVOKE, asked)).kind === 'revoked';
    },
    async restore(subject, facts) {
      const name = names.of(subjectKey(subject));
      const { restored } = await untilUnchanged(() => restoredIn(slot, name, { subject, facts }));
      return restored;
    },
    async revocations(limit) {
      const { rest } = await run(slot, REVOCATIONS, [limit]);
      return listOf(rest[0]).map(revocationOf);
    },
  };
}

/** Restores a subject with the reason of its revocation; undefined where that was another one by then. */
async function restoredIn(
  slot: Slot,
  name: string,
  { subject, facts }: { readonly subject: Subject; readonly facts: JsonObject },
): Promise<{ readonly restored: boolean } | undefined> {
  const known = await run(slot, REVOCATION, [name]);
  if (known.kind === 'free') return { restored: false };
  const [place, reason] = known.rest.map(textOf);
  const why = { subject: { ...subject }, reason: reason ?? '' };
  const told = factsLine({ type: 'access.restored', facts: { ...facts, ...why } });
  const { kind } = await run(slot, RESTORE, [name, place ?? '', told]);
  return kind === 'restored' ? { restored: true } : undefined;
}

function revocationOf(reply: Reply): Revocation {
  const [subject, reason, revokedAt] = listOf(reply);
  return { subject: jsonOf(subject) as Subject, reason: textOf(reason), revokedAt: wholeOf(revokedAt) };
}
