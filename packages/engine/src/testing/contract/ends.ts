import assert from 'node:assert/strict';
import { MAX_UNITS } from '../../nouns/asset.ts';
import type { EndAnswer } from '../../nouns/hold.ts';
import type { PromisedStore } from '../../nouns/store.ts';
import { fakeRandom } from '../fake-random.ts';
import { allEntries, type ContractCase, promise, standing, together, totals } from './contract-case.ts';
import { again, charge, cost, HOUR_MS, hourly, reservation, TTL_MS } from './samples.ts';

async function reserved(store: PromisedStore, id: string, amount = 10n): Promise<void> {
  const answer = await store.reserve(reservation(id, { budgets: [charge('a', { amount })] }));
  assert.equal(answer.kind, 'reserved');
}

function isFirst(answer: EndAnswer): boolean {
  return answer.kind === 'ended' && answer.first;
}

/** What `settle`, `release`, `suspend` and `unfreeze` promise. */
export const ends: readonly ContractCase[] = [
  promise('spends what a call cost and returns the rest', async ({ store, clock }) => {
    for (const [id, units] of [
      ['less', 4n],
      ['nothing', 0n],
      ['all', 10n],
    ] as const) {
      await reserved(store, id);

      const answer = await store.settle(cost(id, units));

      assert.ok(answer.kind === 'ended' && answer.first);
      assert.deepEqual(
        [answer.call.state, answer.call.charged?.units, answer.call.endedAt],
        ['settled', units, clock.now()],
      );
      assert.equal(answer.budgets[0]?.held, 0n);
    }
    assert.deepEqual(await totals(store, 'a'), [14n, 0n]);
  }),

  promise('returns the whole hold of a released call', async ({ store }) => {
    await reserved(store, 'c1');

    const answer = await store.release('c1', { reason: 'test' });

    assert.deepEqual(answer.kind === 'ended' && [answer.first, answer.call.state], [true, 'released']);
    assert.deepEqual(await totals(store, 'a'), [0n, 0n]);
  }),

  promise(
    'debits more than was held, and freezes the budget that this pushes past its limit',
    async ({ store }) => {
      await reserved(store, 'c1', 90n);

      const answer = await store.settle(cost('c1', 101n));

      assert.deepEqual(answer.kind === 'ended' && answer.budgets[0]?.frozen, true);
      assert.deepEqual(await totals(store, 'a'), [101n, 0n]);
      const types = (await allEntries(store)).map(({ type }) => type);
      assert.deepEqual(types, ['call.reserved', 'call.settled', 'budget.frozen']);
    },
  ),

  promise('debits more than was held without a freeze while the limit is kept', async ({ store }) => {
    await reserved(store, 'c1', 10n);

    await store.settle(cost('c1', 100n));

    const { spent, frozen, left } = await standing(store, 'a');
    assert.deepEqual({ spent, frozen, left }, { spent: 100n, frozen: false, left: 0n });
  }),

  promise(
    'grants nothing of a frozen budget, in any window, until it is unfrozen',
    async ({ store, clock }) => {
      const ask = (id: string, amount: bigint) =>
        store.reserve(reservation(id, { budgets: [hourly('a', clock.now(), { amount })] }));
      await ask('c1', 90n);
      await store.settle(cost('c1', 101n));
      const now = await ask('c2', 0n);
      clock.set(clock.now() + HOUR_MS);
      const later = await ask('c3', 1n);

      const lifted = [
        await store.unfreeze('a', { by: 'ada' }),
        await store.unfreeze('a', {}),
        await store.unfreeze('other', {}),
      ];

      const codes = [now, later].map((answer) => answer.kind === 'refused' && answer.denial.code);
      assert.deepEqual(codes, ['BUDGET_FROZEN', 'BUDGET_FROZEN']);
      assert.deepEqual(lifted, [true, false, false]);
      assert.equal((await ask('c4', 1n)).kind, 'reserved');
      const types = (await allEntries(store)).map(({ type }) => type);
      assert.equal(types.filter((type) => type === 'budget.unfrozen').length, 1);
    },
  ),

  promise('never counts past 2^53 - 1 units', async ({ store }) => {
    await reserved(store, 'c1');
    await store.settle(cost('c1', MAX_UNITS));
    await store.unfreeze('a', {});
    await store.reserve(reservation('c2', { budgets: [charge('a', { amount: 0n })] }));

    await store.settle(cost('c2', MAX_UNITS));

    assert.deepEqual(await totals(store, 'a'), [MAX_UNITS, 0n]);
  }),

  promise('lets the first end win and tells every later one what it was', async ({ store }) => {
    const ways = [
      ['settled', (id: string) => store.settle(cost(id, 4n))],
      ['released', (id: string) => store.release(id, {})],
    ] as const;
    for (const [state, first] of ways) {
      for (const [, second] of [...ways, ['', (id: string) => store.suspend(id, {})] as const].entries()) {
        const id = `${state}-${String(second[0])}`;
        await reserved(store, id);
        const ended = await first(id);

        const told = await second[1](id);

        assert.ok(ended.kind === 'ended' && told.kind === 'ended');
        assert.deepEqual([told.first, told.call], [false, ended.call]);
      }
    }
    assert.deepEqual(await totals(store, 'a'), [12n, 0n]);
  }),

  promise(
    'keeps the hold of a suspended call until somebody settles or releases it',
    async ({ store, clock }) => {
      for (const id of ['c1', 'c2', 'c3']) await reserved(store, id);
      for (const id of ['c3', 'c1', 'c2']) await store.suspend(id, {});

      clock.set(clock.now() + 100 * TTL_MS);
      const expired = await store.expire(100);

      assert.equal(expired, 0);
      assert.deepEqual(await totals(store, 'a'), [0n, 30n]);
      const open = await store.unresolved(2);
      assert.deepEqual(
        open.map(({ id, deadlineMs }) => [id, deadlineMs]),
        [
          ['c1', undefined],
          ['c2', undefined],
        ],
      );
      assert.ok(isFirst(await store.settle(cost('c1', 7n))) && isFirst(await store.release('c2', {})));
      assert.deepEqual(await totals(store, 'a'), [7n, 10n]);
    },
  ),

  promise('posts to the window of the reservation after the clock has moved on', async ({ store, clock }) => {
    const first = hourly('a', clock.now());
    await store.reserve(reservation('c1', { budgets: [first] }));
    clock.set(first.startMs + HOUR_MS);

    await store.settle(cost('c1', 6n));

    assert.deepEqual(await totals(store, 'a', first.startMs), [6n, 0n]);
    assert.deepEqual(await totals(store, 'a', first.startMs + HOUR_MS), [0n, 0n]);
  }),

  promise(
    'takes a start back as if its id had never been used, once, and no later attempt at it',
    async ({ store }) => {
      const asked = reservation('c1', { budgets: [charge('a')], then: { kind: 'start' } });
      const later = again(asked);
      await store.reserve(asked);
      const first = await store.withdraw({ id: 'c1', attempt: asked.attempt }, {});
      const between = await totals(store, 'a');
      const anew = await store.reserve(later);
      const late = await store.withdraw({ id: 'c1', attempt: asked.attempt }, {});

      assert.deepEqual([first.kind === 'ended' && first.first, between], [true, [0n, 0n]]);
      assert.deepEqual(anew.kind === 'reserved' && [anew.fresh, anew.call.attempt], [true, later.attempt]);
      assert.equal(late.kind === 'ended' && late.first, false);
      assert.deepEqual(await totals(store, 'a'), [0n, 10n]);
      assert.equal((await store.call('c1'))?.state, 'started');
    },
  ),

  promise('settles each currency by its own amount', async ({ store }) => {
    await store.reserve(reservation('c1', { budgets: [charge('usd'), charge('eur', { currency: 'EUR' })] }));

    await store.settle({
      ...cost('c1', 3n),
      amounts: new Map([
        ['USD', 3n],
        ['EUR', 2n],
      ]),
    });

    assert.deepEqual(
      [await totals(store, 'usd'), await totals(store, 'eur')],
      [
        [3n, 0n],
        [2n, 0n],
      ],
    );
  }),

  promise(
    'rejects a settlement that lacks a currency of the hold, and changes nothing',
    async ({ store }) => {
      await store.reserve(
        reservation('c1', { budgets: [charge('usd'), charge('eur', { currency: 'EUR' })] }),
      );

      await assert.rejects(store.settle(cost('c1', 3n)), { code: 'MONEY_INVALID' });

      assert.deepEqual(
        [await totals(store, 'usd'), await totals(store, 'eur')],
        [
          [0n, 10n],
          [0n, 10n],
        ],
      );
    },
  ),

  promise(
    'changes nothing for what it rejects, and keeps what was asked for beside it',
    async ({ store }) => {
      const halfSurrogate = { text: '\ud800' };
      await reserved(store, 'c1');
      await reserved(store, 'c2');

      const settled = await Promise.allSettled([
        store.settle({ ...cost('c1', 3n), facts: halfSurrogate }),
        store.settle(cost('c2', 4n)),
        store.reserve(reservation('c3', { budgets: [charge('a')], facts: halfSurrogate })),
        store.append([
          { type: 'engine.started', facts: {} },
          { type: 'engine.started', facts: halfSurrogate },
        ]),
      ]);

      assert.deepEqual(
        settled.map(({ status }) => status),
        ['rejected', 'fulfilled', 'rejected', 'rejected'],
      );
      assert.deepEqual(await totals(store, 'a'), [4n, 10n]);
      assert.deepEqual([(await store.call('c1'))?.state, await store.call('c3')], ['started', undefined]);
      assert.ok(isFirst(await store.settle(cost('c1', 3n))));
    },
  ),

  promise('does not know calls that were never reserved', async ({ store }) => {
    const answers = [
      await store.settle(cost('c1', 1n)),
      await store.release('c1', {}),
      await store.suspend('c1', {}),
    ];

    assert.deepEqual(
      answers.map(({ kind }) => kind),
      ['unknown-call', 'unknown-call', 'unknown-call'],
    );
  }),

  promise('ends every call exactly once when ends, suspensions and expiry race', async ({ store, clock }) => {
    const random = fakeRandom(11);
    const ids = Array.from({ length: 40 }, (_, index) => `c${index}`);
    for (const id of ids)
      await store.reserve(
        reservation(id, { budgets: [charge('a', { limit: 400n })], ttlMs: 1 + random.below(3) }),
      );
    const ended: string[] = [];

    await together(600, async (index) => {
      const id = ids[random.below(ids.length)] ?? '';
      if (index % 50 === 0) clock.set(clock.now() + 1);
      const way = random.below(4);
      if (way === 0) return store.expire(3);
      if (way === 1) return store.suspend(id, {});
      const answer = await (way === 2 ? store.settle(cost(id, 3n)) : store.release(id, {}));
      if (isFirst(answer)) ended.push(id);
      return answer;
    });

    assert.equal(new Set(ended).size, ended.length);
    const states = await Promise.all(ids.map(async (id) => (await store.call(id))?.state));
    const settled = states.filter((state) => state === 'settled').length;
    const open = states.filter((state) => state === 'started' || state === 'unresolved').length;
    assert.deepEqual(await totals(store, 'a'), [3n * BigInt(settled), 10n * BigInt(open)]);
  }),
];
