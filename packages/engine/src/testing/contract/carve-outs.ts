import assert from 'node:assert/strict';
import { MAX_UNITS } from '../../nouns/asset.ts';
import { carveOutKey } from '../../nouns/hold.ts';
import {
  carveOutAt,
  carving,
  credit,
  extension,
  ofCarveOut,
  ofWallet,
  spendingOf,
  walletAt,
} from './account-samples.ts';
import { allEntries, type ContractCase, promise, standingOf, tally, totals } from './contract-case.ts';
import { charge, cost, rate, refusing, starting, TTL_MS } from './samples.ts';

/** What a reservation with `carve` promises. */
export const carveOuts: readonly ContractCase[] = [
  promise('sets aside what a call holds, for delegated agents to spend', async ({ store, clock }) => {
    const answer = await store.reserve(carving('parent'));

    assert.ok(answer.kind === 'reserved' && answer.fresh);
    const { state, carved, deadlineMs } = answer.call;
    assert.deepEqual([state, carved, deadlineMs], ['carved', 'USD', clock.now() + TTL_MS]);
    assert.deepEqual(await totals(store, 'a'), [0n, 50n]);
    const status = await standingOf(store, ofCarveOut('parent'));
    assert.deepEqual(
      [status.key, status.account, status.limit, status.spent, status.held, status.left],
      [carveOutKey('parent'), 'carve-out', 50n, 0n, 0n, 50n],
    );
    const [entry] = await allEntries(store);
    const { carved: written, state: recorded, charges } = entry?.facts ?? {};
    assert.deepEqual(
      { written, recorded, charges },
      {
        written: { currency: 'USD', units: '50' },
        recorded: 'carved',
        charges: [{ budget: 'a', startMs: 0, currency: 'USD', amount: '50' }],
      },
    );
  }),

  promise('sets nothing aside for a call that is refused', async ({ store }) => {
    await store.reserve(carving('parent', 101n));

    const answer = await store.reserve(spendingOf('child', 'parent', 1n));

    assert.equal(answer.kind, 'refused');
    assert.equal(await store.closeCarveOut('parent', {}), undefined);
  }),

  promise('tells a repeat of a carve-out the first answer and sets nothing more aside', async ({ store }) => {
    const asked = carving('parent');
    const first = await store.reserve(asked);
    await store.reserve(spendingOf('child', 'parent', 20n));

    const same = await store.reserve(asked);
    const other = await store.reserve({ ...asked, attempt: 'another' });

    assert.ok(first.kind === 'reserved' && same.kind === 'reserved' && other.kind === 'reserved');
    assert.deepEqual([same.fresh, other.fresh, other.call], [true, false, first.call]);
    assert.deepEqual(await carveOutAt(store, 'parent'), [50n, 0n, 20n]);
    assert.deepEqual(await totals(store, 'a'), [0n, 50n]);
  }),

  promise(
    'holds and settles of what was set aside, and nothing of the budgets of the parent',
    async ({ store }) => {
      await store.reserve(carving('parent'));
      for (const id of ['settled', 'released', 'held']) await store.reserve(spendingOf(id, 'parent', 15n));

      await store.settle(cost('settled', 12n));
      await store.release('released', {});

      assert.deepEqual(await carveOutAt(store, 'parent'), [50n, 12n, 15n]);
      assert.deepEqual(await totals(store, 'a'), [0n, 50n]);
    },
  ),

  promise(
    'says how much is left of what was set aside, and never when there will be more',
    async ({ store }) => {
      const limit = 1_000_000n;
      await store.reserve(
        carving('parent', 200_000n, { budgets: [charge('a', { limit, amount: 200_000n })] }),
      );

      const answer = await store.reserve(spendingOf('child', 'parent', 500_000n));

      assert.ok(answer.kind === 'refused');
      const { code, message, retryAfterMs } = answer.denial;
      assert.deepEqual([code, retryAfterMs], ['BUDGET_EXCEEDED', undefined]);
      assert.equal(
        message,
        'this call may cost 0.50 USD; what was set aside for the agent has 0.20 USD left',
      );
    },
  ),

  promise(
    'holds of what was set aside and of budgets of the delegated agent, or of none',
    async ({ store }) => {
      await store.reserve(carving('parent'));
      const own = charge('own', { amount: 20n, limit: 30n });

      const answers = [
        await store.reserve(spendingOf('c1', 'parent', 51n, { budgets: [ofCarveOut('parent', 51n), own] })),
        await store.reserve(spendingOf('c2', 'parent', 20n, { rates: [rate('r', { limit: 0 })] })),
        await store.reserve(spendingOf('c3', 'parent', 20n, { budgets: [ofCarveOut('parent', 20n), own] })),
        await store.reserve(spendingOf('c4', 'parent', 20n, { budgets: [ofCarveOut('parent', 20n), own] })),
      ];

      assert.deepEqual(
        answers.map(({ kind }) => kind),
        ['refused', 'refused', 'reserved', 'refused'],
      );
      assert.deepEqual(
        [await carveOutAt(store, 'parent'), await totals(store, 'own')],
        [
          [50n, 0n, 20n],
          [0n, 20n],
        ],
      );
    },
  ),

  promise('extends a delegated call by what is left of what was set aside', async ({ store }) => {
    await store.reserve(carving('parent'));
    await store.reserve(spendingOf('child', 'parent', 15n));

    const answers = [
      await store.extend(extension('child', 51n)),
      await store.extend(extension('child', 50n)),
    ];

    assert.deepEqual(tally(answers), { refused: 1, extended: 1 });
    assert.deepEqual(await carveOutAt(store, 'parent'), [50n, 0n, 50n]);
  }),

  promise('freezes what was set aside when a delegated call overspends it', async ({ store }) => {
    await store.reserve(carving('parent'));
    await store.reserve(spendingOf('child', 'parent', 50n));

    await store.settle(cost('child', 51n));

    const status = await standingOf(store, ofCarveOut('parent'));
    assert.deepEqual([status.frozen, status.spent, status.left], [true, 51n, 0n]);
    const answer = await store.reserve(spendingOf('late', 'parent', 0n));
    assert.equal(answer.kind === 'refused' && answer.denial.code, 'BUDGET_FROZEN');
  }),

  promise('sets aside to 2^53 - 1 units exactly', async ({ store }) => {
    const budgets = [charge('a', { limit: MAX_UNITS, amount: MAX_UNITS })];
    await store.reserve(carving('parent', MAX_UNITS, { budgets }));

    const answers = [
      await store.reserve(spendingOf('c1', 'parent', MAX_UNITS - 1n)),
      await store.reserve(spendingOf('c2', 'parent', 2n)),
      await store.reserve(spendingOf('c3', 'parent', 1n)),
    ];
    await store.settle(cost('c1', MAX_UNITS - 1n));

    assert.deepEqual(tally(answers), { reserved: 2, refused: 1 });
    assert.deepEqual(await carveOutAt(store, 'parent'), [MAX_UNITS, MAX_UNITS - 1n, 1n]);
  }),

  promise('neither starts nor extends what was set aside, and no denial ends it', async ({ store }) => {
    const asked = carving('parent');
    const first = await store.reserve(asked);
    const entries = await allEntries(store);

    const answers = [
      await store.start(starting('parent')),
      await store.extend(extension('parent', 40n)),
      await store.refuse(refusing('parent')),
    ];

    assert.deepEqual(
      answers.map(({ kind }) => kind),
      ['not-startable', 'not-extendable', 'reserved'],
    );
    assert.deepEqual(await store.call('parent'), first.kind === 'reserved' && first.call);
    assert.deepEqual(await allEntries(store), entries);
  }),

  promise('sets money of a wallet aside', async ({ store }) => {
    await store.move(credit('m1'));
    await store.reserve(carving('parent', 60n, { budgets: [ofWallet(60n)] }));
    await store.reserve(spendingOf('child', 'parent', 25n));
    await store.settle(cost('child', 20n));
    await store.closeCarveOut('parent', {});

    await store.settle(cost('parent', 20n));

    assert.deepEqual(await walletAt(store), [100n, 20n, 0n]);
  }),
];
