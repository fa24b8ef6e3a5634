import assert from 'node:assert/strict';
import { nextNoticeAt } from '../../nouns/approval.ts';
import type { Entry } from '../../nouns/entry.ts';
import type { PromisedStore } from '../../nouns/store.ts';
import { allEntries, type ContractCase, promise, together } from './contract-case.ts';
import { MINUTE_MS, quorum, reservation, waitFor, yes } from './samples.ts';

const SECOND = 1_000;

/** Ada and Bob are reminded after one second and after three, Cy may decide after two. */
const patient = quorum(2, ['ada', 'bob'], {
  remindersMs: [SECOND, 3 * SECOND],
  escalations: [{ afterMs: 2 * SECOND, approvers: ['cy'] }],
});

async function ask(store: PromisedStore, id: string, quorums = [patient]): Promise<void> {
  await store.reserve(reservation(`call-${id}`, { then: waitFor(id, { quorums }) }));
}

async function notices(store: PromisedStore): Promise<readonly Entry[]> {
  const types = ['approval.reminded', 'approval.escalated'] as const;
  return store.entries({ afterSeq: 0, limit: 500, types });
}

/** Approval and kind of each notice that was given. */
async function given(store: PromisedStore): Promise<readonly string[]> {
  return (await notices(store)).map(
    ({ type, callId = '' }) => `${callId.replace('call-', '')} ${type.replace('approval.', '')}`,
  );
}

