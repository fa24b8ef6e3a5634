import type { BudgetCharge, RateCharge } from '../nouns/charge.ts';
import type { SessionKey } from '../nouns/hold.ts';
import { type Revocation, subjectKey, subjectsOf } from '../nouns/revocation.ts';
import type { Account, Bucket, Slice } from '../stores/tables.ts';
import type { Standing } from '../stores/transitions/rows.ts';
import { unavailable } from './failures.ts';

/** What a script says of how things stood, and of what: as much as is asked about. */
export interface Told {
  /** Milliseconds since 1970, by the store's clock. */
  readonly now: number;
  readonly budgets: readonly BudgetCharge[];

  /** As `statusOf` of the scripts answers them, charge by charge. */
  readonly budgetFigures: readonly number[];
  readonly rates: readonly RateCharge[];

  /** As `rateStatusOf` of the scripts answers them, rate by rate. */
  readonly rateFigures: readonly number[];

  /** Which subject of the caller is revoked, the widest being 0, and why. */
  readonly revoked?: { readonly caller: SessionKey; readonly which: number; readonly reason: string };
}

/**
 * The rows behind the figures that a script answered, for the functions that make sentences of rows: a denial, a status
 * and a wait are worded by the same code whichever store judged. Holds nothing that was not asked about.
 */
export function standingOf(told: Told): Standing {
  const buckets = new Map<string, Map<number, Bucket>>();
  const accounts = new Map<string, Account>();
  const frozen = new Set<string>();
  const figures = new Figures(told.budgetFigures);
  for (const charge of told.budgets) {
    const { key } = charge;
    if (figures.next() === 1) frozen.add(key);
    const windows = buckets.get(key) ?? new Map<number, Bucket>();
    buckets.set(key, windows);
    for (const bucket of bucketsOf(charge, figures)) windows.set(bucket.startMs, bucket);
    if (charge.account !== undefined) accounts.set(key, accountOf(charge, figures));
  }
  const slices = slicesOf(told);
  const revocations = revocationsOf(told.revoked);
  const tables: Standing['tables'] = {
    bucket: (key, startMs) => buckets.get(key)?.get(startMs),
    buckets: (key, afterMs) =>
      [...(buckets.get(key)?.values() ?? [])]
        .filter(({ startMs }) => startMs > afterMs)
        .sort((a, b) => a.startMs - b.startMs),
    frozenBuckets: (key) => (frozen.has(key) ? [...(buckets.get(key)?.values() ?? [])].slice(0, 1) : []),
    account: (key) => accounts.get(key),
    slices: (key, afterMs) => (slices.get(key) ?? []).filter(({ startMs }) => startMs > afterMs),
    anyRevoked: () => revocations.size > 0,
    revocation: (key) => revocations.get(key),
  };
  return { now: told.now, tables };
}

/** Numbers that are read one after the other. */
class Figures {
  readonly #numbers: readonly number[];
  #at = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  next(): number {
    const figure = this.#numbers[this.#at++];
    if (figure === undefined) throw unavailable('redis answered something unexpected');
    return figure;
  }
}

function bucketsOf({ key, startMs, rollingMs, account }: BudgetCharge, figures: Figures): readonly Bucket[] {
  const bucket = (start: number): Bucket => ({
    key,
    startMs: start,
    spent: BigInt(figures.next()),
    held: BigInt(figures.next()),
    frozen: false,
  });
  if (rollingMs === undefined || account !== undefined) return [bucket(startMs)];
  // A frozen budget is known by its bucket, so there is always one.
  const found = Array.from({ length: figures.next() }, () => bucket(figures.next()));
  return found.length > 0 ? found : [{ key, startMs, spent: 0n, held: 0n, frozen: false }];
}

function accountOf({ key, currency }: BudgetCharge, figures: Figures): Account {
  return { key, currency, funds: BigInt(figures.next()), closed: figures.next() === 1 };
}

function slicesOf({ now, rates, rateFigures }: Told): ReadonlyMap<string, readonly Slice[]> {
  const slices = new Map<string, readonly Slice[]>();
  const figures = new Figures(rateFigures);
  for (const { key } of rates) {
    const count = figures.next();
    // Below zero it is all calls together: one more fits, so nobody asks when they began, unless beside another limit.
    if (count < 0) slices.set(key, slices.get(key) ?? [{ startMs: now, count: 0 - count }]);
    else {
      slices.set(
        key,
        Array.from({ length: count }, () => ({ startMs: figures.next(), count: figures.next() })),
      );
    }
  }
  return slices;
}

function revocationsOf(revoked: Told['revoked']): ReadonlyMap<string, Revocation> {
  const subject = revoked === undefined ? undefined : subjectsOf(revoked.caller)[revoked.which];
  if (revoked === undefined || subject === undefined) return new Map();
  return new Map([[subjectKey(subject), { subject, reason: revoked.reason, revokedAt: 0 }]]);
}
