import type { Json } from '../nouns/canonical.ts';
import { MAX_UNITS } from '../nouns/asset.ts';
import type { Entry } from '../nouns/entry.ts';

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

interface Rolling {
  readonly windowMs: number;

  /** Undefined for a slice without an end, which counts for ever. */
  readonly sliceMs: number | undefined;
}

interface Charge {
  readonly key: string;
  readonly startMs: number;
  readonly rolling: Rolling | undefined;
  readonly currency: string;
  readonly amount: bigint;
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
  readonly #held = new Map<string, readonly Charge[]>();
  readonly #frozen = new Set<string>();

  post({ type, callId = '', facts }: Entry): void {
    if (type === 'call.reserved') this.#reserve(callId, chargesOf(facts['charges']));
    if (type === 'call.settled') this.#end(callId, ({ currency }) => countedIn(facts['counted'], currency));
    if (type === 'call.released' || type === 'call.expired') this.#end(callId, () => 0n);
    if (type === 'budget.frozen') this.#frozen.add(facts['budget'] as string);
    if (type === 'budget.unfrozen') this.#frozen.delete(facts['budget'] as string);
  }

  budgets(nowMs: number): readonly AuditedBudget[] {
    return [...this.#totals].flatMap(([key, windows]): readonly AuditedBudget[] => {
      const frozen = this.#frozen.has(key);
      const rolling = this.#rolling.get(key);
      if (rolling !== undefined) return [{ key, rolling, frozen, ...counted(windows, rolling, nowMs) }];
      return [...windows].map(([startMs, totals]) => ({ key, startMs, rolling, frozen, ...totals }));
    });
  }

  #reserve(callId: string, charges: readonly Charge[]): void {
    this.#held.set(callId, charges);
    for (const charge of charges) {
      if (charge.rolling !== undefined) this.#rolling.set(charge.key, charge.rolling);
      this.#add(charge, { spent: 0n, held: charge.amount });
    }
  }

  #end(callId: string, spentOn: (charge: Charge) => bigint): void {
    for (const charge of this.#held.get(callId) ?? [])
      this.#add(charge, { spent: spentOn(charge), held: -charge.amount });
    this.#held.delete(callId);
  }

  #add({ key, startMs }: Charge, change: Totals): void {
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

interface WrittenCharge {
  readonly budget: string;
  readonly startMs: number;
  readonly endMs?: number;
  readonly rollingMs?: number;
  readonly currency: string;
  readonly amount: string;
}

function chargesOf(facts: Json | undefined): readonly Charge[] {
  const written = (facts ?? []) as readonly (WrittenCharge & Record<string, Json>)[];
  return written.map(({ budget, amount, startMs, endMs, rollingMs, currency }) => {
    const sliceMs = endMs === undefined ? undefined : endMs - startMs;
    const rolling = rollingMs === undefined ? undefined : { windowMs: rollingMs, sliceMs };
    return { key: budget, startMs, rolling, currency, amount: BigInt(amount) };
  });
}

function countedIn(facts: Json | undefined, currency: string): bigint {
  const counted = (facts ?? {}) as Readonly<Record<string, string>>;
  return BigInt(counted[currency] ?? '0');
}
