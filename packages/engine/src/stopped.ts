import type { Call } from './nouns/call.ts';
import { type Denial, denyAll } from './nouns/denial.ts';
import type { CallRecord } from './nouns/hold.ts';
import { subjectKey, subjectsOf } from './nouns/revocation.ts';
import type { Store } from './nouns/store.ts';
import { carveOutCall } from './stores/transitions/carve-outs.ts';
import { revokedReason } from './stores/transitions/revocations.ts';

/** How many revocations are looked through. Starting looks through all of them. */
const LOOKED_THROUGH = 10_000;

/**
 * Why a waiting call would be denied if it started now, because its caller is revoked or whoever set aside what it
 * charges. Only for saying so before: what counts is what the store says of the start.
 */
export async function stoppedSince(
  store: Store,
  call: Call,
  record: CallRecord,
): Promise<Denial | undefined> {
  const revocations = await store.revocations(LOOKED_THROUGH);
  if (revocations.length === 0) return undefined;
  const known = new Map(revocations.map((revocation) => [subjectKey(revocation.subject), revocation]));
  for (const spender of [call.principal, ...(await fundersOf(store, record))]) {
    const stopping = subjectsOf(spender)
      .map((subject) => known.get(subjectKey(subject)))
      .find((revocation) => revocation !== undefined);
    if (stopping !== undefined) return denyAll([revokedReason(stopping)], record.id);
  }
  return undefined;
}

/** The calls that set aside what a call charges, and those that set that aside. */
async function fundersOf(store: Store, { budgets }: CallRecord): Promise<readonly CallRecord[]> {
  const found: CallRecord[] = [];
  // A set goes through what is added meanwhile, and through nothing twice, so that a circle ends.
  const ids = new Set(carveOutsOf(budgets));
  for (const id of ids) {
    const funder = await store.call(id);
    if (funder?.carved === undefined) continue;
    found.push(funder);
    for (const outer of carveOutsOf(funder.budgets)) ids.add(outer);
  }
  return found;
}

function carveOutsOf(charges: CallRecord['budgets']): readonly string[] {
  return charges.filter(({ account }) => account === 'carve-out').map(({ key }) => carveOutCall(key));
}
