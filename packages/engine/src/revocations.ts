import type { Revocations } from './nouns/operator.ts';
import { storeOf } from './operate.ts';
import type { Parts } from './parts.ts';
import { bounded } from './settle/permit.ts';
import { factsOf, invalid, subjectOf } from './whom.ts';

const LISTED = 100;

/** The kill switch. A revocation is read in the step that moves the money: it holds when the promise resolves. */
export function revocationsOf({ identity, store }: Parts): Revocations {
  return {
    async revoke(subject, { reason, ...by }) {
      const whom = subjectOf(identity, subject);
      if (typeof reason !== 'string' || reason === '') throw invalid('reason', 'expected why, as text');
      return store.of(whom.tenant).revoke(whom, bounded(reason), factsOf(by));
    },
    async restore(subject, by) {
      const whom = subjectOf(identity, subject);
      return store.of(whom.tenant).restore(whom, factsOf(by));
    },
    async list(whose = {}) {
      const found = await storeOf({ store }, whose);
      return found === undefined ? [] : found.revocations(LISTED);
    },
  };
}
