import assert from 'node:assert/strict';
import { MAX_UNITS } from '../../nouns/asset.ts';
import {
  allEntries,
  type ContractCase,
  promise,
  said,
  standing,
  tally,
  together,
  totals,
} from './contract-case.ts';
import { charge, cost, HOUR_MS, hourly, MINUTE_MS, rate, reservation } from './samples.ts';

/** What `reserve` and `status` promise about money. */
export const holds: readonly ContractCase[] = [
  promise('holds every charge and answers how each budget stands', async ({ store, clock }) => {
    const budgets = [charge('a'), hourly('b', clock.now(), { amount: 25n })];

    const answer = await store.reserve(reservation('c1', { budgets }));

    assert.ok(answer.kind === 'reserved' && answer.fresh);
    const standings = answer.budgets.map(({ key, spent, held, left, frozen }) => ({
      key,
      spent,
      held,
      left,
      frozen,
    }));
    assert.deepEqual(standings, [
      { key: 'a', spent: 0n, held: 10n, left: 90n, frozen: false },
      { key: 'b', spent: 0n, held: 25n, left: 75n, frozen: false },
    ]);
    assert.deepEqual(
      answer.budgets.map(({ resetsAt }) => resetsAt),
      [undefined, budgets[1]?.endMs],
    );
  }),

  promise('remembers the call as it was reserved', async ({ store, clock }) => {
    const reserved = reservation('c1', {
      budgets: [hourly('a', clock.now()), charge('b')],
      then: { kind: 'hold' },
    });

    const answer = await store.reserve(reserved);

    const record = await store.call('c1');
    const ends = { approvalId: undefined, denial: undefined, charged: undefined, endedAt: undefined };
    const times = { createdAt: clock.now(), deadlineMs: clock.now() + reserved.ttlMs };
    assert.deepEqual(record, {
      ...reserved.call,
      attempt: reserved.attempt,
      state: 'held',
      budgets: reserved.budgets,
      ...ends,
      ...times,
    });
    assert.deepEqual(answer.kind === 'reserved' && answer.call, record);
    assert.equal(await store.call('nobody'), undefined);
  }),

  promise('holds 1 to 6 budgets all together or not at all, whichever denies', async ({ store }) => {
    for (let count = 1; count <= 6; count++) {
      for (let denied = 0; denied < count; denied++) {
        const id = `${count}-${denied}`;
        const budgets = Array.from({ length: count }, (_, index) =>
          charge(`${id}-${index}`, { limit: index === denied ? 9n : 10n }),
        );

        const answer = await store.reserve(reservation(id, { budgets }));

        assert.equal(answer.kind === 'refused' && answer.denial.code, 'BUDGET_EXCEEDED');
        for (const { key } of budgets) assert.deepEqual(await totals(store, key), [0n, 0n]);
      }
    }
  }),

  promise(
    'holds no budget when only a rate denies, and counts no rate when only a budget denies',
    async ({ store }) => {
      const noRate = await store.reserve(
        reservation('c1', { budgets: [charge('a')], rates: [rate('r'), rate('full', { limit: 0 })] }),
      );
      const noBudget = await store.reserve(
        reservation('c2', { budgets: [charge('a', { amount: 101n })], rates: [rate('r')] }),
      );

      assert.deepEqual(
        [noRate, noBudget].map((answer) => answer.kind === 'refused' && answer.denial.code),
        ['RATE_EXCEEDED', 'BUDGET_EXCEEDED'],
      );
      const { budgets, rates } = await store.status([charge('a')], [rate('r')]);
      assert.deepEqual([budgets[0]?.held, rates[0]?.used], [0n, 0]);
    },
  ),

  promise('counts two charges of one budget twice', async ({ store }) => {
    const twice = (amount: bigint): ReturnType<typeof charge>[] => [
      charge('a', { amount }),
      charge('a', { amount }),
    ];

    const answers = [
      await store.reserve(reservation('c1', { budgets: twice(51n) })),
      await store.reserve(reservation('c2', { budgets: twice(50n) })),
    ];

    assert.deepEqual(
      answers.map(({ kind }) => kind),
      ['refused', 'reserved'],
    );
    assert.deepEqual(await totals(store, 'a'), [0n, 100n]);
    await store.settle(cost('c2', 50n));
    assert.deepEqual(await totals(store, 'a'), [100n, 0n]);
  }),

  promise('grants 256 callers at once exactly what fits and not one more', async ({ store }) => {
    const budgets = [charge('hot', { limit: 1_000_003n, amount: 7_919n })];

    const answers = await together(256, (index) => store.reserve(reservation(`c${index}`, { budgets })));

    assert.deepEqual(tally(answers), { reserved: 126, refused: 130 });
    assert.deepEqual(await totals(store, 'hot'), [0n, 126n * 7_919n]);
  }),

  promise('holds two calls that fit alone but not together once', async ({ store }) => {
    const budgets = [charge('a', { amount: 60n })];

    const answers = await together(2, (index) => store.reserve(reservation(`c${index}`, { budgets })));

    assert.deepEqual(tally(answers), { reserved: 1, refused: 1 });
  }),

  promise('takes an amount that equals what is left, and nothing when nothing is left', async ({ store }) => {
    const ask = (id: string, amount: bigint) =>
      store.reserve(reservation(id, { budgets: [charge('a', { amount })] }));

    const answers = [await ask('c1', 100n), await ask('c2', 0n), await ask('c3', 1n)];

    assert.deepEqual(
      answers.map(({ kind }) => kind),
      ['reserved', 'reserved', 'refused'],
    );
  }),

  promise('is exact up to 2^53 - 1 units', async ({ store }) => {
    const ask = (id: string, amount: bigint) =>
      store.reserve(reservation(id, { budgets: [charge('a', { limit: MAX_UNITS, amount })] }));

    const answers = [
      await ask('c1', MAX_UNITS - 1n),
      await ask('c2', 2n),
      await ask('c3', 1n),
      await ask('c4', 1n),
    ];

    assert.deepEqual(
      answers.map(({ kind }) => kind),
      ['reserved', 'refused', 'reserved', 'refused'],
    );
    await store.settle(cost('c1', MAX_UNITS - 2n));
    assert.deepEqual(await totals(store, 'a'), [MAX_UNITS - 2n, 1n]);
  }),

  promise('says when the same call may pass, and is right about it', async ({ store, clock }) => {
    const ask = (id: string, amount: bigint) =>
      store.reserve(reservation(id, { budgets: [hourly('a', clock.now(), { amount })] }));
    await ask('c1', 95n);

    const answer = await ask('c2', 10n);

    const waitMs = answer.kind === 'refused' ? answer.denial.retryAfterMs : undefined;
    assert.equal(waitMs, HOUR_MS - (clock.now() % HOUR_MS));
    clock.set(clock.now() + (waitMs ?? 0) - 1);
    assert.equal((await ask('c3', 10n)).kind, 'refused');
    clock.set(clock.now() + 1);
    assert.equal((await ask('c4', 10n)).kind, 'reserved');
  }),

  promise('names no time where waiting does not help', async ({ store, clock }) => {
    const never = [
      [charge('a', { amount: 101n })],
      [hourly('b', clock.now(), { amount: 101n })],
      [hourly('c', clock.now(), { amount: 60n }), hourly('c', clock.now(), { amount: 60n })],
    ];

    for (const [index, budgets] of never.entries()) {
      const answer = await store.reserve(reservation(`c${index}`, { budgets }));

      assert.ok(answer.kind === 'refused');
      assert.equal(answer.denial.retryAfterMs, undefined);
    }
  }),

  promise(
    'changes nothing for a window that does not contain its time, and says what its time is',
    async ({ store, clock }) => {
      const nowMs = clock.now();
      const spans = [
        { startMs: nowMs - HOUR_MS, endMs: nowMs },
        { startMs: nowMs + 1, endMs: nowMs + HOUR_MS },
      ];

      for (const span of spans) {
        const answer = await store.reserve(reservation('c1', { budgets: [charge('a'), charge('b', span)] }));

        assert.deepEqual(said(answer), { kind: 'stale-window', nowMs });
      }
      assert.deepEqual([await store.call('c1'), await allEntries(store)], [undefined, []]);
      const exact = charge('b', { startMs: nowMs, endMs: nowMs + 1 });
      assert.equal((await store.reserve(reservation('c1', { budgets: [exact] }))).kind, 'reserved');
    },
  ),

  promise('keeps each window of a budget apart', async ({ store, clock }) => {
    const first = hourly('a', clock.now(), { amount: 100n });
    await store.reserve(reservation('c1', { budgets: [first] }));
    clock.set(first.startMs + HOUR_MS);
    const second = hourly('a', clock.now(), { amount: 40n });

    const answer = await store.reserve(reservation('c2', { budgets: [second] }));

    assert.equal(answer.kind, 'reserved');
    assert.deepEqual(await totals(store, 'a', second.startMs), [0n, 40n]);
  }),

  promise(
    'shows nothing left, and never less, when the limit was lowered below what is spent',
    async ({ store }) => {
      await store.reserve(reservation('c1', { budgets: [charge('a', { amount: 80n })] }));

      const { budgets } = await store.status([charge('a', { limit: 50n, amount: 0n })], []);

      assert.deepEqual([budgets[0]?.left, budgets[0]?.held], [0n, 80n]);
    },
  ),

  promise('answers a status without changing anything', async ({ store }) => {
    const { budgets, rates } = await store.status([charge('a')], [rate('r')]);

    assert.deepEqual([budgets[0]?.left, rates[0]?.left, (await standing(store, 'a')).held], [100n, 3, 0n]);
    assert.deepEqual(await allEntries(store), []);
  }),

  promise('reports frozen, exceeded and rate together, the first in precedence first', async ({ store }) => {
    await store.reserve(reservation('c1', { budgets: [charge('frozen', { amount: 100n })] }));
    await store.settle(cost('c1', 101n));
    const budgets = [charge('small', { limit: 5n }), charge('frozen')];

    const answer = await store.reserve(
      reservation('c2', { budgets, rates: [rate('r', { limit: 0, perMs: MINUTE_MS })] }),
    );

    assert.ok(answer.kind === 'refused');
    assert.equal(answer.denial.code, 'BUDGET_FROZEN');
    assert.deepEqual(
      answer.denial.reasons.map(({ code }) => code),
      ['BUDGET_FROZEN', 'BUDGET_EXCEEDED', 'RATE_EXCEEDED'],
    );
  }),
];
