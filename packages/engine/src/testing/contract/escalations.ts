import assert from 'node:assert/strict';
import type { Quorum } from '../../nouns/approval.ts';
import type { PromisedStore } from '../../nouns/store.ts';
import { allEntries, type ContractCase, promise } from './contract-case.ts';
import { quorum, reservation, waitFor, yes } from './samples.ts';

const AFTER_MS = 1_000;

/** Ada may decide from the start, Bob after a second, Cy after two. */
const escalating = quorum(1, ['ada'], {
  escalations: [
    { afterMs: AFTER_MS, approvers: ['bob'] },
    { afterMs: 2 * AFTER_MS, approvers: ['cy', 'ada'] },
  ],
});

async function ask(
  store: PromisedStore,
  id: string,
  quorums: readonly Quorum[] = [escalating],
): Promise<void> {
  await store.reserve(reservation(`call-${id}`, { then: waitFor(id, { quorums }) }));
}

async function vote(store: PromisedStore, id: string, approver: string): Promise<string> {
  const answer = await store.vote(yes(id, { approver }));
  return answer.kind === 'counted' ? answer.approval.status : answer.code;
}

/** What it promises about people who may decide after a while. */
export const escalations: readonly ContractCase[] = [
  promise(
    'lets a step of an escalation decide from its moment on, not a millisecond before',
    async ({ store, clock }) => {
      const start = clock.now();
      for (const id of ['first', 'second']) await ask(store, id);
      const steps = [
        [0, 'first', 'bob', 'NOT_AN_APPROVER'],
        [AFTER_MS - 1, 'first', 'bob', 'NOT_AN_APPROVER'],
        [AFTER_MS, 'first', 'cy', 'NOT_AN_APPROVER'],
        [AFTER_MS, 'first', 'bob', 'approved'],
        [2 * AFTER_MS - 1, 'second', 'cy', 'NOT_AN_APPROVER'],
        [2 * AFTER_MS, 'second', 'eve', 'NOT_AN_APPROVER'],
        [2 * AFTER_MS, 'second', 'cy', 'approved'],
      ] as const;

      for (const [afterMs, id, approver, expected] of steps) {
        clock.set(start + afterMs);
        assert.equal(await vote(store, id, approver), expected);
      }
    },
  ),

  promise('lets those who could decide before decide after an escalation too', async ({ store, clock }) => {
    await ask(store, 'a1');
    clock.set(clock.now() + 2 * AFTER_MS);

    assert.equal(await vote(store, 'a1', 'ada'), 'approved');
  }),

  promise('counts a step towards the same number, and only in its own quorum', async ({ store, clock }) => {
    const two = { ...escalating, require: 2 };
    await ask(store, 'a1', [two, quorum(1, ['dan'])]);
    await ask(store, 'a2', [two]);
    clock.set(clock.now() + AFTER_MS);

    const votes = [
      await vote(store, 'a1', 'ada'),
      await vote(store, 'a1', 'bob'),
      await vote(store, 'a1', 'dan'),
      await vote(store, 'a2', 'bob'),
      await vote(store, 'a2', 'ada'),
    ];

    assert.deepEqual(votes, ['pending', 'pending', 'approved', 'pending', 'approved']);
  }),

  promise('is approved once somebody says again what an escalation made enough', async ({ store, clock }) => {
    const later = quorum(1, ['eve'], { escalations: [{ afterMs: AFTER_MS, approvers: ['ada'] }] });
    await ask(store, 'a1', [quorum(1, ['ada']), later]);
    assert.equal(await vote(store, 'a1', 'ada'), 'pending');
    assert.equal(await vote(store, 'a1', 'ada'), 'pending');
    clock.set(clock.now() + AFTER_MS);

    assert.equal(await vote(store, 'a1', 'ada'), 'approved');
    assert.equal(await vote(store, 'a1', 'ada'), 'approved');

    const types = (await allEntries(store)).map(({ type }) => type);
    const approvals = ['approval.created', 'approval.decision_submitted', 'approval.approved'];
    assert.deepEqual(types, ['call.reserved', ...approvals]);
  }),

  promise('ends the call at the no of an escalation', async ({ store, clock }) => {
    await ask(store, 'a1', [{ ...escalating, require: 2 }]);
    clock.set(clock.now() + AFTER_MS);

    await store.vote(yes('a1', { approver: 'bob', verdict: 'deny' }));

    assert.equal((await store.approval('a1'))?.status, 'denied');
    assert.equal((await store.call('call-a1'))?.state, 'released');
  }),

  promise('lists an approval to a step of its escalation once that has come', async ({ store, clock }) => {
    await ask(store, 'a1');
    await ask(store, 'a2', [escalating, quorum(1, ['bob'])]);
    const list = async (approver: string): Promise<string> => {
      const pending = await store.approvals({ approver, status: 'pending', limit: 10 });
      const all = await store.approvals({ approver, limit: 10 });
      assert.deepEqual(pending, all);
      return all.map(({ id }) => id).join(' ');
    };
    const everybody = (): Promise<readonly string[]> => Promise.all(['ada', 'bob', 'cy', 'eve'].map(list));

    const first = await everybody();
    clock.set(clock.now() + AFTER_MS - 1);
    const before = await everybody();
    clock.set(clock.now() + 1);
    const second = await everybody();
    clock.set(clock.now() + AFTER_MS);

    assert.deepEqual(first, ['a2 a1', 'a2', '', '']);
    assert.deepEqual(before, first);
    assert.deepEqual(second, ['a2 a1', 'a2 a1', '', '']);
    assert.deepEqual(await everybody(), ['a2 a1', 'a2 a1', 'a2 a1', '']);
  }),
];
