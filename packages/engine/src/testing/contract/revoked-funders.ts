import assert from 'node:assert/strict';
import type { AgentKey, Reservation } from '../../nouns/hold.ts';
import type { Subject } from '../../nouns/revocation.ts';
import type { PromisedStore } from '../../nouns/store.ts';
import { carveOutAt, carving, extension, ofCarveOut, spendingOf } from './account-samples.ts';
import { allEntries, type ContractCase, promise, totals } from './contract-case.ts';
import { call, charge, cost, starting, waitFor, yes } from './samples.ts';

const owner = { issuer: 'https://issuer.test', tenant: 'acme', owner: 'ada' };
const bot: AgentKey = { ...owner, agent: 'bot' };

/** Whoever set money aside, as the samples do, and the delegated agent does not share. */
const funders: readonly Subject[] = [
  { kind: 'agent', ...bot },
  { kind: 'session', ...bot, session: 's1' },
];

/** Who spends what the samples delegate. */
const delegate: Subject = { kind: 'agent', ...owner, agent: 'delegate' };

/** Sets so much aside by an agent of that name, out of what `parent` set aside. */
function nested(id: string, parent: string, units: bigint): Reservation {
  return carving(id, units, { call: call(id, { agent: id }), budgets: [ofCarveOut(parent, units)] });
}

async function answerTo(store: PromisedStore, request: Reservation): Promise<string> {
  const answer = await store.reserve(request);
  return answer.kind === 'refused' ? answer.denial.message : answer.kind;
}

