import assert from 'node:assert/strict';
import type { AgentKey, Reservation } from '../../nouns/hold.ts';
import type { Subject } from '../../nouns/revocation.ts';
import type { PromisedStore } from '../../nouns/store.ts';
import { allEntries, type ContractCase, promise, tally, together, totals } from './contract-case.ts';
import { again, call, charge, cost, rate, reservation, starting, waitFor, yes } from './samples.ts';

const bot: AgentKey = { issuer: 'https://issuer.test', tenant: 'acme', owner: 'ada', agent: 'bot' };

/** Everybody whose revocation stops the sample caller, the widest first. */
const subjects: readonly Subject[] = [
  { kind: 'tenant', tenant: 'acme' },
  { kind: 'owner', issuer: bot.issuer, tenant: 'acme', owner: 'ada' },
  { kind: 'agent', ...bot },
  { kind: 'session', ...bot, session: 's1' },
];

/** Others with one part of their name in common. */
const strangers: readonly Subject[] = [
  { kind: 'tenant', tenant: 'ada' },
  { kind: 'owner', issuer: bot.issuer, tenant: 'other', owner: 'ada' },
  { kind: 'owner', issuer: 'https://other.test', tenant: 'acme', owner: 'ada' },
  { kind: 'agent', ...bot, owner: 'bob' },
  { kind: 'agent', ...bot, tenant: 'other' },
  { kind: 'agent', ...bot, agent: 'ada' },
  { kind: 'session', ...bot, session: 's2' },
  { kind: 'session', ...bot, agent: 'other', session: 's1' },
];

async function answerTo(store: PromisedStore, request: Reservation): Promise<string> {
  const answer = await store.reserve(request);
  return answer.kind === 'refused' ? answer.denial.code : answer.kind;
}

