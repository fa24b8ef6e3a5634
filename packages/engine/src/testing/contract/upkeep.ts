import assert from 'node:assert/strict';
import { allEntries, type ContractCase, promise, together } from './contract-case.ts';
import { charge, cost, HOUR_MS, reservation, starting, TTL_MS } from './samples.ts';

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

  promise(
    'knows a call for 72 hours after its end, and as long as a further attempt of it',
    async ({ store, clock }) => {
      const ids = ['c1', 'c1.2', 'c1.9', 'c1.10', 'c2'];
      const known = async (): Promise<readonly string[]> => {
        const records = await Promise.all(ids.map((id) => store.call(id)));
        return records.flatMap((record) => record?.id ?? []);
      };
      const laterBy = async (ms: number): Promise<void> => {
        clock.set(clock.now() + ms);
        await store.expire(10);
      };
      for (const id of ids) await store.reserve(reservation(id));
      for (const id of ['c1', 'c1.9', 'c2']) await store.release(id, {});
      await store.suspend('c1.2', {});
      await store.suspend('c1.10', {});

      await laterBy(72 * HOUR_MS);
      assert.deepEqual(await known(), ids);
      await laterBy(1);
      assert.deepEqual(await known(), ['c1', 'c1.2', 'c1.9', 'c1.10']);
      await store.settle(cost('c1.2', 1n));
      await store.settle(cost('c1.10', 1n));
      await laterBy(72 * HOUR_MS);
      assert.deepEqual(await known(), ['c1', 'c1.2', 'c1.9', 'c1.10']);
      await laterBy(1);
      await laterBy(HOUR_MS);
      assert.deepEqual(await known(), []);
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
