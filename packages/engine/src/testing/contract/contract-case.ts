import assert from 'node:assert/strict';
import type { Entry } from '../../nouns/entry.ts';
import type { BudgetCharge, BudgetStatus } from '../../nouns/charge.ts';
import type { Store } from '../../nouns/store.ts';
import { EMPTY, follow } from '../../record/chain.ts';
import { type AuditedBudget, auditBudgets } from '../audit.ts';
import type { FakeClock } from '../fake-clock.ts';
import { charge, rate } from './samples.ts';

/** An empty store, and the clock that it was opened with. */
export interface StoreUnderTest {
  readonly store: Store;
  readonly clock: FakeClock;
}

/** One promise of the store contract. `run` rejects when the store that `open` makes does not keep it. */
export interface ContractCase {
  readonly title: string;
  readonly run: (open: () => Promise<StoreUnderTest>) => Promise<void>;
}

/** A promise, checked by `body`, after which the journal must be whole and agree with every budget. */
export function promise(title: string, body: (tested: StoreUnderTest) => Promise<void>): ContractCase {
  return {
    title,
    async run(open) {
      const tested = await open();
      try {
        await body(tested);
        await assertSound(tested.store);
      } finally {
        await tested.store.close();
      }
    },
  };
}

/** Requires an unbroken journal, and budgets that are exactly what the journal adds up to. */
export async function assertSound(store: Store): Promise<void> {
  const entries = await allEntries(store);
  const end = follow(EMPTY, entries);
  assert.ok(!('kind' in end), 'message' in end ? end.message : '');
  const inOrder = entries.every(({ at }, index) => at >= (entries[index - 1]?.at ?? 0));
  assert.ok(inOrder, 'expected entries whose time never decreases');
  for (const audited of auditBudgets(entries, await timeOf(store))) {
    const { budgets } = await store.status([chargeOf(audited)], []);
    const { spent, held, frozen } = budgets[0] ?? assert.fail('expected a status for each charge');
    assert.deepEqual({ ...audited, spent, held, frozen }, audited);
  }
}

/** The store's own time: when a call fits a rate that nobody used. */
async function timeOf(store: Store): Promise<number> {
  const { rates } = await store.status([], [rate('never used')]);
  return rates[0]?.resetsAt ?? assert.fail('expected a status for each rate');
}

function chargeOf({ key, startMs, rolling }: AuditedBudget): BudgetCharge {
  if (rolling === undefined) return charge(key, { startMs });
  const { windowMs, sliceMs } = rolling;
  const endMs = sliceMs === undefined ? undefined : startMs + sliceMs;
  return charge(key, { window: 'rolling 1h', startMs, endMs, rollingMs: windowMs });
}

/** The whole journal, read page by page. */
export async function allEntries(store: Store): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for (;;) {
    const page = await store.entries({ afterSeq: entries.length, limit: 500 });
    entries.push(...page);
    if (page.length < 500) return entries;
  }
}

/** How a budget stands in the window that starts at `startMs`. */
export async function standing(store: Store, key: string, startMs = 0): Promise<BudgetStatus> {
  const { budgets } = await store.status([charge(key, { startMs })], []);
  const [status] = budgets;
  assert.ok(status !== undefined, 'expected a status for each charge that was asked about');
  return status;
}

/** Spent and held of a budget, for short comparisons. */
export async function totals(
  store: Store,
  key: string,
  startMs = 0,
): Promise<readonly [spent: bigint, held: bigint]> {
  const { spent, held } = await standing(store, key, startMs);
  return [spent, held];
}

/** How many answers there are of each kind. */
export function tally(answers: readonly { readonly kind: string }[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { kind } of answers) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** Runs `step` for 0 to `count - 1`, all at once. */
export function together<T>(count: number, step: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => step(index)));
}
