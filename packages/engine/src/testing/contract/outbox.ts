import assert from 'node:assert/strict';
import type { PromisedStore } from '../../nouns/store.ts';
import { type ContractCase, promise, promising } from './contract-case.ts';
import { charge, cost, delivery, reservation, tryEnded } from './samples.ts';

const ENDPOINT = 'https://hook.test';

async function dueIds(store: PromisedStore, limit = 10): Promise<string> {
  return (await store.due(limit)).map(({ id }) => id).join(' ');
}

/** What it promises about messages, and about its own end. */
export const outbox: readonly ContractCase[] = [
  promise('queues deliveries and moves the cursor of their endpoint', async ({ store, clock }) => {
    const message = { ...delivery('d1', clock.now()), body: '{"é":"\\u0000"}\n' };
    assert.equal(await store.cursor(ENDPOINT), 0);

    await store.enqueue(ENDPOINT, 7, [message]);

    assert.deepEqual([await store.cursor(ENDPOINT), await store.cursor('https://other.test')], [7, 0]);
    assert.deepEqual(await store.due(10), [message]);
  }),

  promise('never moves a cursor back', async ({ store }) => {
    await store.enqueue(ENDPOINT, 7, []);
    await store.enqueue(ENDPOINT, 5, []);

    assert.equal(await store.cursor(ENDPOINT), 7);
  }),

  promise('never queues a known delivery again, also after its end', async ({ store, clock }) => {
    const [one, two, three] = ['d1', 'd2', 'd3'].map((id) => delivery(id, clock.now()));
    assert.ok(one && two && three);
    await store.enqueue(ENDPOINT, 1, [one, two, one]);
    await store.finish('d1', tryEnded(clock.now(), 'delivered'));
    await store.finish('d2', tryEnded(clock.now(), 'gave-up'));

    await store.enqueue(ENDPOINT, 2, [one, two, three]);

    assert.equal(await dueIds(store), 'd3');
  }),

  promise('hands out what is due, the longest due first', async ({ store, clock }) => {
    const now = clock.now();
    await store.enqueue(ENDPOINT, 1, [
      delivery('later', now + 1),
      delivery('b', now),
      delivery('c', now),
      delivery('a', now - 5),
    ]);

    assert.deepEqual(
      [await dueIds(store), await dueIds(store, 2), await store.nextDue()],
      ['a b c', 'a b', now - 5],
    );
    clock.set(now + 1);
    assert.equal(await dueIds(store), 'a b c later');
  }),

  promise('hands out what is due at once in the order in which it was queued', async ({ store, clock }) => {
    const now = clock.now();
    for (const id of ['c', 'a', 'b']) await store.enqueue(ENDPOINT, 1, [delivery(id, now)]);
    await store.finish('c', tryEnded(now, { retryAt: now }));
    await store.finish('a', tryEnded(now, 'gave-up'));
    await store.requeue(['a'], now);

    assert.equal(await dueIds(store), 'c a b');
  }),

  promise(
    'tries again when told to, counts the tries, and forgets nothing until the end',
    async ({ store, clock }) => {
      const start = clock.now();
      const dueAt = start + 60_000;
      await store.enqueue(ENDPOINT, 1, [delivery('d1', start)]);

      await store.finish('d1', tryEnded(start, { retryAt: dueAt }));

      assert.deepEqual([await dueIds(store), await store.nextDue()], ['', dueAt]);
      clock.set(dueAt);
      assert.deepEqual(await store.due(10), [{ ...delivery('d1', dueAt), attempts: 1 }]);
      await store.finish('d1', tryEnded(dueAt, 'delivered'));
      assert.equal((await store.delivery('d1'))?.attempts, 2);
      assert.deepEqual([await dueIds(store), await store.nextDue()], ['', undefined]);
    },
  ),

  promise('changes nothing for a try of what is not queued', async ({ store, clock }) => {
    const now = clock.now();
    await store.enqueue(ENDPOINT, 1, [delivery('d1', now), delivery('d2', now)]);
    await store.finish('d1', tryEnded(now, 'delivered'));
    await store.finish('d2', tryEnded(now, 'gave-up'));
    const before = await store.deliveries({ limit: 10 });

    for (const id of ['d1', 'd2', 'nobody'])
      for (const end of ['delivered', 'gave-up', { retryAt: now }] as const)
        await store.finish(id, tryEnded(now + 5, end));

    assert.deepEqual(await store.deliveries({ limit: 10 }), before);
    assert.deepEqual([await dueIds(store), await store.nextDue()], ['', undefined]);
  }),

  {
    title: 'finishes what is under way when it closes, and rejects everything afterwards',
    async run(open) {
      const { store } = promising(await open());
      const underWay = [
        store.reserve(reservation('c1', { budgets: [charge('a')] })),
        store.settle(cost('c1', 4n)),
      ];

      await Promise.all([store.close(), store.close()]);

      assert.deepEqual(
        (await Promise.all(underWay)).map(({ kind }) => kind),
        ['reserved', 'ended'],
      );
      const closed = { code: 'STORE_UNAVAILABLE' };
      await assert.rejects(store.call('c1'), closed);
      await assert.rejects(store.reserve(reservation('c2')), closed);
      await assert.rejects(store.append([]), closed);
      await store.close();
    },
  },
];
