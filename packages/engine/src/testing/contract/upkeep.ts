import assert from 'node:assert/strict';
import { allEntries, type ContractCase, promise, together } from './contract-case.ts';
import { charge, cost, reservation, starting, TTL_MS } from './samples.ts';

/** What it promises to those who keep it in shape. */
export const upkeep: readonly ContractCase[] = [
  promise(
    'says when the next call reaches its deadline, as long as there is one',
    async ({ store, clock }) => {
      const start = clock.now();
      const told: (number | undefined)[] = [];
      const note = async (): Promise<void> => void told.push(await store.nextDeadline());

      await note();
      await store.reserve(reservation('late', { ttlMs: 2 * TTL_MS, then: { kind: 'hold' } }));
      await note();
      await store.reserve(reservation('early', { budgets: [charge('a')], then: { kind: 'hold' } }));
      await note();
      await store.release('early', {});
      await note();
      clock.set(start + 5);
      await store.start(starting('late'));
      await note();
      clock.set(start + 2 * TTL_MS);
      await note();
      await store.expire(10);
      await note();
      await store.settle(cost('late', 0n));
      await note();

      const started = start + 5 + TTL_MS;
      const expected = [undefined, start + 2 * TTL_MS, start + TTL_MS, start + 2 * TTL_MS, started, started];
      assert.deepEqual(told, [...expected, undefined, undefined]);
    },
  ),

  promise('drains its journal however often it is asked, and keeps all of it', async ({ store }) => {
    const events = Array.from({ length: 30 }, (_, index) => ({
      type: 'policies.rejected' as const,
      facts: { index },
    }));

    await store.drain();
    await together(10, async (index) => {
      await store.append(events.slice(index * 3, index * 3 + 3));
      await store.drain();
    });
    await Promise.all([store.drain(), store.drain()]);

    const written = (await allEntries(store)).map(({ facts }) => Number(facts['index']));
    assert.deepEqual(
      written.sort((a, b) => a - b),
      events.map(({ facts }) => facts.index),
    );
  }),

  promise('is the store of the tenant that it names, or of all of them', async ({ store }) => {
    const other = store.of('acme');

    assert.equal(other.tenant, store.tenant === undefined ? undefined : 'acme');
    assert.equal(store.of('acme'), other);
  }),
];