/** What it promises about telling people again. */
export const approvalNotices: readonly ContractCase[] = [
  promise('gives each notice once its time has come, in their order', async ({ store, clock }) => {
    const start = clock.now();
    await ask(store, 'a1');
    const steps = [
      [0, 0],
      [SECOND - 1, 0],
      [SECOND, 1],
      [SECOND, 0],
      [3 * SECOND, 2],
      [30 * SECOND, 0],
    ] as const;

    for (const [afterMs, count] of steps) {
      clock.set(start + afterMs);
      assert.equal(await store.announce(10), count);
    }

    const facts = { approval: 'a1', status: 'pending' };
    assert.deepEqual(
      (await notices(store)).map(({ type, callId, at, facts: said }) => [type, callId, at - start, said]),
      [
        ['approval.reminded', 'call-a1', SECOND, { ...facts, approvers: ['ada', 'bob'] }],
        ['approval.escalated', 'call-a1', 3 * SECOND, { ...facts, approvers: ['cy'] }],
        ['approval.reminded', 'call-a1', 3 * SECOND, { ...facts, approvers: ['ada', 'bob', 'cy'] }],
      ],
    );
  }),

  promise(
    'tells how many notices an approval was given, and when the next is due',
    async ({ store, clock }) => {
      const start = clock.now();
      await ask(store, 'a1');
      const states: unknown[] = [];

      for (const afterMs of [0, SECOND, 2 * SECOND, 3 * SECOND]) {
        clock.set(start + afterMs);
        await store.announce(10);
        const [listed] = await store.approvals({ limit: 1 });
        const approval = await store.approval('a1');
        assert.deepEqual(listed, approval);
        assert.ok(approval !== undefined);
        const due = (await store.nextDeadline()) ?? 0;
        states.push([approval.noticed, (nextNoticeAt(approval) ?? start) - start, due - start]);
      }

      assert.deepEqual(states, [
        [0, SECOND, SECOND],
        [1, 2 * SECOND, 2 * SECOND],
        [2, 3 * SECOND, 3 * SECOND],
        [3, 0, MINUTE_MS],
      ]);
    },
  ),

  promise(
    'tells nobody who has no say: the agent, and its owner where duties are separate',
    async ({ store, clock }) => {
      const people = ['ada', 'bob', 'bot'];
      const apart = quorum(1, people, { remindersMs: [SECOND], separateDuties: true });
      await ask(store, 'a1', [{ ...apart, escalations: [{ afterMs: SECOND, approvers: ['ada', 'cy'] }] }]);
      await ask(store, 'a2', [quorum(1, people, { remindersMs: [SECOND] })]);
      clock.set(clock.now() + SECOND);

      await store.announce(10);

      const told = (await notices(store)).map(({ callId, type, facts }) =>
        JSON.stringify([callId, type, facts['approvers']]),
      );
      assert.deepEqual(
        new Set(told),
        new Set([
          '["call-a1","approval.reminded",["bob","cy"]]',
          '["call-a1","approval.escalated",["cy"]]',
          '["call-a2","approval.reminded",["ada","bob"]]',
        ]),
      );
    },
  ),

  promise('gives each notice a single time when 32 announce at once', async ({ store, clock }) => {
    for (const id of ['a1', 'a2', 'a3']) await ask(store, id);
    clock.set(clock.now() + 10 * SECOND);

    const counts = await together(32, () => store.announce(4));

    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      9,
    );
    assert.equal((await notices(store)).length, 9);
  }),

  promise('gives at most as many as it is asked to, the longest due first', async ({ store, clock }) => {
    await ask(store, 'b');
    await ask(store, 'a');
    clock.set(clock.now() + SECOND / 2);
    await ask(store, 'c');
    clock.set(clock.now() + 2 * SECOND);

    const counts = [];
    for (let round = 0; round < 4; round++) counts.push(await store.announce(2));

    assert.deepEqual(counts, [2, 2, 2, 0]);
    assert.deepEqual(await given(store), [
      'a reminded',
      'b reminded',
      'c reminded',
      'a escalated',
      'b escalated',
      'c escalated',
    ]);
  }),

  promise('gives notices of one moment one after the other', async ({ store, clock }) => {
    const escalations = [{ afterMs: SECOND, approvers: ['cy'] }];
    await ask(store, 'a1', [quorum(1, ['ada'], { remindersMs: [SECOND], escalations })]);
    clock.set(clock.now() + SECOND);

    assert.deepEqual([await store.announce(1), await store.announce(1), await store.announce(1)], [1, 1, 0]);
    assert.deepEqual(await given(store), ['a1 reminded', 'a1 escalated']);
  }),

  promise(
    'gives none of what is resolved, and goes on after a vote that is not the last',
    async ({ store, clock }) => {
      for (const id of ['open', 'approved', 'denied', 'cancelled']) await ask(store, id);
      await store.vote(yes('open'));
      for (const approver of ['ada', 'bob']) await store.vote(yes('approved', { approver }));
      await store.vote(yes('denied', { verdict: 'deny' }));
      await store.cancel({ approvalId: 'cancelled', facts: {} });
      clock.set(clock.now() + SECOND);

      assert.equal(await store.announce(10), 1);
      assert.deepEqual(await given(store), ['open reminded']);
      assert.equal((await store.approval('open'))?.votes.length, 1);
    },
  ),

  promise('gives none from the deadline of the call on', async ({ store, clock }) => {
    await ask(store, 'a1', [{ ...patient, remindersMs: [SECOND, MINUTE_MS - 1, MINUTE_MS] }]);
    clock.set(clock.now() + MINUTE_MS);

    assert.equal(await store.announce(10), 0);
    assert.equal((await store.approval('a1'))?.status, 'expired');
    assert.deepEqual(await notices(store), []);
    assert.equal(await store.nextDeadline(), undefined);
  }),

  promise('loses no vote and no notice when people vote and announce at once', async ({ store, clock }) => {
    const people = ['ada', 'bob', 'cy', 'dan', 'eve'];
    await ask(store, 'a1', [quorum(6, [...people, 'flo'], { remindersMs: [1, 2, 3] })]);
    clock.set(clock.now() + SECOND);

    await together(15, async (index): Promise<unknown> => {
      const approver = people[index / 3];
      return approver === undefined ? store.announce(1) : store.vote(yes('a1', { approver }));
    });

    const approval = await store.approval('a1');
    assert.deepEqual([approval?.votes.length, approval?.noticed], [5, 3]);
    assert.equal((await notices(store)).length, 3);
  }),

  promise('begins anew with the notices of an approval that is opened anew', async ({ store, clock }) => {
    await ask(store, 'a1', [{ ...patient, require: 1 }]);
    clock.set(clock.now() + SECOND);
    await store.announce(10);
    await store.vote(yes('a1'));
    const { call } = await startedAndTakenBack(store, 'a1');
    await ask(store, 'a1', [{ ...patient, require: 1 }]);
    clock.set(clock.now() + SECOND);

    assert.equal(call, 'released');
    assert.equal(await store.announce(10), 1);
    assert.equal((await store.approval('a1'))?.noticed, 1);
    assert.equal((await allEntries(store)).filter(({ type }) => type === 'approval.reminded').length, 2);
  }),
];

async function startedAndTakenBack(
  store: PromisedStore,
  id: string,
): Promise<{ readonly call: string | undefined }> {
  const attempt = `start of ${id}`;
  const started = {
    callId: `call-${id}`,
    actionHash: 'action',
    ttlMs: MINUTE_MS,
    policies: undefined,
    attempt,
  };
  await store.start(started);
  await store.withdraw({ id: started.callId, attempt }, {});
  return { call: (await store.call(started.callId))?.state };
}
