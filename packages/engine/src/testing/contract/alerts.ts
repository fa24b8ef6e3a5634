import assert from 'node:assert/strict';
import type { BudgetCharge } from '../../nouns/charge.ts';
import type { PromisedStore } from '../../nouns/store.ts';
import { allEntries, type ContractCase, promise } from './contract-case.ts';
import { charge, cost, HOUR_MS, hourly, reservation, rolling, ROLLING_MS } from './samples.ts';

const alerts = [
  { percent: 50, units: 50n },
  { percent: 80, units: 80n },
  { percent: 100, units: 100n },
];

/** Spends `units` of the budgets by one call that was held at `units` or less. */
async function spend(
  store: PromisedStore,
  id: string,
  { units, of }: { units: bigint; of: readonly BudgetCharge[] },
) {
  await store.reserve(reservation(id, { budgets: of }));
  await store.settle(cost(id, units));
}

async function told(store: PromisedStore): Promise<readonly unknown[]> {
  const entries = await allEntries(store);
  return entries
    .filter(({ type }) => type === 'budget.threshold_reached')
    .map(({ callId, facts }) => [callId, facts['percent'], facts['spent']]);
}

/** What is told of a budget of which much is spent. */
export const budgetAlerts: readonly ContractCase[] = [
  promise(
    'tells once of each share of a budget that is spent, and of none that is only held',
    async ({ store }) => {
      const of = [charge('a', { amount: 10n, alerts })];
      await store.reserve(reservation('held', { budgets: [charge('a', { amount: 15n, alerts })] }));
      await spend(store, 'c1', { units: 10n, of });
      assert.deepEqual(await told(store), []);
      await store.release('held', {});

      await spend(store, 'c2', { units: 10n, of });
      await spend(store, 'c3', { units: 29n, of });
      assert.deepEqual(await told(store), []);
      await spend(store, 'c4', { units: 1n, of });
      await spend(store, 'c5', { units: 10n, of });
      await spend(store, 'c6', { units: 40n, of });

      assert.deepEqual(await told(store), [
        ['c4', 50, '0.00005 USD'],
        ['c6', 80, '0.0001 USD'],
        ['c6', 100, '0.0001 USD'],
      ]);
    },
  ),

  promise('tells of it beside what was settled, before what that froze', async ({ store }) => {
    await spend(store, 'c1', { units: 101n, of: [charge('a', { alerts: alerts.slice(0, 1) })] });

    const entries = await allEntries(store);
    assert.deepEqual(
      entries.map(({ type }) => type),
      ['call.reserved', 'call.settled', 'budget.threshold_reached', 'budget.frozen'],
    );
    assert.deepEqual(entries[2]?.facts, {
      budget: 'a',
      startMs: 0,
      policy: 'house',
      clause: 'budgets[0]',
      percent: 50,
      spent: '0.000101 USD',
      limit: '0.0001 USD',
    });
  }),

  promise('tells again in the next window', async ({ store, clock }) => {
    const budget = () => [hourly('a', clock.now(), { alerts: alerts.slice(0, 1) })];
    await spend(store, 'c1', { units: 60n, of: budget() });
    await spend(store, 'c2', { units: 10n, of: budget() });
    clock.set(clock.now() + HOUR_MS);

    await spend(store, 'c3', { units: 50n, of: budget() });

    assert.deepEqual(await told(store), [
      ['c1', 50, '0.00006 USD'],
      ['c3', 50, '0.00005 USD'],
    ]);
  }),

  promise('tells of a rolling budget by all that its window covers', async ({ store, clock }) => {
    const budget = () => [rolling('a', clock.now(), { alerts: alerts.slice(0, 1) })];
    await spend(store, 'c1', { units: 30n, of: budget() });
    clock.set(clock.now() + ROLLING_MS / 2);
    await spend(store, 'c2', { units: 20n, of: budget() });
    clock.set(clock.now() + ROLLING_MS / 2 + 60_000);
    await spend(store, 'c3', { units: 20n, of: budget() });

    await spend(store, 'c4', { units: 10n, of: budget() });

    assert.deepEqual(await told(store), [
      ['c2', 50, '0.00005 USD'],
      ['c4', 50, '0.00005 USD'],
    ]);
  }),

  promise('tells of each budget of a call by its own alerts', async ({ store }) => {
    const of = [
      charge('a', { alerts: [{ percent: 10, units: 10n }] }),
      charge('b', { clause: 'budgets[1]' }),
      charge('c', { clause: 'budgets[2]', limit: 20n, alerts: [{ percent: 50, units: 10n }] }),
    ];

    await spend(store, 'c1', { units: 10n, of });
    const again = await store.settle(cost('c1', 10n));

    assert.equal(again.kind === 'ended' && again.first, false);
    const entries = await allEntries(store);
    const alerted = entries.filter(({ type }) => type === 'budget.threshold_reached');
    assert.deepEqual(
      alerted.map(({ facts }) => [facts['budget'], facts['clause'], facts['percent']]),
      [
        ['a', 'budgets[0]', 10],
        ['c', 'budgets[2]', 50],
      ],
    );
    const call = await store.call('c1');
    assert.deepEqual(
      call?.budgets.map((each) => each.alerts?.length),
      [1, undefined, 1],
    );
  }),
];
