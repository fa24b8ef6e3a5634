import type { Revocations } from '../nouns/operator.ts';
import type { Store } from '../nouns/store.ts';
import { storeOf } from './operate.ts';
import type { Parts } from '../parts.ts';
import { bounded } from '../settle/permit.ts';
import { factsOf, invalid, subjectOf } from './whom.ts';

const LISTED = 100;

/** The kill switch. A revocation is read in the step that moves the money: it holds when the promise resolves. */
export function revocationsOf({ identity, store, wake }: Parts): Revocations {
  const told = async (tenant: string, change: (own: Store) => Promise<boolean>): Promise<boolean> => {
    const own = store.of(tenant);
    const changed = await change(own);
    wake(own);
    return changed;
  };
  return {
    async revoke(subject, { reason, ...by }) {
      const whom = subjectOf(identity, subject);
      if (typeof reason !== 'string' || reason === '') throw invalid('reason', 'expected why, as text');
      const facts = factsOf(by);
      return told(whom.tenant, (own) => own.revoke(whom, bounded(reason), facts));
    },
    async restore(subject, by) {
      const whom = subjectOf(identity, subject);
      const facts = factsOf(by);
      return told(whom.tenant, (own) => own.restore(whom, facts));
    },
    async list(whose = {}) {
      const found = await storeOf({ store }, whose);
      return found === undefined ? [] : found.revocations(LISTED);
    },
  };
}
