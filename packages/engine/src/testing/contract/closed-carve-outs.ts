import assert from 'node:assert/strict';
import type { PromisedStore } from '../../nouns/store.ts';
import { carveOutAt, carving, extension, spendingOf } from './account-samples.ts';
import { allEntries, type ContractCase, promise, standingOf, tally, totals } from './contract-case.ts';
import { charge, cost, HOUR_MS, reservation, TTL_MS } from './samples.ts';

/** The facts of each entry that closed or suspended what was set aside. */
async function closings(store: PromisedStore): Promise<readonly unknown[]> {
  const entries = await store.entries({
    afterSeq: 0,
    limit: 100,
    types: ['carve-out.closed', 'call.unresolved'],
  });
  return entries.map(({ type, callId, facts }) => [type, callId, facts]);
}

/** What `closeCarveOut` and expiry promise. */
export const closedCarveOuts: readonly ContractCase[] = [
  promise('lets nothing more be held of what was closed, and what is held end', async ({ store }) => {
    await store.reserve(carving('parent'));
    await store.reserve(spendingOf('child', 'parent', 15n));

    const first = await store.closeCarveOut('parent', { by: 'ada' });
    const refused = await store.reserve(spendingOf('late', 'parent', 1n));
    const extended = await store.extend(extension('child', 16n));
    const less = await store.extend(extension('child', 14n));
    await store.settle(cost('child', 13n));
    const again = await store.closeCarveOut('parent', { by: 'eve' });

    const call = await store.call('parent');
    const closed = { call, currency: 'USD', units: 50n, closed: true };
    assert.deepEqual(
      [first, again],
      [
        { ...closed, spent: 0n, held: 15n },
        { ...closed, spent: 13n, held: 0n },
      ],
    );
    assert.ok(refused.kind === 'refused');
    assert.deepEqual(
      [refused.denial.code, refused.denial.message],
      [
        'BUDGET_EXCEEDED',
        'this call may cost 0.000001 USD; what was set aside for the agent has 0.00 USD left',
      ],
    );
    assert.deepEqual([extended.kind, less.kind], ['refused', 'extended']);
    assert.deepEqual(await closings(store), [
      ['carve-out.closed', 'parent', { by: 'ada', spent: '0', held: '15' }],
    ]);
  }),

  promise('answers undefined for a call that set nothing aside', async ({ store }) => {
    await store.reserve(reservation('c1', { budgets: [charge('a')] }));

    const answers = [await store.closeCarveOut('c1', {}), await store.closeCarveOut('nobody', {})];

    assert.deepEqual(answers, [undefined, undefined]);
    assert.equal((await allEntries(store)).length, 1);
  }),

  promise('lets nobody end what delegated agents may still spend or hold', async ({ store }) => {
    await store.reserve(carving('parent'));
    const { attempt = '' } = (await store.call('parent')) ?? {};
    const ends = () =>
      Promise.all([
        store.settle(cost('parent', 50n)),
        store.release('parent', {}),
        store.withdraw({ id: 'parent', attempt }, {}),
      ]);

    const untouched = await ends();
    await store.reserve(spendingOf('child', 'parent', 15n));
    const open = await ends();
    await store.closeCarveOut('parent', {});
    const holding = await ends();
    await store.release('child', {});
    const free = await store.settle(cost('parent', 0n));

    assert.deepEqual(tally([...untouched, ...open, ...holding]), { 'in-use': 9 });
    assert.deepEqual(open[0]?.kind === 'in-use' && open[0].call.state, 'carved');
    assert.deepEqual(free.kind === 'ended' && [free.first, free.call.state], [true, 'settled']);
    assert.deepEqual(await totals(store, 'a'), [0n, 0n]);
  }),

  promise('settles what was set aside as what was spent of it, and returns the rest', async ({ store }) => {
    await store.reserve(carving('parent'));
    await store.reserve(spendingOf('child', 'parent', 30n));
    await store.settle(cost('child', 25n));
    const closed = await store.closeCarveOut('parent', {});

    await assert.rejects(store.settle(cost('parent', 24n)), { code: 'MONEY_INVALID' });
    const between = await totals(store, 'a');
    const settled = await store.settle(cost('parent', closed?.spent ?? 0n));

    assert.deepEqual(
      [between, await totals(store, 'a')],
      [
        [0n, 50n],
        [25n, 0n],
      ],
    );
    assert.equal(settled.kind === 'ended' && settled.call.charged?.units, 25n);
    const after = await store.closeCarveOut('parent', {});
    assert.deepEqual([after?.closed, after?.spent, after?.call.state], [true, 25n, 'settled']);
  }),

  promise(
    'debits the parent for what delegated agents overspent, and freezes its budget',
    async ({ store }) => {
      await store.reserve(carving('parent', 100n));
      await store.reserve(spendingOf('child', 'parent', 100n));
      await store.settle(cost('child', 120n));
      await store.closeCarveOut('parent', {});

      await store.settle(cost('parent', 120n));

      const { spent, frozen } = await standingOf(store, charge('a'));
      assert.deepEqual([spent, frozen], [120n, true]);
    },
  ),

  promise(
    'releases and withdraws what was set aside only when nothing was spent of it',
    async ({ store }) => {
      for (const parent of ['spent', 'untouched', 'taken back']) {
        const budgets = [charge(parent, { amount: 50n })];
        await store.reserve(carving(parent, 50n, { budgets, attempt: 'mine' }));
        await store.reserve(spendingOf(`child of ${parent}`, parent, 10n));
        if (parent === 'spent') await store.settle(cost(`child of ${parent}`, 1n));
        else await store.release(`child of ${parent}`, {});
        await store.closeCarveOut(parent, {});
      }

      const answers = [
        await store.release('spent', {}),
        await store.withdraw({ id: 'spent', attempt: 'mine' }, {}),
        await store.release('untouched', {}),
        await store.withdraw({ id: 'taken back', attempt: 'another' }, {}),
        await store.withdraw({ id: 'taken back', attempt: 'mine' }, {}),
      ];

      assert.deepEqual(
        answers.map((answer) => (answer.kind === 'ended' ? answer.first : answer.kind)),
        ['in-use', 'in-use', true, false, true],
      );
      assert.deepEqual(
        [await totals(store, 'spent'), await totals(store, 'untouched')],
        [
          [0n, 50n],
          [0n, 0n],
        ],
      );
    },
  ),

  promise('sets aside anew for an id whose start was taken back', async ({ store }) => {
    const asked = carving('parent');
    await store.reserve(asked);
    await store.closeCarveOut('parent', {});
    await store.withdraw({ id: 'parent', attempt: asked.attempt }, {});
    const between = await store.reserve(spendingOf('early', 'parent', 1n));

    const answer = await store.reserve(carving('parent', 70n));

    assert.equal(between.kind, 'refused');
    assert.equal(answer.kind === 'reserved' && answer.fresh, true);
    assert.equal((await store.reserve(spendingOf('child', 'parent', 70n))).kind, 'reserved');
    assert.deepEqual(
      [await carveOutAt(store, 'parent'), await totals(store, 'a')],
      [
        [70n, 0n, 70n],
        [0n, 70n],
      ],
    );
  }),

  promise('sets aside anew for an id that is used anew when it was forgotten', async ({ store, clock }) => {
    await store.reserve(carving('parent'));
    await store.reserve(spendingOf('child', 'parent', 50n));
    await store.settle(cost('child', 45n));
    await store.closeCarveOut('parent', {});
    await store.settle(cost('parent', 45n));
    clock.set(clock.now() + 72 * HOUR_MS + 1);
    await store.expire(10);

    const answer = await store.reserve(carving('parent', 55n));

    assert.equal(answer.kind === 'reserved' && answer.fresh, true);
    assert.deepEqual(await carveOutAt(store, 'parent'), [55n, 0n, 0n]);
    await store.closeCarveOut('parent', {});
    await store.settle(cost('parent', 0n));
    assert.deepEqual(await totals(store, 'a'), [45n, 0n]);
  }),

  promise(
    'lets nothing more be held when the time of what was set aside is up, and returns none of it by itself',
    async ({ store, clock }) => {
      await store.reserve(carving('parent'));
      await store.reserve(spendingOf('child', 'parent', 15n, { ttlMs: 10 * TTL_MS }));
      await store.reserve(spendingOf('spent', 'parent', 5n));
      await store.settle(cost('spent', 4n));
      clock.set(clock.now() + TTL_MS - 1);
      const early = await store.expire(10);
      clock.set(clock.now() + 1);

      const swept = [await store.expire(10), await store.expire(10)];

      assert.deepEqual([early, ...swept], [0, 1, 0]);
      const call = await store.call('parent');
      assert.deepEqual([call?.state, call?.deadlineMs, call?.endedAt], ['unresolved', undefined, undefined]);
      assert.deepEqual(await closings(store), [
        ['carve-out.closed', 'parent', { spent: '4', held: '15' }],
        ['call.unresolved', 'parent', { reason: 'what was set aside is past its time' }],
      ]);
      assert.deepEqual(
        (await store.unresolved(5)).map(({ id, carved }) => [id, carved]),
        [['parent', 'USD']],
      );
      assert.equal((await store.settle(cost('parent', 19n))).kind, 'in-use');
      await store.settle(cost('child', 15n));
      assert.equal((await store.settle(cost('parent', 19n))).kind, 'ended');
      assert.deepEqual(await totals(store, 'a'), [19n, 0n]);
    },
  ),

  promise('holds nothing of what is past its time, however much else is due', async ({ store, clock }) => {
    for (let index = 0; index < 40; index++)
      await store.reserve(reservation(`old${index}`, { then: { kind: 'hold' }, ttlMs: 5 }));
    await store.reserve(carving('parent', 50n, { ttlMs: 20 }));
    await store.reserve(spendingOf('child', 'parent', 5n, { ttlMs: 100 }));
    clock.set(clock.now() + 20);

    const answers = [
      await store.reserve(spendingOf('late', 'parent', 1n)),
      await store.extend(extension('child', 6n)),
    ];

    assert.deepEqual(tally(answers), { refused: 2 });
    assert.equal((await store.call('parent'))?.state, 'unresolved');
  }),

  promise('lets nothing more be held of what is suspended, and says so once', async ({ store }) => {
    await store.reserve(carving('parent'));

    const first = await store.suspend('parent', { by: 'ada' });
    await store.suspend('parent', { by: 'ada' });
    await store.closeCarveOut('parent', {});

    assert.deepEqual(first.kind === 'ended' && [first.first, first.call.state], [true, 'unresolved']);
    assert.deepEqual(await closings(store), [
      ['carve-out.closed', 'parent', { by: 'ada', spent: '0', held: '0' }],
      ['call.unresolved', 'parent', { by: 'ada' }],
    ]);
    assert.equal((await store.reserve(spendingOf('late', 'parent', 1n))).kind, 'refused');
    assert.equal((await store.release('parent', {})).kind, 'ended');
  }),

  promise('expires what was closed before without closing it twice', async ({ store, clock }) => {
    await store.reserve(carving('parent'));
    await store.closeCarveOut('parent', {});
    clock.set(clock.now() + TTL_MS);

    await store.expire(5);

    assert.deepEqual(await closings(store), [
      ['carve-out.closed', 'parent', { spent: '0', held: '0' }],
      ['call.unresolved', 'parent', { reason: 'what was set aside is past its time' }],
    ]);
  }),
];
