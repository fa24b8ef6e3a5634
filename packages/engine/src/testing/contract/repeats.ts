import assert from 'node:assert/strict';
import { allEntries, type ContractCase, promise, said, tally, together, totals } from './contract-case.ts';
import {
  again,
  call,
  charge,
  cost,
  HOUR_MS,
  rate,
  refusing,
  reservation,
  starting,
  TTL_MS,
  waitFor,
} from './samples.ts';

const named = reservation('c1', { budgets: [charge('a')], rates: [rate('r')] });

function unnamed(id: string): ReturnType<typeof reservation> {
  return again({ ...named, call: call(id, { fingerprint: 'print' }) });
}

/** What it promises about asking again. */
export const repeats: readonly ContractCase[] = [
  promise('gives a repeated request the first answer and changes nothing', async ({ store }) => {
    const first = await store.reserve(named);

    const second = await store.reserve(again(named));

    assert.deepEqual(second, { ...first, fresh: false });
    assert.deepEqual(await totals(store, 'a'), [0n, 10n]);
    assert.deepEqual(
      (await allEntries(store)).map(({ type }) => type),
      ['call.reserved'],
    );
  }),

  promise('repeats a denial even when there is room by then', async ({ store }) => {
    await store.reserve(reservation('c0', { budgets: [charge('a', { amount: 95n })] }));
    const first = await store.reserve(named);
    await store.release('c0', {});

    const second = await store.reserve(again(named));

    assert.ok(first.kind === 'refused' && first.fresh && first.denial.callId === 'c1');
    assert.deepEqual(said(second), { ...said(first), fresh: false });
    assert.equal((await store.call('c1'))?.state, 'denied');
  }),

  promise(
    'tells another request of the same id that it is in conflict, and changes nothing',
    async ({ store }) => {
      await store.reserve(named);
      const before = await allEntries(store);
      const other = { ...named, call: call('c1', { requestHash: 'other' }) };

      const answers = [await store.reserve(other), await store.refuse(refusing('c1', { call: other.call }))];

      const conflict = { kind: 'conflict', callId: 'c1' };
      assert.deepEqual(answers.map(said), [conflict, conflict]);
      assert.deepEqual(await allEntries(store), before);
    },
  ),

  promise('is fresh once for 256 identical requests at once', async ({ store }) => {
    const answers = await together(256, () => store.reserve(again(named)));

    assert.equal(answers.filter((answer) => answer.kind === 'reserved' && answer.fresh).length, 1);
    assert.equal(answers.filter((answer) => answer.kind === 'reserved').length, 256);
    assert.deepEqual(await totals(store, 'a'), [0n, 10n]);
  }),

  promise('joins equal calls that nobody named while one of them is open', async ({ store }) => {
    const answers = await together(256, (index) => store.reserve(unnamed(`c${index}`)));

    const ids = new Set(answers.map((answer) => answer.kind === 'reserved' && answer.call.id));
    assert.equal(ids.size, 1);
    assert.equal(answers.filter((answer) => answer.kind === 'reserved' && answer.fresh).length, 1);
    assert.deepEqual(await totals(store, 'a'), [0n, 10n]);
  }),

  promise('joins a call whose outcome nobody knows', async ({ store }) => {
    await store.reserve(unnamed('c1'));
    await store.suspend('c1', {});

    const answer = await store.reserve(unnamed('c2'));

    assert.deepEqual(answer.kind === 'reserved' && [answer.fresh, answer.call.id, answer.call.state], [
      false,
      'c1',
      'unresolved',
    ]);
  }),

  promise(
    'starts an unnamed call anew once the one before has ended, however it ended',
    async ({ store, clock }) => {
      const ends = [
        (id: string) => store.settle(cost(id, 1n)),
        (id: string) => store.release(id, {}),
        () => Promise.resolve(clock.set(clock.now() + TTL_MS)),
      ];

      for (const [index, end] of ends.entries()) {
        const answer = await store.reserve({ ...unnamed(`c${index}`), rates: [], then: { kind: 'hold' } });

        assert.deepEqual(answer.kind === 'reserved' && [answer.fresh, answer.call.id], [true, `c${index}`]);
        await end(`c${index}`);
      }
      const last = await store.reserve({ ...unnamed('last'), rates: [] });
      assert.ok(last.kind === 'reserved' && last.fresh);
    },
  ),

  promise(
    'judges an unnamed call anew after a denial, and repeats the denial to the denied one',
    async ({ store }) => {
      await store.reserve(reservation('c0', { budgets: [charge('a', { amount: 95n })] }));
      const denied = await store.reserve(unnamed('c1'));
      await store.release('c0', {});

      const answers = [await store.reserve(unnamed('c1')), await store.reserve(unnamed('c2'))];

      assert.ok(denied.kind === 'refused' && denied.fresh);
      assert.deepEqual(answers[0] && said(answers[0]), { ...said(denied), fresh: false });
      assert.ok(answers[1]?.kind === 'reserved' && answers[1].fresh);
    },
  ),

  promise('does not revive an unnamed call for a late repeat of its own id', async ({ store }) => {
    await store.reserve(unnamed('c1'));
    await store.settle(cost('c1', 10n));

    const late = await store.reserve(unnamed('c1'));

    assert.deepEqual(late.kind === 'reserved' && [late.fresh, late.call.state], [false, 'settled']);
    assert.deepEqual(await totals(store, 'a'), [10n, 0n]);
  }),

  promise('tells a repeat how the call ended', async ({ store }) => {
    await store.reserve(named);
    await store.settle(cost('c1', 4n));

    const answer = await store.reserve(named);

    assert.ok(answer.kind === 'reserved' && !answer.fresh);
    assert.deepEqual([answer.call.state, answer.call.charged], ['settled', { units: 4n, asset: 'USD/6' }]);
  }),

  promise('answers repeats for 72 hours after the end', async ({ store, clock }) => {
    await store.reserve(reservation('c1', { budgets: [charge('a')] }));
    await store.settle(cost('c1', 4n));

    clock.set(clock.now() + 72 * HOUR_MS);
    await store.expire(100);
    const kept = await store.reserve(reservation('c1', { budgets: [charge('a')] }));

    assert.ok(kept.kind === 'reserved' && !kept.fresh);
  }),

  promise(
    'keeps a call that ended for as long as its next attempt is known, through any number of them',
    async ({ store, clock }) => {
      const ids = ['c1', 'c1.2', 'c1.3', 'c1.4'];
      for (const id of ids) {
        await store.reserve(reservation(id, { budgets: [charge('a')] }));
        if (id === ids.at(-1)) await store.suspend(id, {});
        else await store.release(id, {});
        clock.set(clock.now() + HOUR_MS);
      }

      const known: (readonly string[])[] = [];
      for (let days = 0; days < 3; days++) {
        clock.set(clock.now() + 73 * HOUR_MS);
        await store.expire(100);
        const records = await Promise.all(ids.map((id) => store.call(id)));
        known.push(records.map((record) => record?.state ?? 'forgotten'));
      }
      const repeat = await store.reserve(reservation('c1', { budgets: [charge('a')] }));

      assert.deepEqual(known, Array(3).fill(['released', 'released', 'released', 'unresolved']));
      assert.ok(repeat.kind === 'reserved' && !repeat.fresh);
      assert.deepEqual(await totals(store, 'a'), [0n, 10n]);
    },
  ),

  promise(
    'keeps a call that ended for as long as its next attempt answers repeats',
    async ({ store, clock }) => {
      await store.reserve(named);
      await store.release('c1', {});
      clock.set(clock.now() + 71 * HOUR_MS);
      await store.refuse(refusing('c1.2'));

      clock.set(clock.now() + 71 * HOUR_MS);
      for (let sweeps = 0; sweeps < 5; sweeps++) await store.expire(100);

      assert.deepEqual(
        [(await store.call('c1'))?.state, (await store.call('c1.2'))?.state],
        ['released', 'denied'],
      );
    },
  ),

  promise('records a refusal once and repeats it', async ({ store }) => {
    const first = await store.refuse(refusing('c1', { facts: { framework: 'test' } }));

    const repeated = [await store.refuse(refusing('c1')), await store.reserve(again(named))];

    assert.ok(first.kind === 'refused' && first.fresh && first.denial.code === 'TOOL_DENIED');
    assert.deepEqual(repeated, [
      { ...first, fresh: false },
      { ...first, fresh: false },
    ]);
    const entries = await allEntries(store);
    assert.deepEqual(
      entries.map(({ type, callId }) => [type, callId]),
      [['call.denied', 'c1']],
    );
  }),

  promise(
    'ends a held or waiting call that policy denies by now, and returns its money',
    async ({ store }) => {
      await store.reserve({ ...named, then: { kind: 'hold' } });
      await store.reserve({ ...named, call: call('c2'), then: waitFor('a2') });

      const answers = [await store.refuse(refusing('c1')), await store.refuse(refusing('c2'))];

      assert.deepEqual(tally(answers), { refused: 2 });
      assert.deepEqual(await totals(store, 'a'), [0n, 0n]);
      assert.equal((await store.approval('a2'))?.status, 'cancelled');
      assert.equal((await store.start(starting('c2'))).kind, 'not-startable');
    },
  ),

  promise('leaves a call that has started or ended as it is when policy denies it', async ({ store }) => {
    await store.reserve(named);

    const started = await store.refuse(refusing('c1'));
    await store.settle(cost('c1', 4n));
    const ended = await store.refuse(refusing('c1'));

    const states = [started, ended].map((answer) => answer.kind === 'reserved' && answer.call.state);
    assert.deepEqual(states, ['started', 'settled']);
    assert.deepEqual(await totals(store, 'a'), [4n, 0n]);
  }),

  promise('tells exactly one of 64 callers to start a held call', async ({ store }) => {
    await store.reserve({ ...named, then: { kind: 'hold' } });

    const answers = await together(64, () => store.start(starting('c1')));

    assert.deepEqual(tally(answers), { started: 1, 'not-startable': 63 });
    assert.equal((await store.start(starting('nobody'))).kind, 'unknown-call');
  }),
];
