import type { BudgetCharge, RateCharge } from '../../nouns/charge.ts';
import type { Account, Bucket, Slice } from '../../stores/tables.ts';
import type { Standing } from '../../stores/transitions/rows.ts';
import { unavailable } from '../connection/failures.ts';

type ReadTables = Standing['tables'];

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
}

/**
 * The rows behind the figures that a script answered, for the functions that make sentences of rows: a denial, a status
 * and a wait are worded by the same code whichever store judged. Holds nothing that was not asked about.
 */
export function standingOf(told: Told): Standing {
  return { now: told.now, tables: new ToldTables(told) };
}

const NONE: readonly never[] = [];

/** Made for every answer, so it makes nothing that is not asked for. */
class ToldTables implements ReadTables {
  readonly #buckets = new Map<string, Bucket[]>();
  readonly #told: Told;
  #accounts: Map<string, Account> | undefined;
  #frozen: Set<string> | undefined;
  #slices: ReadonlyMap<string, readonly Slice[]> | undefined;

  constructor(told: Told) {
    this.#told = told;
    const figures = new Figures(told.budgetFigures);
    for (const charge of told.budgets) {
      const { key, account } = charge;
      if (figures.next() === 1) (this.#frozen ??= new Set()).add(key);
      this.#read(charge, figures);
      if (account !== undefined) (this.#accounts ??= new Map()).set(key, accountOf(charge, figures));
    }
  }

  bucket(key: string, startMs: number): Bucket | undefined {
    return this.#buckets.get(key)?.find((bucket) => bucket.startMs === startMs);
  }

  buckets(key: string, afterMs: number): readonly Bucket[] {
    const buckets = this.#buckets.get(key) ?? NONE;
    return buckets.filter(({ startMs }) => startMs > afterMs).sort((a, b) => a.startMs - b.startMs);
  }

  frozenBuckets(key: string): readonly Bucket[] {
    return this.#frozen?.has(key) === true ? (this.#buckets.get(key) ?? NONE).slice(0, 1) : NONE;
  }

  account(key: string): Account | undefined {
    return this.#accounts?.get(key);
  }

  slices(key: string, afterMs: number): readonly Slice[] {
    this.#slices ??= slicesOf(this.#told);
    return (this.#slices.get(key) ?? NONE).filter(({ startMs }) => startMs > afterMs);
  }

  /** Two charges of one budget may tell of the same windows: they stand as they were told last. */
  #read(charge: BudgetCharge, figures: Figures): void {
    const read = bucketsOf(charge, figures);
    const known = this.#buckets.get(charge.key);
    if (known === undefined) {
      this.#buckets.set(charge.key, read);
      return;
    }
    for (const bucket of read) {
      const place = known.findIndex(({ startMs }) => startMs === bucket.startMs);
      if (place === -1) known.push(bucket);
      else known[place] = bucket;
    }
  }
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

function bucketsOf({ key, startMs, rollingMs, account }: BudgetCharge, figures: Figures): Bucket[] {
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
