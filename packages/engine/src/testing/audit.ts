import type { Json } from '../nouns/canonical.ts';
import { MAX_UNITS } from '../nouns/asset.ts';
import type { Entry } from '../nouns/entry.ts';

/** What the journal says of one budget in one window. */
export interface AuditedBudget {
  readonly key: string;
  readonly startMs: number;
  readonly spent: bigint;
  readonly held: bigint;

  /** The budget was stopped, in this or another of its windows. */
  readonly frozen: boolean;
}

interface Charge {
  readonly key: string;
  readonly startMs: number;
  readonly currency: string;
  readonly amount: bigint;
}

interface Totals {
  readonly spent: bigint;
  readonly held: bigint;
}

/**
 * Recomputes every budget from the journal alone, from its first entry on. What it answers must equal what the store
 * says; any difference is money made or lost.
 */
export function auditBudgets(entries: readonly Entry[]): readonly AuditedBudget[] {
  const books = new Books();
  for (const entry of entries) books.post(entry);
  return books.budgets();
}

class Books {
  readonly #totals = new Map<string, Totals>();
  readonly #held = new Map<string, readonly Charge[]>();
  readonly #frozen = new Set<string>();

  post({ type, callId = '', facts }: Entry): void {
    if (type === 'call.reserved') this.#reserve(callId, chargesOf(facts['charges']));
    if (type === 'call.settled') this.#end(callId, ({ currency }) => countedIn(facts['counted'], currency));
    if (type === 'call.released' || type === 'call.expired') this.#end(callId, () => 0n);
    if (type === 'budget.frozen') this.#frozen.add(facts['budget'] as string);
    if (type === 'budget.unfrozen') this.#frozen.delete(facts['budget'] as string);
  }

  budgets(): readonly AuditedBudget[] {
    return [...this.#totals].map(([id, totals]) => {
      const [startMs, key] = JSON.parse(id) as [number, string];
      return { key, startMs, ...totals, frozen: this.#frozen.has(key) };
    });
  }

  #reserve(callId: string, charges: readonly Charge[]): void {
    this.#held.set(callId, charges);
    for (const charge of charges) this.#add(charge, { spent: 0n, held: charge.amount });
  }

  #end(callId: string, spentOn: (charge: Charge) => bigint): void {
    for (const charge of this.#held.get(callId) ?? [])
      this.#add(charge, { spent: spentOn(charge), held: -charge.amount });
    this.#held.delete(callId);
  }

  #add({ key, startMs }: Charge, change: Totals): void {
    const id = JSON.stringify([startMs, key]);
    const { spent, held } = this.#totals.get(id) ?? { spent: 0n, held: 0n };
    const sum = spent + change.spent;
    this.#totals.set(id, { spent: sum > MAX_UNITS ? MAX_UNITS : sum, held: held + change.held });
  }
}

function chargesOf(facts: Json | undefined): readonly Charge[] {
  const written = (facts ?? []) as readonly {
    budget: string;
    startMs: number;
    currency: string;
    amount: string;
  }[];
  return written.map(({ budget, amount, ...charge }) => ({ ...charge, key: budget, amount: BigInt(amount) }));
}

function countedIn(facts: Json | undefined, currency: string): bigint {
  const counted = (facts ?? {}) as Readonly<Record<string, string>>;
  return BigInt(counted[currency] ?? '0');
}
