import { MAX_UNITS } from '../nouns/asset.ts';
import type { JsonObject } from '../nouns/canonical.ts';
import type { Entry } from '../nouns/entry.ts';
import { carveOutKey } from '../nouns/hold.ts';
import { chargesOf, countedIn, type JournalCharge, type Rolling } from './charges.ts';

/** What the journal says of one budget in one window, or of a rolling one as a whole. */
export interface AuditedBudget {
  readonly key: string;

  /** Start of the window; of the slice that was charged last in a rolling one. */
  readonly startMs: number;

  /** Set for a rolling window: what is spent and held are the sums of the slices that still count. */
  readonly rolling: Rolling | undefined;

  readonly spent: bigint;
  readonly held: bigint;

  /** The budget was stopped, in this or another of its windows. */
  readonly frozen: boolean;
}

interface Totals {
  readonly spent: bigint;
  readonly held: bigint;
}

/**
 * Recomputes every budget from the journal alone, from its first entry on, as it stands at `nowMs`: by default when the
 * last entry was written. What it answers must equal what the store says then; any difference is money made or lost.
 */
export function auditBudgets(
  entries: readonly Entry[],
  nowMs: number = entries.at(-1)?.at ?? 0,
): readonly AuditedBudget[] {
  const books = new Books();
  for (const entry of entries) books.post(entry);
  return books.budgets(nowMs);
}

class Books {
  /** By key and start: of a window, or of a slice of a rolling one. */
  readonly #totals = new Map<string, Map<number, Totals>>();
  readonly #rolling = new Map<string, Rolling>();
  readonly #held = new Map<string, readonly JournalCharge[]>();
  readonly #frozen = new Set<string>();

  post({ type, callId = '', facts }: Entry): void {
    if (type === 'call.reserved' && facts['carved'] !== undefined) this.#setAside(carveOutKey(callId));
    if (type === 'call.reserved') this.#reserve(callId, chargesOf(facts['charges']));
    if (type === 'call.extended') this.#extend(callId, chargesOf(facts['charges']));
    if (type === 'call.settled') this.#end(callId, ({ currency }) => countedIn(facts['counted'], currency));
    if (type === 'call.released' || type === 'call.expired') this.#end(callId, () => 0n);
    if (type === 'budget.frozen') this.#frozen.add(facts['budget'] as string);
    if (type === 'budget.unfrozen') this.#frozen.delete(facts['budget'] as string);
    if (type === 'store.rebuilt') this.#rebuild(facts);
  }

  /** A ledger leaves every budget frozen that it knows of; an operator may have accepted whole ones. */
  #rebuild(facts: JsonObject): void {
    if (facts['by'] === 'ledger') for (const key of this.#totals.keys()) this.#frozen.add(key);
    if (facts['budgets'] !== 'anew') return;
    for (const books of [this.#totals, this.#rolling, this.#held, this.#frozen]) books.clear();
  }

  budgets(nowMs: number): readonly AuditedBudget[] {
    return [...this.#totals].flatMap(([key, windows]): readonly AuditedBudget[] => {
      const frozen = this.#frozen.has(key);
      const rolling = this.#rolling.get(key);
      if (rolling !== undefined) return [{ key, rolling, frozen, ...counted(windows, rolling, nowMs) }];
      return [...windows].map(([startMs, totals]) => ({ key, startMs, rolling, frozen, ...totals }));
    });
  }

  #reserve(callId: string, charges: readonly JournalCharge[]): void {
    this.#held.set(callId, charges);
    for (const charge of charges) {
      if (charge.rolling !== undefined) this.#rolling.set(charge.key, charge.rolling);
      this.#add(charge, { spent: 0n, held: charge.amount });
    }
  }

  /** Every charge holds its new amount in the window of the old one. */
  #extend(callId: string, charges: readonly JournalCharge[]): void {
    this.#end(callId, () => 0n);
    this.#reserve(callId, charges);
  }

  /** An id that is used anew sets aside anew: what was spent of it before was settled before. */
  #setAside(key: string): void {
    const before = this.#totals.get(key)?.get(0);
    if (before !== undefined) this.#totals.get(key)?.set(0, { ...before, spent: 0n });
  }

  #end(callId: string, spentOn: (charge: JournalCharge) => bigint): void {
    for (const charge of this.#held.get(callId) ?? [])
      this.#add(charge, { spent: spentOn(charge), held: -charge.amount });
    this.#held.delete(callId);
  }

  #add({ key, startMs }: JournalCharge, change: Totals): void {
    const windows = this.#totals.get(key) ?? new Map<number, Totals>();
    const { spent, held } = windows.get(startMs) ?? { spent: 0n, held: 0n };
    const sum = spent + change.spent;
    windows.set(startMs, { spent: sum > MAX_UNITS ? MAX_UNITS : sum, held: held + change.held });
    this.#totals.set(key, windows);
  }
}

/** The sums of the slices of which any instant lies less than a window before `nowMs`. */
function counted(
  slices: ReadonlyMap<number, Totals>,
  { windowMs, sliceMs = Infinity }: Rolling,
  nowMs: number,
): Totals & { readonly startMs: number } {
  const counting = [...slices].filter(([startMs]) => startMs > nowMs - windowMs - sliceMs);
  const [spent, held] = counting.reduce(
    ([spentBefore, heldBefore], [, totals]) => [spentBefore + totals.spent, heldBefore + totals.held],
    [0n, 0n],
  );
  return { startMs: Math.max(...slices.keys()), spent, held };
}
