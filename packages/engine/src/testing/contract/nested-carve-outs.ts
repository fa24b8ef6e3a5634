import assert from 'node:assert/strict';
import type { PromisedStore } from '../../nouns/store.ts';
import { fakeRandom } from '../fake-random.ts';
import { carveOutAt, carving, ofCarveOut, spendingOf } from './account-samples.ts';
import { type ContractCase, promise, tally, together, totals } from './contract-case.ts';
import { charge, cost, TTL_MS } from './samples.ts';

/** Sets so much of what `parent` set aside aside again. */
function nested(id: string, parent: string, units: bigint): ReturnType<typeof carving> {
  return carving(id, units, { budgets: [ofCarveOut(parent, units)] });
}

/** Closes and settles as what was spent; answers how that ended. */
async function settled(store: PromisedStore, id: string): Promise<string> {
  const status = await store.closeCarveOut(id, {});
  return (await store.settle(cost(id, status?.spent ?? 0n))).kind;
}

/** What it promises about delegation of what was delegated, and about many at once. */
export const nestedCarveOuts: readonly ContractCase[] = [
  promise('sets aside again of what was set aside, and adds up from the inside out', async ({ store }) => {
    await store.reserve(carving('one', 60n));
    await store.reserve(nested('two', 'one', 40n));
    await store.reserve(nested('three', 'two', 30n));
    await store.reserve(spendingOf('leaf', 'three', 20n));
    await store.reserve(spendingOf('aside', 'one', 20n));
    const tooDeep = await store.reserve(nested('four', 'three', 11n));

    for (const [id, units] of [
      ['leaf', 18n],
      ['aside', 5n],
    ] as const)
      await store.settle(cost(id, units));
    const early = [await settled(store, 'one'), await settled(store, 'two')];
    const inOrder = [await settled(store, 'three'), await settled(store, 'two'), await settled(store, 'one')];

    assert.equal(tooDeep.kind, 'refused');
    assert.deepEqual(
      [early, inOrder],
      [
        ['in-use', 'in-use'],
        ['ended', 'ended', 'ended'],
      ],
    );
    assert.deepEqual(await carveOutAt(store, 'one'), [60n, 23n, 0n]);
    assert.deepEqual(await carveOutAt(store, 'two'), [40n, 18n, 0n]);
    assert.deepEqual(await totals(store, 'a'), [23n, 0n]);
  }),

  promise('keeps what was set aside again open when the outer one is closed', async ({ store, clock }) => {
    await store.reserve(carving('one', 60n));
    await store.reserve({ ...nested('two', 'one', 40n), ttlMs: 2 * TTL_MS });
    clock.set(clock.now() + TTL_MS);
    await store.expire(5);

    const answers = [
      await store.reserve(spendingOf('of one', 'one', 1n)),
      await store.reserve(spendingOf('of two', 'two', 1n)),
    ];

    assert.deepEqual(
      answers.map(({ kind }) => kind),
      ['refused', 'reserved'],
    );
  }),

  promise('grants 256 delegated calls at once exactly what was set aside', async ({ store }) => {
    const units = 100n * 7_919n + 3n;
    await store.reserve(
      carving('parent', units, { budgets: [charge('a', { limit: units, amount: units })] }),
    );

    const answers = await together(256, (index) => store.reserve(spendingOf(`c${index}`, 'parent', 7_919n)));

    assert.deepEqual(tally(answers), { reserved: 100, refused: 156 });
    assert.deepEqual(await carveOutAt(store, 'parent'), [units, 0n, 100n * 7_919n]);
  }),

  promise('holds nothing after the close when both race, and loses nothing before it', async ({ store }) => {
    const budgets = [charge('a', { limit: 10_000n, amount: 10_000n })];
    await store.reserve(carving('parent', 10_000n, { budgets }));

    const answers = await together(101, async (index) => {
      if (index === 50) return { kind: 'closed', held: (await store.closeCarveOut('parent', {}))?.held };
      return { kind: (await store.reserve(spendingOf(`c${index}`, 'parent', 7n))).kind, held: undefined };
    });

    const [, , held] = await carveOutAt(store, 'parent');
    assert.equal(held, 7n * BigInt(tally(answers)['reserved'] ?? 0));
    assert.equal(answers.find(({ kind }) => kind === 'closed')?.held, held);
  }),

  promise(
    'ends once, and only when nobody holds any of it, while everything races',
    async ({ store, clock }) => {
      const random = fakeRandom(41);
      const budgets = [charge('a', { limit: 3_000n, amount: 3_000n })];
      await store.reserve(carving('parent', 3_000n, { budgets, ttlMs: 50 }));
      const ended: bigint[] = [];

      await together(600, async (index): Promise<unknown> => {
        if (index % 100 === 0) clock.set(clock.now() + 10);
        const id = `c${random.below(60)}`;
        const way = index < 200 ? 0 : random.below(6);
        if (way < 2) return store.reserve(spendingOf(id, 'parent', 30n, { ttlMs: 1_000 }));
        if (way < 4) return store.settle(cost(id, 29n));
        if (way === 4) return index > 400 ? store.closeCarveOut('parent', {}) : store.expire(5);
        const spent = (await store.closeCarveOut('none', {}))?.spent ?? 29n * 60n;
        const answer = await store.settle(cost('parent', spent));
        if (answer.kind === 'ended' && answer.first) ended.push(spent);
        return answer;
      });

      const [, spent] = await carveOutAt(store, 'parent');
      assert.ok(ended.length <= 1 && spent <= (ended[0] ?? spent));
      await together(60, (index) => store.settle(cost(`c${index}`, 29n)));
      assert.equal(await settled(store, 'parent'), 'ended');
      const [, all, held] = await carveOutAt(store, 'parent');
      assert.deepEqual([held, await totals(store, 'a')], [0n, [ended[0] ?? all, 0n]]);
    },
  ),
];
