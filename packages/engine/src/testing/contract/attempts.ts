import assert from 'node:assert/strict';
import { allEntries, type ContractCase, promise, said, tally, together, totals } from './contract-case.ts';
import {
  again,
  anotherAttempt,
  charge,
  cost,
  rate,
  refusing,
  reservation,
  starting,
  TTL_MS,
  waitFor,
  yes,
} from './samples.ts';

const kinds = [
  ['start', { kind: 'start' }],
  ['hold', { kind: 'hold' }],
  ['wait', waitFor('a1')],
] as const;

/** What it promises to whoever asks again because no answer came. */
export const attempts: readonly ContractCase[] = [
  ...kinds.map(([kind, then]) =>
    promise(
      `tells the attempt that made a hold to ${kind} the same, however often it asks`,
      async (tested) => {
        const { store } = tested;
        const asked = reservation('c1', { budgets: [charge('a')], rates: [rate('r')], then });
        const first = await store.reserve(asked);
        const entries = await allEntries(store);

        const answers = await together(8, () => store.reserve(asked));

        assert.ok(first.kind === 'reserved' && first.fresh);
        assert.deepEqual(answers, Array(8).fill(first));
        assert.deepEqual([await totals(store, 'a'), await allEntries(store)], [[0n, 10n], entries]);
        const other = await store.reserve(again(asked));
        assert.deepEqual(other, { ...first, fresh: false });
      },
    ),
  ),

  promise(
    'tells the attempt that was denied the same, and another that it is a repeat',
    async ({ store }) => {
      const asked = reservation('c1', { budgets: [charge('a', { amount: 101n })] });
      const refusal = refusing('c2');

      const first = [await store.reserve(asked), await store.refuse(refusal)];
      const second = [await store.reserve(asked), await store.refuse(refusal)];
      const other = [await store.reserve(again(asked)), await store.refuse(again(refusal))];

      assert.deepEqual(first.map(said), second.map(said));
      assert.deepEqual(
        [...first, ...other].map((answer) => answer.kind === 'refused' && answer.fresh),
        [true, true, false, false],
      );
    },
  ),

  promise('starts for one attempt, which may ask again', async ({ store }) => {
    await store.reserve(reservation('c1', { budgets: [charge('a')], then: { kind: 'hold' } }));
    const requests = [starting('c1'), starting('c1')];

    const answers = await Promise.all([...requests, ...requests].map((request) => store.start(request)));

    assert.deepEqual(tally(answers), { started: 2, 'not-startable': 2 });
    assert.deepEqual([answers[0]?.kind, answers[1]?.kind], [answers[2]?.kind, answers[3]?.kind]);
    const started = (await allEntries(store)).filter(({ type }) => type === 'call.started');
    assert.equal(started.length, 1);
  }),

  promise('lets the attempt that reserved start nothing that another has started', async ({ store }) => {
    const asked = reservation('c1', { budgets: [charge('a')], then: waitFor('a1') });
    await store.reserve(asked);
    await store.vote(yes('a1'));
    const start = starting('c1');
    await store.start(start);

    const repeated = await store.reserve(asked);

    assert.deepEqual(repeated.kind === 'reserved' && [repeated.fresh, repeated.call.state], [
      false,
      'started',
    ]);
    assert.equal((await store.start(starting('c1', { attempt: asked.attempt }))).kind, 'not-startable');
    assert.equal((await store.start(start)).kind, 'started');
  }),

  promise('tells an attempt nothing fresh once its call has gone on', async ({ store, clock }) => {
    const asked = ['settled', 'released', 'unresolved'].map((id) =>
      reservation(id, { budgets: [charge('a')] }),
    );
    for (const one of asked) await store.reserve(one);
    await store.settle(cost('settled', 1n));
    await store.release('released', {});
    clock.set(clock.now() + TTL_MS);

    const answers = await Promise.all(asked.map((one) => store.reserve(one)));

    assert.deepEqual(
      answers.map((answer) => answer.kind === 'reserved' && [answer.fresh, answer.call.state]),
      [
        [false, 'settled'],
        [false, 'released'],
        [false, 'unresolved'],
      ],
    );
  }),

  promise('takes back only what the attempt itself made', async ({ store }) => {
    const asked = reservation('c1', { budgets: [charge('a')], then: { kind: 'hold' } });
    await store.reserve(asked);
    const start = starting('c1');
    await store.start(start);

    const others = [asked.attempt, anotherAttempt()];
    const refused = await Promise.all(others.map((attempt) => store.withdraw({ id: 'c1', attempt }, {})));
    const held = await totals(store, 'a');
    const own = await store.withdraw({ id: 'c1', attempt: start.attempt }, {});

    assert.deepEqual(
      [...refused, own].map((answer) => answer.kind === 'ended' && [answer.first, answer.call.state]),
      [
        [false, 'started'],
        [false, 'started'],
        [true, 'released'],
      ],
    );
    assert.deepEqual(
      [held, await totals(store, 'a')],
      [
        [0n, 10n],
        [0n, 0n],
      ],
    );
  }),

  promise('makes a withdrawn id new for every attempt, for the one that made it too', async ({ store }) => {
    const asked = reservation('c1', { budgets: [charge('a')] });
    await store.reserve(asked);
    await store.withdraw({ id: 'c1', attempt: asked.attempt }, {});

    const anew = await store.reserve(asked);

    assert.deepEqual(anew.kind === 'reserved' && [anew.fresh, anew.call.state], [true, 'started']);
    assert.deepEqual(await totals(store, 'a'), [0n, 10n]);
  }),

  promise('says after which entry of the journal it answered', async ({ store }) => {
    const budgets = [charge('a', { amount: 60n })];
    const answers = [
      await store.reserve(reservation('c1', { budgets })),
      await store.reserve(reservation('c2', { budgets })),
      await store.refuse(refusing('c3')),
      await store.reserve(reservation('c4', { then: { kind: 'hold' } })),
      await store.start(starting('c4')),
      await store.suspend('c4', {}),
      await store.release('c4', {}),
      await store.settle(cost('c1', 61n)),
      await store.settle(cost('c1', 1n)),
      await store.settle(cost('nobody', 1n)),
    ];

    assert.deepEqual(
      answers.map(({ version }) => version),
      [1, 2, 3, 4, 5, 6, 7, 8, 8, 8],
    );
    assert.equal((await allEntries(store)).length, 8);
  }),
];
