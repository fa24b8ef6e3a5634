import assert from 'node:assert/strict';
import type { ApprovalRequest } from '../../nouns/hold.ts';
import type { PromisedStore } from '../../nouns/store.ts';
import { allEntries, type ContractCase, promise, tally, together, totals } from './contract-case.ts';
import {
  call,
  charge,
  cost,
  MINUTE_MS,
  quorum,
  refusing,
  reservation,
  starting,
  waitFor,
  yes,
} from './samples.ts';

async function ask(store: PromisedStore, id: string, change: Partial<ApprovalRequest> = {}): Promise<void> {
  await askFor(store, { callId: `call-${id}`, id, change });
}

async function askFor(
  store: PromisedStore,
  asked: { readonly callId: string; readonly id: string; readonly change?: Partial<ApprovalRequest> },
): Promise<void> {
  const { callId, id, change = {} } = asked;
  await store.reserve(reservation(callId, { budgets: [charge('a')], then: waitFor(id, change) }));
}

async function cancel(store: PromisedStore, approvalId: string): ReturnType<PromisedStore['cancel']> {
  return store.cancel({ approvalId, facts: { by: 'ops' } });
}

const RESOLVED = { kind: 'refused', code: 'APPROVAL_RESOLVED' };

/** What it promises about questions that somebody withdraws. */
export const cancellations: readonly ContractCase[] = [
  promise('withdraws what waits and what was granted, and returns the money', async ({ store, clock }) => {
    for (const id of ['waiting', 'granted']) {
      await ask(store, id);
      if (id === 'granted') await store.vote(yes(id));
      const before = await store.approval(id);

      const answer = await cancel(store, id);

      const cancelled = { ...before, status: 'cancelled', resolvedAt: clock.now() };
      assert.deepEqual(answer, { kind: 'cancelled', approval: cancelled });
      assert.deepEqual(await store.approval(id), cancelled);
      assert.deepEqual(await totals(store, 'a'), [0n, 0n]);
      const call = await store.call(`call-${id}`);
      assert.deepEqual(
        [call?.state, call?.denial?.code, call?.denial?.callId, call?.deadlineMs, call?.endedAt],
        ['released', 'APPROVAL_CANCELLED', `call-${id}`, undefined, clock.now()],
      );
    }
  }),

  promise(
    'takes back what a granted question let its session do, unless another one lets it do so for longer',
    async ({ store, clock }) => {
      const quorums = (ms: number) => ({ quorums: [quorum(1, ['ada'], { elevatesForMs: ms })] });
      for (const [id, ms] of [
        ['short', 5_000],
        ['long', 60_000],
      ] as const) {
        await ask(store, id, quorums(ms));
        await store.vote(yes(id));
      }
      const elevated = async (): Promise<readonly number[]> =>
        (await store.session(call('any'))).elevations.map(({ untilMs }) => untilMs - clock.now());

      await cancel(store, 'short');
      const left = await elevated();
      await cancel(store, 'long');
      await ask(store, 'waiting', quorums(5_000));
      await cancel(store, 'waiting');

      assert.deepEqual([left, await elevated()], [[60_000], []]);
    },
  ),

  promise(
    'tells repeats of a call that was withdrawn, and starts and counts nothing more',
    async ({ store }) => {
      await ask(store, 'a1');
      await cancel(store, 'a1');

      const repeat = await store.reserve(
        reservation('call-a1', { budgets: [charge('a')], then: waitFor('a1') }),
      );

      assert.ok(repeat.kind === 'reserved');
      assert.deepEqual([repeat.call.state, repeat.call.denial?.code], ['released', 'APPROVAL_CANCELLED']);
      assert.deepEqual(await store.vote(yes('a1')), RESOLVED);
      assert.equal((await store.start(starting('call-a1'))).kind, 'not-startable');
      assert.deepEqual(await totals(store, 'a'), [0n, 0n]);
    },
  ),

  promise('records who withdrew it, which nobody can forge', async ({ store }) => {
    await ask(store, 'a1');
    const facts = { by: 'ops', note: 'wrong shop', approval: 'a2', status: 'pending' };

    await store.cancel({ approvalId: 'a1', facts });

    const last = (await allEntries(store))
      .slice(2)
      .map(({ type, callId, facts: said }) => [type, callId, said]);
    assert.deepEqual(last, [
      [
        'approval.cancelled',
        'call-a1',
        { by: 'ops', note: 'wrong shop', approval: 'a1', status: 'cancelled' },
      ],
      ['call.released', 'call-a1', { reason: 'APPROVAL_CANCELLED' }],
    ]);
  }),

  promise('tells who withdraws it again the same, and writes nothing', async ({ store, clock }) => {
    await ask(store, 'a1');
    const [first, ...others] = await together(32, () => cancel(store, 'a1'));
    const entries = await allEntries(store);
    clock.set(clock.now() + 2 * MINUTE_MS);

    others.push(await cancel(store, 'a1'));

    for (const answer of others) assert.deepEqual(answer, first);
    assert.equal(first?.kind, 'cancelled');
    assert.deepEqual(await allEntries(store), entries);
    assert.equal(entries.length, 4);
  }),

  promise('leaves a call that has started, and whatever has ended, as it is', async ({ store }) => {
    for (const id of ['started', 'settled', 'unresolved', 'released', 'denied']) {
      await ask(store, id);
      await store.vote(yes(id, { verdict: id === 'denied' ? 'deny' : 'approve' }));
      await store.start(starting(`call-${id}`));
    }
    await store.settle(cost('call-settled', 4n));
    await store.suspend('call-unresolved', {});
    await store.release('call-released', {});
    const before = await allEntries(store);

    for (const id of ['started', 'settled', 'unresolved', 'released', 'denied'])
      assert.deepEqual(await cancel(store, id), RESOLVED);

    assert.deepEqual(await allEntries(store), before);
    assert.deepEqual(await totals(store, 'a'), [4n, 20n]);
    assert.equal((await store.call('call-started'))?.state, 'started');
    assert.equal((await store.approval('started'))?.status, 'approved');
  }),

  promise('knows nothing of an approval that nobody asked', async ({ store }) => {
    assert.deepEqual(await cancel(store, 'a1'), { kind: 'refused', code: 'APPROVAL_NOT_FOUND' });
    assert.deepEqual(await allEntries(store), []);
  }),

  promise('withdraws nothing from its expiry on, swept or not', async ({ store, clock }) => {
    await ask(store, 'a1');
    clock.set(clock.now() + MINUTE_MS);

    assert.deepEqual(await cancel(store, 'a1'), RESOLVED);
    assert.equal((await store.approval('a1'))?.status, 'expired');
    assert.equal((await store.call('call-a1'))?.denial?.code, 'APPROVAL_EXPIRED');
  }),

  promise('tells that it is withdrawn where policy did so before', async ({ store }) => {
    await ask(store, 'a1');
    await store.refuse(refusing('call-a1'));
    const before = await allEntries(store);

    const answer = await cancel(store, 'a1');

    assert.deepEqual(answer, { kind: 'cancelled', approval: await store.approval('a1') });
    assert.deepEqual(await allEntries(store), before);
    assert.equal((await store.call('call-a1'))?.denial?.code, 'TOOL_DENIED');
  }),

  promise('does not end a call by an approval that it has used', async ({ store }) => {
    await ask(store, 'a1');
    await store.vote(yes('a1'));
    const start = starting('call-a1');
    await store.start(start);
    await store.withdraw({ id: 'call-a1', attempt: start.attempt }, {});
    await askFor(store, { callId: 'call-a1', id: 'a2' });

    assert.deepEqual(await cancel(store, 'a1'), RESOLVED);
    assert.deepEqual(
      [(await store.call('call-a1'))?.state, (await store.approval('a2'))?.status],
      ['waiting', 'pending'],
    );
    assert.deepEqual(await totals(store, 'a'), [0n, 10n]);
  }),

  promise('resolves once when a vote and a withdrawal race', async ({ store }) => {
    for (let round = 0; round < 20; round++) {
      const [id, verdict] = [`a${round}`, round % 4 < 2 ? 'approve' : 'deny'] as const;
      await ask(store, id, { quorums: [quorum(1, ['ada'])] });
      const steps = [() => store.vote(yes(id, { verdict })), () => cancel(store, id)];
      if (round % 2 === 1) steps.reverse();

      const answers = await Promise.all(steps.map((step): Promise<{ readonly kind: string }> => step()));

      const { status } = (await store.approval(id)) ?? {};
      const withdrawn = tally(answers)['cancelled'] ?? 0;
      assert.equal(status, withdrawn === 1 ? 'cancelled' : 'denied');
      assert.ok(verdict === 'deny' || withdrawn === 1, 'expected a granted approval to be withdrawn');
      assert.equal((await store.start(starting(`call-${id}`))).kind, 'not-startable');
    }
    assert.deepEqual(await totals(store, 'a'), [0n, 0n]);
  }),

  promise('starts a call or withdraws it when both race', async ({ store }) => {
    for (let round = 0; round < 20; round++) {
      const id = `a${round}`;
      await ask(store, id);
      await store.vote(yes(id));
      const steps = [() => store.start(starting(`call-${id}`)), () => cancel(store, id)];
      if (round % 2 === 1) steps.reverse();

      const answers = await Promise.all(steps.map((step): Promise<{ readonly kind: string }> => step()));

      const kinds = answers.map(({ kind }) => kind).sort();
      const isStarted = kinds.includes('started');
      assert.deepEqual(kinds, isStarted ? ['refused', 'started'] : ['cancelled', 'not-startable']);
      assert.deepEqual(await totals(store, 'a'), [0n, isStarted ? 10n : 0n]);
      await store.release(`call-${id}`, {});
    }
  }),
];
