import type { Entry } from '@torii/engine';
import { hashOf } from './verify-entries.ts';

/** A copy of the journal in which somebody made one call cheaper. */
export interface Forgery {
  /** The entry that was changed. */
  readonly seq: number;
  readonly from: string;
  readonly to: string;

  /** The entry changed, and nothing else. */
  readonly careless: readonly Entry[];

  /** Its own hash made to fit as well. */
  readonly careful: readonly Entry[];

  /** Every later entry written anew: it verifies, and ends in another head. */
  readonly complete: readonly Entry[];
}

const FORGED = '0.01 USD';

/** Forges the first settled call of this list that cost more, in copies. Undefined where there is none. */
export function forge(entries: readonly Entry[], callIds: ReadonlySet<string>): Forgery | undefined {
  const target = entries.find(
    (entry) =>
      entry.type === 'call.settled' && callIds.has(entry.callId ?? '') && chargedOf(entry) !== FORGED,
  );
  if (target === undefined) return undefined;
  const index = entries.indexOf(target);
  const changed = { ...target, facts: { ...target.facts, charged: FORGED } };
  const rehashed = { ...changed, hash: hashOf(changed) };
  return {
    seq: target.seq,
    from: chargedOf(target),
    to: FORGED,
    careless: entries.with(index, changed),
    careful: entries.with(index, rehashed),
    complete: [...entries.slice(0, index), ...relinked([rehashed, ...entries.slice(index + 1)])],
  };
}

function chargedOf({ facts }: Entry): string {
  const { charged } = facts;
  return typeof charged === 'string' ? charged : '';
}

function relinked(entries: readonly Entry[]): readonly Entry[] {
  const [first] = entries;
  let previous = first?.previous ?? '';
  return entries.map((entry) => {
    const placed = { ...entry, previous };
    const linked = { ...placed, hash: hashOf(placed) };
    previous = linked.hash;
    return linked;
  });
}
