import assert from 'node:assert/strict';
import { MAX_UNITS } from '../../nouns/asset.ts';
import type { ExtendAnswer } from '../../nouns/hold.ts';
import type { PromisedStore } from '../../nouns/store.ts';
import { extension } from './account-samples.ts';
import { allEntries, type ContractCase, promise, said, tally, together, totals } from './contract-case.ts';
import {
  call,
  charge,
  cost,
  HOUR_MS,
  hourly,
  POLICIES,
  reservation,
  rolling,
  ROLLING_MS,
  SLICE_MS,
  TTL_MS,
  waitFor,
} from './samples.ts';

const held = { budgets: [charge('a')], then: { kind: 'hold' } } as const;

function codeOf(answer: ExtendAnswer): string {
  return answer.kind === 'refused' ? answer.denial.code : answer.kind;
}

async function activate(store: PromisedStore, hash: string): Promise<void> {
  const { number } = await store.saveRevision({ hash, documents: '[]', author: 'ada', note: '' });
  await store.activateRevision({ number, author: 'ada', note: '' });
}

/** What an extension may ask for, and what it is told. */
const judged: readonly ContractCase[] = [
  promise('holds what an extension asks for, more or less, and keeps it as the price', async ({ store }) => {
    for (const state of ['held', 'started'] as const) {
      const then = { kind: state === 'held' ? 'hold' : 'start' } as const;
      await store.reserve(reservation(state, { budgets: [charge(state), charge(`${state}2`)], then }));
      for (const units of [40n, 100n, 25n, 0n, 60n]) {
        const answer = await store.extend(extension(state, units));

        assert.ok(answer.kind === 'extended');
        const { price, budgets } = answer.call;
        assert.deepEqual([answer.call.state, price.units], [state, units]);
        assert.deepEqual(
          [budgets.map(({ amount }) => amount), answer.budgets.map((status) => status.held)],
          [
            [units, units],
            [units, units],
          ],
        );
        assert.deepEqual(
          [await totals(store, state), await totals(store, `${state}2`)],
          [
            [0n, units],
            [0n, units],
          ],
        );
        assert.deepEqual(await store.call(state), answer.call);
      }
    }
  }),

  promise(
    'refuses an extension beyond what is left, and changes nothing but the journal',
    async ({ store }) => {
      await store.reserve(reservation('c1', held));
      await store.reserve(reservation('c2', { budgets: [charge('a', { amount: 60n })] }));
      const before = await store.call('c1');

      const answer = await store.extend(extension('c1', 41n));

      assert.ok(answer.kind === 'refused');
      const { code, message, callId, retryAfterMs } = answer.denial;
      assert.deepEqual(
        [code, callId, retryAfterMs, answer.call],
        ['BUDGET_EXCEEDED', 'c1', undefined, before],
      );
      assert.equal(
        message,
        'this call may cost 0.000031 USD more; the budget of the agent has 0.00003 USD left of 0.0001 USD',
      );
      assert.deepEqual([await store.call('c1'), await totals(store, 'a')], [before, [0n, 70n]]);
      assert.equal((await store.extend(extension('c1', 40n))).kind, 'extended');
      assert.deepEqual(await totals(store, 'a'), [0n, 100n]);
    },
  ),

  promise('extends every budget of a call or none', async ({ store }) => {
    const budgets = [charge('wide', { limit: 1_000n }), charge('a'), charge('narrow', { limit: 50n })];
    await store.reserve(reservation('c1', { budgets }));

    const refused = await store.extend(extension('c1', 51n));
    const sums = await Promise.all(['wide', 'a', 'narrow'].map((key) => totals(store, key)));

    assert.equal(codeOf(refused), 'BUDGET_EXCEEDED');
    assert.deepEqual(sums, Array(3).fill([0n, 10n]));
    assert.equal((await store.extend(extension('c1', 50n))).kind, 'extended');
  }),

  promise('counts two charges of one budget twice when a call asks for more', async ({ store }) => {
    await store.reserve(reservation('c1', { budgets: [charge('a'), charge('a')] }));

    const answers = [await store.extend(extension('c1', 51n)), await store.extend(extension('c1', 50n))];

    assert.deepEqual(answers.map(codeOf), ['BUDGET_EXCEEDED', 'extended']);
    assert.deepEqual(await totals(store, 'a'), [0n, 100n]);
  }),

  promise('extends each currency by its own amount, one up and one down', async ({ store }) => {
    const budgets = [charge('usd'), charge('eur', { currency: 'EUR' })];
    await store.reserve(reservation('c1', { budgets }));

    const amounts = new Map([
      ['USD', 30n],
      ['EUR', 4n],
    ]);
    await store.extend(extension('c1', 30n, { amounts }));

    assert.deepEqual(
      [await totals(store, 'usd'), await totals(store, 'eur')],
      [
        [0n, 30n],
        [0n, 4n],
      ],
    );
  }),

  promise(
    'rejects an extension that lacks a currency of the hold, and changes nothing',
    async ({ store }) => {
      const budgets = [charge('usd'), charge('eur', { currency: 'EUR' })];
      await store.reserve(reservation('c1', { budgets }));

      for (const amounts of [
        new Map([['USD', 3n]]),
        new Map([
          ['USD', 3n],
          ['EUR', -1n],
        ]),
        new Map([
          ['USD', 3n],
          ['EUR', MAX_UNITS + 1n],
        ]),
      ])
        await assert.rejects(store.extend(extension('c1', 3n, { amounts })), { code: 'MONEY_INVALID' });

      assert.deepEqual(
        [await totals(store, 'usd'), await totals(store, 'eur')],
        [
          [0n, 10n],
          [0n, 10n],
        ],
      );
    },
  ),

  promise('extends to amounts near 2^53 - 1 exactly', async ({ store }) => {
    const budgets = [charge('a', { limit: MAX_UNITS, amount: MAX_UNITS - 3n })];
    await store.reserve(reservation('c1', { budgets }));
    await store.reserve(reservation('c2', { budgets: [charge('a', { limit: MAX_UNITS, amount: 1n })] }));

    const answers = [
      await store.extend(extension('c1', MAX_UNITS)),
      await store.extend(extension('c1', MAX_UNITS - 1n)),
    ];

    assert.deepEqual(answers.map(codeOf), ['BUDGET_EXCEEDED', 'extended']);
    assert.deepEqual(await totals(store, 'a'), [0n, MAX_UNITS]);
    await store.settle(cost('c1', MAX_UNITS - 2n));
    assert.deepEqual(await totals(store, 'a'), [MAX_UNITS - 2n, 1n]);
  }),

  promise('grants no more of a frozen budget, and lets a call ask for less of it', async ({ store }) => {
    await store.reserve(reservation('c1', held));
    await store.reserve(reservation('c2', { budgets: [charge('a', { amount: 80n })] }));
    await store.settle(cost('c2', 101n));

    const answers = [
      await store.extend(extension('c1', 11n)),
      await store.extend(extension('c1', 10n)),
      await store.extend(extension('c1', 4n)),
    ];

    assert.deepEqual(answers.map(codeOf), ['BUDGET_FROZEN', 'extended', 'extended']);
    assert.deepEqual(await totals(store, 'a'), [101n, 4n]);
  }),

  promise('extends no call of whom was revoked, not even for less', async ({ store }) => {
    await store.reserve(reservation('c1', held));
    const { issuer, tenant, owner, agent } = call('any');
    await store.revoke({ kind: 'agent', issuer, tenant, owner, agent }, 'lost its key', {});

    const answers = [await store.extend(extension('c1', 11n)), await store.extend(extension('c1', 9n))];

    assert.deepEqual(answers.map(codeOf), ['REVOKED', 'REVOKED']);
    assert.deepEqual([(await store.call('c1'))?.state, await totals(store, 'a')], ['held', [0n, 10n]]);
  }),

  promise('grants more only by the set of policies that is active, and less by any', async ({ store }) => {
    await activate(store, POLICIES);
    await store.reserve(reservation('c1', held));
    await activate(store, 'newer');

    const stale = await store.extend(extension('c1', 11n));

    assert.deepEqual(said(stale), { kind: 'stale-policies', active: 'newer' });
    assert.deepEqual(await totals(store, 'a'), [0n, 10n]);
    assert.equal((await store.extend(extension('c1', 10n))).kind, 'extended');
    assert.equal((await store.extend(extension('c1', 11n, { policies: 'newer' }))).kind, 'extended');
    assert.equal((await store.extend(extension('c1', 12n, { policies: undefined }))).kind, 'extended');
  }),

  promise('takes what only expired holds take as room for an extension', async ({ store, clock }) => {
    await together(9, (index) => store.reserve(reservation(`old${index}`, held)));
    clock.set(clock.now() + TTL_MS - 1);
    await store.reserve(reservation('c1', held));
    clock.set(clock.now() + 1);

    const answer = await store.extend(extension('c1', 100n));

    assert.equal(answer.kind, 'extended');
    assert.deepEqual(await totals(store, 'a'), [0n, 100n]);
  }),
];

