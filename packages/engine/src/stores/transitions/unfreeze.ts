import type { JsonObject } from '../../nouns/canonical.ts';
import { record, type Step } from './rows.ts';

/** Lifts the freeze of a budget in all its windows. Answers whether any was frozen. */
export function unfreeze(step: Step, key: string, facts: JsonObject): boolean {
  const frozen = step.tables.frozenBuckets(key);
  for (const bucket of frozen) step.tables.putBucket({ ...bucket, frozen: false });
  if (frozen.length > 0) record(step, { type: 'budget.unfrozen', facts: { ...facts, budget: key } });
  return frozen.length > 0;
}