/** What it promises about money that was set aside by whoever was stopped since. */
export const revokedFunders: readonly ContractCase[] = [
  ...funders.flatMap((subject) => [
    promise(
      `grants nothing of what a revoked ${subject.kind} set aside, until it is restored`,
      async ({ store }) => {
        await store.reserve(carving('parent'));
        await store.reserve(spendingOf('before', 'parent', 10n));
        await store.revoke(subject, 'stolen', {});

        const stopped = await store.reserve(spendingOf('during', 'parent', 10n));
        const aside = await carveOutAt(store, 'parent');
        await store.restore(subject, {});

        const message = `the ${subject.kind} \`${subject.kind === 'session' ? 's1' : 'bot'}\` is revoked: stolen`;
        assert.ok(stopped.kind === 'refused');
        assert.deepEqual(
          [stopped.denial.code, stopped.denial.message, stopped.denial.retryAfterMs, aside],
          ['REVOKED', message, undefined, [50n, 0n, 10n]],
        );
        const denied = (await allEntries(store)).find(({ type }) => type === 'call.denied');
        assert.deepEqual(
          [denied?.facts['agent'], denied?.facts['code'], denied?.facts['message']],
          ['delegate', 'REVOKED', message],
        );
        assert.equal(await answerTo(store, spendingOf('after', 'parent', 10n)), 'reserved');
      },
    ),

    promise(
      `starts no call that spends what a revoked ${subject.kind} set aside, and lets end what has started`,
      async ({ store }) => {
        await store.reserve(carving('parent'));
        await store.reserve(spendingOf('held', 'parent', 5n, { then: { kind: 'hold' } }));
        await store.reserve(spendingOf('approved', 'parent', 5n, { then: waitFor('a1') }));
        await store.reserve(spendingOf('started', 'parent', 5n));
        await store.reserve(spendingOf('later', 'parent', 5n, { then: { kind: 'hold' } }));
        await store.vote(yes('a1'));
        await store.revoke(subject, 'stolen', {});

        const [held, approved] = [
          await store.start(starting('held')),
          await store.start(starting('approved')),
        ];
        const ended = await store.settle(cost('started', 4n));
        await store.restore(subject, {});

        for (const answer of [held, approved]) {
          assert.ok(answer.kind === 'not-startable');
          const { state, denial } = answer.call;
          assert.deepEqual([state, denial?.code], ['released', 'REVOKED']);
          assert.match(denial?.message ?? '', new RegExp(`^the ${subject.kind} .* is revoked: stolen$`));
          assert.deepEqual((await store.call(answer.call.id))?.denial, denial);
        }
        assert.deepEqual(
          [ended.kind, (await store.approval('a1'))?.status, await carveOutAt(store, 'parent')],
          ['ended', 'cancelled', [50n, 4n, 5n]],
        );
        assert.equal((await store.start(starting('later'))).kind, 'started');
      },
    ),

    promise(
      `extends no call that spends what a revoked ${subject.kind} set aside, not even for less`,
      async ({ store }) => {
        await store.reserve(carving('parent'));
        await store.reserve(spendingOf('child', 'parent', 10n));
        await store.revoke(subject, 'stolen', {});

        const answers = [
          await store.extend(extension('child', 11n)),
          await store.extend(extension('child', 9n)),
        ];
        const aside = await carveOutAt(store, 'parent');
        await store.restore(subject, {});

        assert.deepEqual(
          answers.map((answer) => answer.kind === 'refused' && [answer.call.state, answer.denial.code]),
          [
            ['started', 'REVOKED'],
            ['started', 'REVOKED'],
          ],
        );
        assert.deepEqual(aside, [50n, 0n, 10n]);
        assert.equal((await store.extend(extension('child', 11n))).kind, 'extended');
      },
    ),
  ]),

  promise('names who set aside what is asked for, and tells what else objects', async ({ store }) => {
    await store.reserve(carving('parent'));
    await store.revoke({ kind: 'agent', ...bot }, 'stolen', {});

    const answer = await store.reserve(spendingOf('child', 'parent', 51n));

    assert.ok(answer.kind === 'refused');
    assert.deepEqual(
      answer.denial.reasons.map(({ code, message }) => [code, message]),
      [
        ['REVOKED', 'the agent `bot` is revoked: stolen'],
        [
          'BUDGET_EXCEEDED',
          'this call may cost 0.000051 USD; what was set aside for the agent has 0.00005 USD left',
        ],
      ],
    );
  }),

  promise('stops none but those who spend what the revoked one set aside', async ({ store }) => {
    const budgets = [charge('a', { amount: 20n })];
    await store.reserve(carving('stopped', 20n, { budgets }));
    const sibling = call('sibling', { agent: 'sibling' });
    await store.reserve(carving('sibling', 20n, { budgets, call: sibling }));
    const session = call('session', { session: 's2' });
    await store.reserve(carving('session', 20n, { budgets, call: session }));
    await store.revoke({ kind: 'session', ...bot, session: 's1' }, 'stolen', {});

    const answers = [
      await answerTo(store, spendingOf('c1', 'sibling', 5n)),
      await answerTo(store, spendingOf('c2', 'session', 5n)),
      await answerTo(store, spendingOf('c3', 'stopped', 5n, { budgets: [charge('own')] })),
      await answerTo(
        store,
        spendingOf('c4', 'stopped', 5n, { budgets: [ofCarveOut('sibling'), ofCarveOut('stopped')] }),
      ),
    ];
    await store.revoke(delegate, 'lost', {});
    const upwards = await answerTo(store, nested('again', 'sibling', 5n));

    assert.deepEqual(answers, ['reserved', 'reserved', 'reserved', 'the session `s1` is revoked: stolen']);
    assert.equal(upwards, 'reserved');
    assert.deepEqual(await totals(store, 'own'), [0n, 10n]);
  }),

  promise('asks for everybody whose money was set aside again, the nearest first', async ({ store }) => {
    await store.reserve(carving('one', 50n));
    await store.reserve(nested('two', 'one', 40n));
    await store.reserve(nested('three', 'two', 30n));
    await store.reserve(spendingOf('held', 'three', 10n, { then: { kind: 'hold' } }));
    const messages: string[] = [];
    const asked = async (): Promise<void> => {
      messages.push(await answerTo(store, spendingOf(`c${messages.length}`, 'three', 1n)));
    };

    await store.revoke({ kind: 'agent', ...bot }, 'far', {});
    await asked();
    messages.push(await answerTo(store, nested('four', 'three', 1n)));
    await store.revoke({ kind: 'agent', ...owner, agent: 'three' }, 'near', {});
    await asked();
    await store.revoke({ kind: 'session', ...owner, agent: 'delegate', session: 's1' }, 'own', {});
    await asked();
    const start = await store.start(starting('held'));
    for (const { subject } of await store.revocations(10)) await store.restore(subject, {});
    await asked();

    assert.deepEqual(messages, [
      'the agent `bot` is revoked: far',
      'the agent `bot` is revoked: far',
      'the agent `three` is revoked: near',
      'the session `s1` is revoked: own',
      'reserved',
    ]);
    assert.equal(start.kind === 'not-startable' && start.call.denial?.code, 'REVOKED');
  }),

  promise('also stops what is held of a carve-out past its time', async ({ store, clock }) => {
    await store.reserve(carving('parent', 50n, { ttlMs: 10 }));
    await store.reserve(spendingOf('child', 'parent', 10n, { then: { kind: 'hold' } }));
    clock.set(clock.now() + 10);
    await store.expire(5);
    await store.revoke({ kind: 'agent', ...bot }, 'stolen', {});

    const start = await store.start(starting('child'));

    assert.equal(start.kind === 'not-startable' && start.call.denial?.code, 'REVOKED');
    assert.deepEqual(await carveOutAt(store, 'parent'), [50n, 0n, 0n]);
  }),

  promise('asks once for each of those who set money aside in a circle', async ({ store }) => {
    for (const [id, parent] of [
      ['one', 'two'],
      ['two', 'one'],
      ['itself', 'itself'],
    ] as const)
      await store.reserve(nested(id, parent, 0n));
    await store.revoke({ kind: 'agent', ...owner, agent: 'two' }, 'stolen', {});

    const answers = [
      await answerTo(store, spendingOf('c1', 'one', 0n)),
      await answerTo(store, spendingOf('c2', 'itself', 0n)),
      await answerTo(store, spendingOf('c3', 'nobody', 0n)),
    ];

    assert.deepEqual(answers, ['the agent `two` is revoked: stolen', 'reserved', 'reserved']);
  }),
];
