import assert from 'node:assert/strict';
import type { Entry } from '../../nouns/entry.ts';
import type { BudgetCharge, BudgetStatus } from '../../nouns/charge.ts';
import type { PromisedStore, Store } from '../../nouns/store.ts';
import { EMPTY, follow } from '../../record/chain.ts';
import { auditAccounts } from '../audit-accounts.ts';
import { type AuditedBudget, auditBudgets } from '../audit.ts';
import type { FakeClock } from '../fake-clock.ts';
import { charge, rate } from './samples.ts';

/** An empty store, and the clock that it was opened with. */
export interface StoreUnderTest {
  readonly store: Store;
  readonly clock: FakeClock;
}

/** The same, with answers that are promised also where the store knows them at once. */
export interface Tested {
  readonly store: PromisedStore;
  readonly clock: FakeClock;
}

/** A store as it is tested: it may know at once what others have to promise. */
export function promising({ store, clock }: StoreUnderTest): Tested {
  return { store: promisingStore(store), clock };
}

/** One for each store, so that a store that is found twice is found to be the same. */
const promisingStores = new WeakMap<Store, PromisedStore>();

function promisingStore(store: Store): PromisedStore {
  const known = promisingStores.get(store);
  if (known !== undefined) return known;
  const proxy = new Proxy(store, {
    get(whole, name) {
      if (name === 'of') return (tenant: string) => promisingStore(store.of(tenant));
      if (name === 'all') return async () => (await store.all()).map(promisingStore);
      const member: unknown = Reflect.get(whole, name);
      if (typeof member !== 'function') return member;
      return async (...asked: readonly unknown[]): Promise<unknown> => Reflect.apply(member, whole, asked);
    },
  });
  // Each of its methods is one that promises, which a proxy cannot tell the types.
  const made = proxy as unknown as PromisedStore;
  promisingStores.set(store, made);
  return made;
}

/** One promise of the store contract. `run` rejects when the store that `open` makes does not keep it. */
export interface ContractCase {
  readonly title: string;
  readonly run: (open: () => Promise<StoreUnderTest>) => Promise<void>;
}

/** A promise, checked by `body`, after which the journal must be whole and agree with every budget. */
export function promise(title: string, body: (tested: Tested) => Promise<void>): ContractCase {
  return {
    title,
    async run(open) {
      const tested = promising(await open());
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
  await assertAccounts(store, entries);
}

/** Requires accounts that are exactly what the journal adds up to, and books in which nothing was made or lost. */
async function assertAccounts(store: Store, entries: readonly Entry[]): Promise<void> {
  const { accounts, balances, unbalanced } = auditAccounts(entries);
  assert.deepEqual(unbalanced, [], 'expected legs that sum to nothing');
  for (const { currency, outside, wallets, spent } of balances)
    assert.equal(outside + wallets + spent, 0n, `expected balances in ${currency} that sum to nothing`);
  for (const { key, kind, funds, spent, held, currency, closed } of accounts) {
    const status = await standingOf(store, charge(key, { account: kind, currency, limit: 0n }));
    const told = { key, funds: status.limit, spent: status.spent, held: status.held };
    assert.deepEqual(told, { key, funds, spent, held });
    if (closed) assert.equal(await isClosed(store, key), true, `expected ${key} to be closed`);
  }
}

/** Asked only for what was closed before: closing again changes nothing. */
async function isClosed(store: Store, key: string): Promise<boolean | undefined> {
  const [, callId = ''] = JSON.parse(key) as readonly string[];
  const status = await store.closeCarveOut(callId, {});
  return status === undefined || status.closed;
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
  return standingOf(store, charge(key, { startMs }));
}

/** How the budget or account of a charge stands. */
export async function standingOf(store: Store, charged: BudgetCharge): Promise<BudgetStatus> {
  const { budgets } = await store.status([charged], []);
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

/** An answer without its place among all answers, which others that came between move. */
export function said<T extends { readonly version: number }>(answer: T): Omit<T, 'version'> {
  const { version: _, ...rest } = answer;
  return rest;
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
