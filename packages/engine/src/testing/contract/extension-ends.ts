import assert from 'node:assert/strict';
import type { Entry } from '../../nouns/entry.ts';
import type { PromisedStore } from '../../nouns/store.ts';
import { fakeRandom } from '../fake-random.ts';
import { extension } from './account-samples.ts';
import {
  allEntries,
  type ContractCase,
  promise,
  standing,
  tally,
  together,
  totals,
} from './contract-case.ts';
import { call, charge, cost, reservation, rolling, TTL_MS } from './samples.ts';

const held = { budgets: [charge('a')], then: { kind: 'hold' } } as const;

async function lastEntry(store: PromisedStore): Promise<Entry> {
  return (await allEntries(store)).at(-1) ?? assert.fail('expected an entry');
}

/** What an extension leaves behind, and what holds when many ask at once. */
export const extensionEnds: readonly ContractCase[] = [
  promise('records an extension with its price and all its charges, every time', async ({ store, clock }) => {
    const slice = rolling('roll', clock.now());
    await store.reserve(reservation('c1', { budgets: [charge('a'), slice] }));

    const first = await store.extend(extension('c1', 20n, { facts: { by: 'ada', price: 'forged' } }));
    const entry = await lastEntry(store);
    const second = await store.extend(extension('c1', 20n));

    const { startMs, endMs, rollingMs } = slice;
    const counted = { currency: 'USD', amount: '20' };
    assert.deepEqual([entry.type, entry.callId], ['call.extended', 'c1']);
    assert.deepEqual(entry.facts, {
      by: 'ada',
      price: '0.00002 USD',
      charges: [
        { budget: 'a', startMs: 0, ...counted },
        { budget: 'roll', startMs, endMs, rollingMs, ...counted },
      ],
    });
    assert.deepEqual([first.version, second.version], [2, 3]);
    assert.deepEqual(await totals(store, 'a'), [0n, 20n]);
  }),

  promise('records a refused extension among the denials of its agent', async ({ store }) => {
    await store.reserve(reservation('c1', { ...held, session: { writes: true } }));

    const answer = await store.extend(extension('c1', 101n));

    const [entry] = await store.denials(call('any'), 5);
    assert.ok(answer.kind === 'refused' && entry !== undefined);
    const { agent, tool, price, code, message, extension: asked, by } = entry.facts;
    assert.deepEqual([answer.version, entry.seq, entry.callId], [2, 2, 'c1']);
    assert.deepEqual(
      { agent, tool, price, code, message, asked, by },
      {
        agent: 'bot',
        tool: 'search',
        price: '0.000101 USD',
        code: 'BUDGET_EXCEEDED',
        message: answer.denial.message,
        asked: true,
        by: 'test',
      },
    );
    assert.deepEqual(
      [(await store.call('c1'))?.denial, (await store.session(call('any'))).denials],
      [undefined, 0],
    );
  }),

  promise(
    'settles, releases and expires an extended call by what it holds then',
    async ({ store, clock }) => {
      for (const id of ['settled', 'released', 'expired', 'forced']) {
        await store.reserve(reservation(id, { ...held, budgets: [charge(id)] }));
        await store.extend(extension(id, 70n));
      }

      await store.settle(cost('settled', 65n));
      await store.release('released', {});
      await store.settle(cost('forced', 101n));
      clock.set(clock.now() + TTL_MS);
      await store.expire(10);

      const sums = await Promise.all(
        ['settled', 'released', 'expired', 'forced'].map((id) => totals(store, id)),
      );
      assert.deepEqual(sums, [
        [65n, 0n],
        [0n, 0n],
        [0n, 0n],
        [101n, 0n],
      ]);
      assert.deepEqual(
        [(await standing(store, 'settled')).frozen, (await standing(store, 'forced')).frozen],
        [false, true],
      );
    },
  ),

  promise('changes nothing for an extension that it rejects', async ({ store }) => {
    await store.reserve(reservation('c1', held));
    const before = await store.call('c1');
    const facts = { text: '\ud800' };

    const settled = await Promise.allSettled([
      store.extend(extension('c1', 20n, { facts })),
      store.extend(extension('c1', 101n, { facts })),
      store.reserve(reservation('c2', held)),
    ]);

    assert.deepEqual(
      settled.map(({ status }) => status),
      ['rejected', 'rejected', 'fulfilled'],
    );
    assert.deepEqual([await store.call('c1'), await totals(store, 'a')], [before, [0n, 20n]]);
  }),
  promise('grants calls that ask for more at once exactly what is left', async ({ store }) => {
    const budgets = [charge('a', { limit: 256n * 10n + 100n * 7n, amount: 10n })];
    await together(256, (index) => store.reserve(reservation(`c${index}`, { budgets })));

    const answers = await together(256, (index) => store.extend(extension(`c${index}`, 17n)));

    assert.deepEqual(tally(answers), { extended: 100, refused: 156 });
    assert.deepEqual(await totals(store, 'a'), [0n, 256n * 10n + 100n * 7n]);
  }),

  promise('extends a call before its end or not at all when both race', async ({ store }) => {
    const random = fakeRandom(23);
    const budgets = [charge('a', { limit: 100_000n })];
    const ids = Array.from({ length: 60 }, (_, index) => `c${index}`);
    for (const id of ids) await store.reserve(reservation(id, { budgets }));

    await together(400, (): Promise<unknown> => {
      const id = ids[random.below(ids.length)] ?? '';
      const way = random.below(5);
      if (way === 0) return store.settle(cost(id, 3n));
      if (way === 1) return store.release(id, {});
      return store.extend(extension(id, BigInt(random.below(200))));
    });

    let [spent, open] = [0n, 0n];
    for (const id of ids) {
      const known = await store.call(id);
      spent += known?.charged?.units ?? 0n;
      if (known?.state === 'started') open += known.budgets[0]?.amount ?? 0n;
    }
    assert.deepEqual(await totals(store, 'a'), [spent, open]);
  }),

  promise('lets extensions and reservations share what is left to the last unit', async ({ store }) => {
    const limit = 10_007n;
    await together(64, (index) =>
      store.reserve(reservation(`c${index}`, { budgets: [charge('a', { limit, amount: 1n })] })),
    );

    await together(512, (index): Promise<unknown> => {
      const budgets = [charge('a', { limit, amount: 1n + BigInt(index % 13) })];
      if (index % 2 === 0) return store.reserve(reservation(`d${index}`, { budgets }));
      return store.extend(extension(`c${index % 64}`, BigInt(index)));
    });

    const { spent, held: inHold } = await standing(store, 'a');
    assert.ok(spent + inHold <= limit, `${inHold} held of ${limit}`);
  }),
];
