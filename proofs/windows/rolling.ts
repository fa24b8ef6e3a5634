import { memoryStore, type Random, type Store } from '@torii/engine';
import { type FakeClock, fakeClock, fakeRandom, windowSpan } from '@torii/engine/testing';
import { asking, type BudgetCharge, charge, costing, rate } from '../suite/asking.ts';
import { type Result, Violations } from '../suite/result.ts';
import type { Proving } from '../suite/suite.ts';
import { type Grant, stretchAbove, sumBefore } from './exact-log.ts';

const WINDOW_MS = 60_000;
const SLICE_MS = WINDOW_MS / 60;
const LIMIT = 500n;
const RATE_LIMIT = 40;
const CALLS_PER_RUN = 400;

/** What is wrong with a store, as what it makes of each reservation. */
export type Breaking = (store: Store) => Store;

/**
 * Random calls against a rolling budget and a rate, beside a log of every grant to the millisecond. In no stretch of
 * the window's length may more have been granted than the limit; what was denied must not have fitted a stretch that
 * is one slice longer.
 */
export async function rolls(runs: number, breaking: Breaking, { progress }: Proving): Promise<Result> {
  const found = new Violations();
  let denied = 0;
  let granted = 0;
  for (let run = 0; run < runs; run++) {
    const clock = fakeClock();
    const store = breaking(await memoryStore().open({ clock }));
    const log = await played(store, clock, run);
    denied += log.denied;
    granted += log.grants.length;
    for (const sentence of [...log.flaws, ...flawsOf(log.grants)]) found.add(`run ${run}: ${sentence}`);
    await store.close();
    progress.step(run + 1, runs, 'runs');
  }
  return {
    tried: { 'rolling runs': runs, 'rolling grants': granted, 'rolling denials': denied },
    violations: found.list(),
  };
}

interface Log {
  readonly grants: readonly Grant[];
  readonly denied: number;
  readonly flaws: readonly string[];
}

async function played(store: Store, clock: FakeClock, seed: number): Promise<Log> {
  const random = fakeRandom(seed + 1);
  const grants: Grant[] = [];
  const flaws: string[] = [];
  // Some runs meet the limit of the money first, others that of the rate.
  const largest = seed % 2 === 0 ? 60 : 5;
  let denied = 0;
  for (let index = 0; index < CALLS_PER_RUN; index++) {
    clock.set(clock.now() + pauseOf(random, grants, clock.now()));
    const amount = BigInt(1 + random.below(largest));
    const nowMs = clock.now();
    const answer = await store.reserve(asking(`c${index}`, [rollingCharge(nowMs, amount)], RATED));
    if (answer.kind === 'refused') {
      denied += 1;
      if (fits(grants, nowMs, amount)) flaws.push(`${amount} was denied although it fitted at ${nowMs}`);
      continue;
    }
    if (answer.kind !== 'reserved') throw new Error(`expected a grant or a denial, got \`${answer.kind}\``);
    const end = random.below(4);
    if (end === 0) await store.settle(costing(answer.call.id, amount / 2n));
    // What is held and what was spent counts; what was settled for less counts as what it cost.
    grants.push({ atMs: nowMs, units: end === 0 ? amount / 2n : amount });
  }
  return { grants, denied, flaws };
}

/** Bursts, short pauses, and pauses that end about where an earlier grant leaves the window. */
function pauseOf(random: Random, grants: readonly Grant[], nowMs: number): number {
  const kind = random.below(20);
  if (kind < 14) return 0;
  const past = grants[grants.length - 1 - random.below(40)];
  if (kind < 17 || past === undefined) return random.below(1_500);
  return Math.max(0, past.atMs + WINDOW_MS - random.below(2 * SLICE_MS) - nowMs);
}

const RATED = { rates: [rate('any minute', { limit: RATE_LIMIT, perMs: WINDOW_MS })] };

function rollingCharge(nowMs: number, amount: bigint): BudgetCharge {
  const { startMs, endMs } = windowSpan({ window: 'rolling 1m', zone: 'UTC', rollingMs: WINDOW_MS }, nowMs);
  const window = { window: 'rolling 1m', rollingMs: WINDOW_MS, startMs, endMs } as const;
  return charge('rolling', { amount, limit: LIMIT, ...window });
}

/** Whether it fitted even in a stretch that is a slice longer than the window: then nothing explains the denial. */
function fits(grants: readonly Grant[], nowMs: number, amount: bigint): boolean {
  const { units, calls } = sumBefore(grants, nowMs, WINDOW_MS + SLICE_MS);
  return units + amount <= LIMIT && calls < RATE_LIMIT;
}

function flawsOf(grants: readonly Grant[]): readonly string[] {
  const money = stretchAbove(grants, ({ units }) => units, { lengthMs: WINDOW_MS, most: LIMIT });
  const calls = stretchAbove(grants, () => 1n, { lengthMs: WINDOW_MS, most: BigInt(RATE_LIMIT) });
  return [
    ...(money === undefined
      ? []
      : [`${money.sum} of ${LIMIT} were granted in the minute before ${money.atMs}`]),
    ...(calls === undefined
      ? []
      : [`${calls.sum} of ${RATE_LIMIT} calls began in the minute before ${calls.atMs}`]),
  ];
}

/** Forgets a slice as soon as it begins to leave the window, instead of when all of it has. */
export const earlySlice: Breaking = (store) => ({
  ...store,
  reserve: (reservation) =>
    store.reserve({
      ...reservation,
      budgets: reservation.budgets.map((one) => ({ ...one, rollingMs: WINDOW_MS - SLICE_MS })),
    }),
});

/** Counts a rate by the minute of the clock. */
export const clockMinute: Breaking = (store) => ({
  ...store,
  reserve(reservation) {
    const minute = Math.floor((reservation.budgets[0]?.startMs ?? 0) / WINDOW_MS);
    const rates = reservation.rates.map((one) => ({ ...one, key: `${one.key} ${minute}` }));
    return store.reserve({ ...reservation, rates });
  },
});
