import assert from 'node:assert/strict';
import type { Approval } from '../../nouns/approval.ts';
import type { ApprovalRequest } from '../../nouns/hold.ts';
import type { PromisedStore } from '../../nouns/store.ts';
import { allEntries, type ContractCase, promise, tally, together, totals } from './contract-case.ts';
import { charge, MINUTE_MS, POLICIES, quorum, reservation, starting, waitFor, yes } from './samples.ts';

async function ask(store: PromisedStore, id: string, change: Partial<ApprovalRequest> = {}): Promise<void> {
  const answer = await store.reserve(
    reservation(`call-${id}`, { budgets: [charge('a')], then: waitFor(id, change) }),
  );
  assert.equal(answer.kind, 'reserved');
}

function start(store: PromisedStore, id: string, actionHash = 'action'): ReturnType<PromisedStore['start']> {
  return store.start(starting(`call-${id}`, { actionHash }));
}

/** What it promises about people saying yes or no. */
export const approvals: readonly ContractCase[] = [
  promise('opens the approval with the hold, in one step', async ({ store, clock }) => {
    await ask(store, 'a1');

    const asked = waitFor('a1').approval;
    const { expiresInMs, ...open } = asked;
    const times = {
      policies: POLICIES,
      createdAt: clock.now(),
      expiresAt: clock.now() + expiresInMs,
      resolvedAt: undefined,
      noticed: 0,
    };
    const expected: Approval = { ...open, callId: 'call-a1', status: 'pending', votes: [], ...times };
    assert.deepEqual(await store.approval('a1'), expected);
    assert.deepEqual(await totals(store, 'a'), [0n, 10n]);
    assert.deepEqual((await store.call('call-a1'))?.approvalId, 'a1');
    assert.equal(await store.approval('nobody'), undefined);
  }),

  promise('starts a waiting call only once it is approved, and only once', async ({ store }) => {
    await ask(store, 'a1');
    const before = await start(store, 'a1');
    const vote = await store.vote(yes('a1', { comment: 'fine' }));

    const answers = await together(32, () => start(store, 'a1'));

    assert.deepEqual(before.kind === 'waiting' && before.approval.id, 'a1');
    assert.deepEqual(vote.kind === 'counted' && [vote.approval.status, vote.approval.votes[0]?.comment], [
      'approved',
      'fine',
    ]);
    assert.deepEqual(tally(answers), { started: 1, 'not-startable': 31 });
    assert.deepEqual(await totals(store, 'a'), [0n, 10n]);
  }),

  promise('demands the number of distinct people of every quorum', async ({ store }) => {
    await ask(store, 'a1', { quorums: [quorum(2, ['ada', 'bob', 'cy']), quorum(1, ['cy', 'dan'])] });
    const statuses: unknown[] = [];

    for (const approver of ['ada', 'ada', 'eve', 'bob', 'dan']) {
      const answer = await store.vote(yes('a1', { approver }));
      statuses.push(answer.kind === 'counted' ? answer.approval.status : answer.code);
    }

    assert.deepEqual(statuses, ['pending', 'pending', 'NOT_AN_APPROVER', 'pending', 'approved']);
    assert.equal((await store.approval('a1'))?.votes.length, 3);
  }),

  promise('counts one vote in every quorum that names the approver', async ({ store }) => {
    await ask(store, 'a1', { quorums: [quorum(1, ['ada']), quorum(1, ['ada', 'bob'])] });

    const answer = await store.vote(yes('a1'));

    assert.equal(answer.kind === 'counted' && answer.approval.status, 'approved');
  }),

  promise(
    'tells who says the same again that it counted, and lets nobody take it back',
    async ({ store }) => {
      await ask(store, 'a1', { quorums: [quorum(2, ['ada', 'bob'])] });
      const first = await store.vote(yes('a1'));
      const entries = await allEntries(store);

      const answers = [
        await store.vote(yes('a1', { comment: 'once more' })),
        await store.vote(yes('a1', { verdict: 'deny' })),
        await store.vote(yes('a1', { actionHash: 'other' })),
      ];

      assert.deepEqual(answers, [
        first,
        { kind: 'refused', code: 'ALREADY_VOTED' },
        { kind: 'refused', code: 'ACTION_CHANGED' },
      ]);
      assert.deepEqual(await allEntries(store), entries);
      const last = await store.vote(yes('a1', { approver: 'bob' }));
      assert.deepEqual(await store.vote(yes('a1', { approver: 'bob' })), last);
    },
  ),

  promise('counts each of 64 equal votes at once a single time', async ({ store }) => {
    await ask(store, 'a1', { quorums: [quorum(2, ['ada', 'bob'])] });

    const answers = await together(64, () => store.vote(yes('a1')));

    assert.deepEqual(tally(answers), { counted: 64 });
    assert.deepEqual(
      [(await store.approval('a1'))?.status, (await store.approval('a1'))?.votes.length],
      ['pending', 1],
    );
    const said = (await allEntries(store)).filter(({ type }) => type === 'approval.decision_submitted');
    assert.equal(said.length, 1);
  }),

  promise('says why a vote does not count, the first reason in precedence', async ({ store }) => {
    await ask(store, 'open', { quorums: [quorum(2, ['ada', 'bob'])] });
    await ask(store, 'closed');
    await store.vote(yes('closed'));
    await store.vote(yes('open'));

    const answers = [
      await store.vote(yes('nobody', { approver: 'eve', actionHash: 'other' })),
      await store.vote(yes('closed', { approver: 'eve', actionHash: 'other' })),
      await store.vote(yes('closed', { actionHash: 'other' })),
      await store.vote(yes('open', { actionHash: 'other' })),
      await store.vote(yes('open', { verdict: 'deny' })),
    ];

    const codes = answers.map((answer) => answer.kind === 'refused' && answer.code);
    assert.deepEqual(codes, [
      'APPROVAL_NOT_FOUND',
      'NOT_AN_APPROVER',
      'APPROVAL_RESOLVED',
      'ACTION_CHANGED',
      'ALREADY_VOTED',
    ]);
  }),

  promise('ends the call at the first no, returns the money, and tells a repeat', async ({ store }) => {
    await ask(store, 'a1', { quorums: [quorum(2, ['ada', 'bob'])] });
    await store.vote(yes('a1'));

    const answer = await store.vote(yes('a1', { approver: 'bob', verdict: 'deny' }));

    assert.equal(answer.kind === 'counted' && answer.approval.status, 'denied');
    assert.deepEqual(await totals(store, 'a'), [0n, 0n]);
    const repeat = await store.reserve(reservation('call-a1', { budgets: [charge('a')] }));
    assert.deepEqual(repeat.kind === 'reserved' && [repeat.call.state, repeat.call.denial?.code], [
      'released',
      'APPROVAL_DENIED',
    ]);
    assert.equal((await start(store, 'a1')).kind, 'not-startable');
  }),

  promise('refuses votes from its expiry on, swept or not', async ({ store, clock }) => {
    await ask(store, 'a1');
    clock.set(clock.now() + MINUTE_MS);

    const answer = await store.vote(yes('a1'));

    assert.deepEqual(answer, { kind: 'refused', code: 'APPROVAL_RESOLVED' });
    assert.equal((await store.approval('a1'))?.status, 'expired');
    assert.deepEqual(await totals(store, 'a'), [0n, 0n]);
  }),

  promise('shows an approval past its deadline as expired', async ({ store, clock }) => {
    await ask(store, 'a1');
    clock.set(clock.now() + MINUTE_MS);

    assert.equal((await store.approval('a1'))?.status, 'expired');
  }),

  promise('does not start another action than the approved one, and ends the call', async ({ store }) => {
    await ask(store, 'a1');
    await store.vote(yes('a1'));

    const answer = await start(store, 'a1', 'other');

    assert.ok(answer.kind === 'not-startable');
    assert.deepEqual([answer.call.state, answer.call.denial?.code], ['released', 'APPROVAL_MISMATCH']);
    assert.deepEqual(answer.call, await store.call('call-a1'));
    assert.deepEqual(
      [await totals(store, 'a'), (await store.approval('a1'))?.status],
      [[0n, 0n], 'cancelled'],
    );
    assert.equal((await start(store, 'a1')).kind, 'not-startable');
  }),

  promise('resolves once when yes and no race', async ({ store }) => {
    for (let round = 0; round < 20; round++) {
      const id = `a${round}`;
      await ask(store, id, { quorums: [quorum(1, ['ada', 'bob'])] });
      const votes = [yes(id), yes(id, { approver: 'bob', verdict: 'deny' })];
      if (round % 2 === 1) votes.reverse();

      const answers = await Promise.all(votes.map((vote) => store.vote(vote)));

      assert.deepEqual(tally(answers), { counted: 1, refused: 1 });
      if ((await start(store, id)).kind === 'started') await store.release(`call-${id}`, {});
    }
    assert.deepEqual(await totals(store, 'a'), [0n, 0n]);
  }),

  promise('lists approvals newest first, by status and by approver', async ({ store }) => {
    await ask(store, 'a1');
    await ask(store, 'a2', { quorums: [quorum(1, ['bob']), quorum(1, ['ada'])] });
    await ask(store, 'a3', { quorums: [quorum(1, ['bob'])] });
    await store.vote(yes('a1'));
    const list = async (filter: Parameters<PromisedStore['approvals']>[0]): Promise<string> =>
      (await store.approvals(filter)).map(({ id }) => id).join(' ');

    assert.equal(await list({ limit: 10 }), 'a3 a2 a1');
    assert.equal(await list({ limit: 2 }), 'a3 a2');
    assert.equal(await list({ status: 'pending', limit: 10 }), 'a3 a2');
    assert.equal(await list({ approver: 'ada', limit: 10 }), 'a2 a1');
    assert.equal(await list({ approver: 'ada', status: 'approved', limit: 10 }), 'a1');
    assert.equal(await list({ approver: 'eve', limit: 10 }), '');
  }),

  promise('records the question, every vote and the end of an approval', async ({ store }) => {
    await ask(store, 'a1', { quorums: [quorum(2, ['ada', 'bob'])] });
    await store.vote(yes('a1'));
    await store.vote(yes('a1', { approver: 'bob' }));
    await ask(store, 'a2');
    await store.vote(yes('a2', { verdict: 'deny' }));

    const types = (await allEntries(store)).map(({ type }) => type.replace('approval.', ''));
    const asked = ['call.reserved', 'created'];
    const approved = ['decision_submitted', 'decision_submitted', 'approved'];
    assert.deepEqual(types, [
      ...asked,
      ...approved,
      ...asked,
      'decision_submitted',
      'denied',
      'call.released',
    ]);
  }),
];