/** Which window an extension is judged in, and until when it lasts. */
const timed: readonly ContractCase[] = [
  promise(
    'judges an extension in the window of its hold, also when that has ended',
    async ({ store, clock }) => {
      const first = hourly('a', clock.now());
      await store.reserve(reservation('c1', { budgets: [first], ttlMs: 3 * HOUR_MS }));
      clock.set(first.startMs + HOUR_MS);
      const second = hourly('a', clock.now(), { amount: 100n });
      await store.reserve(reservation('c2', { budgets: [second] }));

      const answers = [await store.extend(extension('c1', 101n)), await store.extend(extension('c1', 100n))];

      assert.deepEqual(answers.map(codeOf), ['BUDGET_EXCEEDED', 'extended']);
      assert.deepEqual(await totals(store, 'a', first.startMs), [0n, 100n]);
      assert.deepEqual(await totals(store, 'a', second.startMs), [0n, 100n]);
    },
  ),

  promise(
    'judges an extension beside every slice of a rolling window that counts',
    async ({ store, clock }) => {
      const lasting = { ttlMs: 3 * HOUR_MS };
      const slice = rolling('a', clock.now());
      await store.reserve(reservation('c1', { budgets: [slice], ...lasting }));
      clock.set(clock.now() + SLICE_MS);
      await store.reserve(reservation('c2', { budgets: [rolling('a', clock.now(), { amount: 60n })] }));

      const within = [
        await store.extend(extension('c1', 41n, lasting)),
        await store.extend(extension('c1', 40n, lasting)),
      ];
      clock.set(slice.startMs + SLICE_MS + ROLLING_MS);
      const after = [
        await store.extend(extension('c1', 41n, lasting)),
        await store.extend(extension('c1', 40n, lasting)),
      ];

      assert.deepEqual([...within, ...after].map(codeOf), [
        'BUDGET_EXCEEDED',
        'extended',
        'BUDGET_EXCEEDED',
        'extended',
      ]);
      assert.deepEqual(await totals(store, 'a', slice.startMs), [0n, 40n]);
    },
  ),

  promise(
    'counts the time to live anew from an extension, also from an equal one',
    async ({ store, clock }) => {
      for (const kind of ['hold', 'start'] as const) {
        const start = clock.now();
        await store.reserve(reservation(kind, { budgets: [charge('a')], then: { kind } }));
        clock.set(start + TTL_MS - 1);

        const answer = await store.extend(extension(kind, 10n, { ttlMs: 5_000 }));

        assert.equal(answer.kind === 'extended' && answer.call.deadlineMs, clock.now() + 5_000);
        clock.set(clock.now() + 4_999);
        assert.equal(await store.expire(10), 0);
        clock.set(clock.now() + 1);
        assert.equal(await store.expire(10), 1);
      }
    },
  ),

  promise('shortens the time of a call that asks for that', async ({ store, clock }) => {
    await store.reserve(reservation('c1', held));

    await store.extend(extension('c1', 10n, { ttlMs: 5 }));
    clock.set(clock.now() + 5);

    assert.equal(await store.expire(10), 1);
    assert.equal((await store.call('c1'))?.state, 'expired');
  }),

  promise('does not extend a call past its deadline, swept or not', async ({ store, clock }) => {
    await store.reserve(reservation('held', held));
    await store.reserve(reservation('started', { budgets: [charge('a')] }));
    clock.set(clock.now() + TTL_MS);

    const answers = [
      await store.extend(extension('held', 10n)),
      await store.extend(extension('started', 5n)),
    ];

    assert.deepEqual(
      answers.map((answer) => answer.kind === 'not-extendable' && answer.call.state),
      ['expired', 'unresolved'],
    );
    assert.deepEqual(await totals(store, 'a'), [0n, 10n]);
  }),

  promise('extends only what is held or has started', async ({ store }) => {
    await store.reserve(reservation('waiting', { budgets: [charge('a')], then: waitFor('a1') }));
    for (const id of ['settled', 'released', 'suspended']) await store.reserve(reservation(id, held));
    await store.reserve(reservation('denied', { budgets: [charge('a', { amount: 101n })] }));
    await store.settle(cost('settled', 1n));
    await store.release('released', {});
    await store.suspend('suspended', {});
    const entries = await allEntries(store);

    const ids = ['waiting', 'settled', 'released', 'suspended', 'denied', 'nobody'];
    const answers = await Promise.all(ids.map((id) => store.extend(extension(id, 1n))));

    assert.deepEqual(tally(answers), { 'not-extendable': 5, 'unknown-call': 1 });
    assert.deepEqual(await allEntries(store), entries);
  }),
];

/** What `extend` promises. */
export const extensions: readonly ContractCase[] = [...judged, ...timed];
