import type { Entry } from '@torii/engine';
import { z } from 'zod';

const reservedSchema = z.object({
  charges: z.array(z.object({ budget: z.string(), startMs: z.number(), currency: z.string() })),
});
const settledSchema = z.object({ counted: z.record(z.string(), z.string()) });

/** What the journal says was spent of a budget in its window, in micro-units. */
export type SpentOf = (budgetKey: string, startMs: number) => bigint;

/** Adds up every settled call of the journal in the budgets that its reservation charged. */
export function sumsOf(entries: readonly Entry[]): SpentOf {
  const reserved = new Map<string, z.output<typeof reservedSchema>['charges']>();
  const sums = new Map<string, bigint>();
  for (const { type, callId = '', facts } of entries) {
    if (type === 'call.reserved') reserved.set(callId, reservedSchema.parse(facts).charges);
    if (type !== 'call.settled') continue;
    const { counted } = settledSchema.parse(facts);
    for (const { budget, startMs, currency } of reserved.get(callId) ?? []) {
      const key = `${startMs} ${budget}`;
      sums.set(key, (sums.get(key) ?? 0n) + BigInt(counted[currency] ?? '0'));
    }
  }
  return (budgetKey, startMs) => sums.get(`${startMs} ${budgetKey}`) ?? 0n;
}
