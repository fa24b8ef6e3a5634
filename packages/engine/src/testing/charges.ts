import type { Json } from '../nouns/canonical.ts';
import type { AccountKind } from '../nouns/charge.ts';

/** A charge as an entry of the journal has it. */
export interface JournalCharge {
  readonly key: string;
  readonly startMs: number;

  /** Set for a rolling window: what is spent and held are the sums of the slices that still count. */
  readonly rolling: Rolling | undefined;
  readonly account: AccountKind | undefined;
  readonly currency: string;
  readonly amount: bigint;
}

/** How a rolling window is cut. */
export interface Rolling {
  readonly windowMs: number;

  /** Undefined for a slice without an end, which counts for ever. */
  readonly sliceMs: number | undefined;
}

interface WrittenCharge {
  readonly budget: string;
  readonly startMs: number;
  readonly endMs?: number;
  readonly rollingMs?: number;
  readonly account?: AccountKind;
  readonly currency: string;
  readonly amount: string;
}

/** The charges that a reservation or an extension wrote. */
export function chargesOf(facts: Json | undefined): readonly JournalCharge[] {
  const written = (facts ?? []) as readonly (WrittenCharge & Record<string, Json>)[];
  return written.map(({ budget, amount, startMs, endMs, rollingMs, account, currency }) => {
    const sliceMs = endMs === undefined ? undefined : endMs - startMs;
    const rolling = rollingMs === undefined ? undefined : { windowMs: rollingMs, sliceMs };
    return { key: budget, startMs, rolling, account, currency, amount: BigInt(amount) };
  });
}

/** What a settlement counted in a currency. */
export function countedIn(facts: Json | undefined, currency: string): bigint {
  const counted = (facts ?? {}) as Readonly<Record<string, string>>;
  return BigInt(counted[currency] ?? '0');
}

/** What a reservation set aside; undefined for one that did not. */
export function carvedIn(
  facts: Json | undefined,
): { readonly currency: string; readonly units: bigint } | undefined {
  if (facts === undefined) return undefined;
  const { currency, units } = facts as { readonly currency: string; readonly units: string };
  return { currency, units: BigInt(units) };
}