/** What it promises about those who were stopped. */
export const revocations: readonly ContractCase[] = [
  ...subjects.map((subject) =>
    promise(
      `denies every call of a revoked ${subject.kind} from then on, until it is restored`,
      async (tested) => {
        const { store } = tested;
        const budgets = [charge('a')];
        await store.reserve(reservation('before', { budgets }));

        const changed = [
          await store.revoke(subject, 'stolen', {}),
          await store.revoke(subject, 'stolen again', {}),
        ];
        const stopped = await store.reserve(reservation('during', { budgets, rates: [rate('r')] }));
        const restored = [await store.restore(subject, {}), await store.restore(subject, {})];

        assert.deepEqual(
          [changed, restored],
          [
            [true, false],
            [true, false],
          ],
        );
        assert.ok(stopped.kind === 'refused' && stopped.denial.code === 'REVOKED');
        assert.match(stopped.denial.message, new RegExp(`^the ${subject.kind} \`.*\` is revoked: stolen$`));
        assert.equal(stopped.denial.retryAfterMs, undefined);
        assert.deepEqual(await totals(store, 'a'), [0n, 10n]);
        assert.equal(
          await answerTo(store, reservation('after', { budgets, rates: [rate('r')] })),
          'reserved',
        );
      },
    ),
  ),

  promise('stops nobody else', async ({ store }) => {
    for (const subject of strangers) await store.revoke(subject, 'another', {});

    assert.equal(await answerTo(store, reservation('c1')), 'reserved');
  }),

  promise('names the widest subject that is revoked, and tells what else objects', async ({ store }) => {
    for (const subject of subjects.toReversed()) await store.revoke(subject, `the ${subject.kind}`, {});

    const answer = await store.reserve(reservation('c1', { budgets: [charge('a', { amount: 101n })] }));

    assert.ok(answer.kind === 'refused');
    assert.deepEqual(
      answer.denial.reasons.map(({ code }) => code),
      ['REVOKED', 'BUDGET_EXCEEDED'],
    );
    assert.equal(answer.denial.message, 'the tenant `acme` is revoked: the tenant');
  }),

  promise('gives a repeat its first answer whoever was revoked or restored since', async ({ store }) => {
    const [subject] = subjects;
    assert.ok(subject !== undefined);
    const granted = reservation('granted', { budgets: [charge('a')] });
    await store.reserve(granted);
    await store.revoke(subject, 'stolen', {});
    const denied = reservation('denied', { budgets: [charge('a')] });
    await store.reserve(denied);

    const during = await answerTo(store, again(granted));
    await store.restore(subject, {});

    assert.deepEqual([during, await answerTo(store, again(denied))], ['reserved', 'REVOKED']);
  }),

  promise(
    'ends what waits or is held when it is to start, and lets end what has started',
    async ({ store }) => {
      const budgets = [charge('a')];
      await store.reserve(reservation('held', { budgets, then: { kind: 'hold' } }));
      await store.reserve(reservation('waiting', { budgets, then: waitFor('a1') }));
      await store.reserve(reservation('approved', { budgets, then: waitFor('a2') }));
      await store.reserve(reservation('started', { budgets }));
      await store.vote(yes('a2'));
      await store.revoke({ kind: 'agent', ...bot }, 'stolen', {});

      const answers = [];
      for (const id of ['held', 'waiting', 'approved', 'started'])
        answers.push(await store.start(starting(id)));
      const end = await store.settle(cost('started', 7n));

      assert.deepEqual(
        answers.map(
          (answer) => answer.kind === 'not-startable' && [answer.call.state, answer.call.denial?.code],
        ),
        [
          ['released', 'REVOKED'],
          ['released', 'REVOKED'],
          ['released', 'REVOKED'],
          ['started', undefined],
        ],
      );
      assert.deepEqual(
        [end.kind === 'ended' && end.call.state, await totals(store, 'a')],
        ['settled', [7n, 0n]],
      );
      const approvals = [await store.approval('a1'), await store.approval('a2')];
      assert.deepEqual(
        approvals.map((approval) => approval?.status),
        ['cancelled', 'cancelled'],
      );
    },
  ),

  promise('holds for every call that is asked once revoking has answered', async ({ store }) => {
    const subject: Subject = { kind: 'agent', ...bot };
    let revoked = false;
    const late: string[] = [];

    await together(128, async (index) => {
      if (index === 40) {
        await store.revoke(subject, 'stolen', {});
        revoked = true;
      }
      const wasRevoked = revoked;
      const answer = await answerTo(store, reservation(`c${index}`));
      if (wasRevoked) late.push(answer);
      const another = await answerTo(store, reservation(`d${index}`));
      if (wasRevoked) late.push(another);
    });

    assert.deepEqual(tally(late.map((kind) => ({ kind }))), { REVOKED: late.length });
    assert.equal(await answerTo(store, reservation('last')), 'REVOKED');
    assert.equal(
      await answerTo(store, reservation('other', { call: call('other', { agent: 'b' }) })),
      'reserved',
    );
  }),

  promise('lists who is revoked, newest first, and records each change once', async ({ store, clock }) => {
    const [tenant, owner] = subjects;
    assert.ok(tenant !== undefined && owner !== undefined);
    await store.revoke(tenant, 'first', { by: 'ops' });
    clock.set(clock.now() + 5);
    await store.revoke(owner, 'second', {});
    await store.revoke(owner, 'third', {});

    const listed = await store.revocations(10);
    await store.restore(tenant, { by: 'ops' });

    assert.deepEqual(listed, [
      { subject: owner, reason: 'second', revokedAt: clock.now() },
      { subject: tenant, reason: 'first', revokedAt: clock.now() - 5 },
    ]);
    assert.deepEqual(await store.revocations(1), listed.slice(0, 1));
    assert.deepEqual(
      (await allEntries(store)).map(({ type, facts }) => [type, facts]),
      [
        ['access.revoked', { by: 'ops', subject: tenant, reason: 'first' }],
        ['access.revoked', { subject: owner, reason: 'second' }],
        ['access.restored', { by: 'ops', subject: tenant, reason: 'first' }],
      ],
    );
  }),
];
