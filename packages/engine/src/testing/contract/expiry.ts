import assert from 'node:assert/strict';
import { allEntries, type ContractCase, promise, said, together, totals } from './contract-case.ts';
import {
  charge,
  cost,
  HOUR_MS,
  hourly,
  MINUTE_MS,
  reservation,
  starting,
  TTL_MS,
  waitFor,
} from './samples.ts';

const held = { then: { kind: 'hold' }, budgets: [charge('a')] } as const;

/** What it promises about time. */
export const expiry: readonly ContractCase[] = [
  promise(
    'expires a held call at its deadline, not a millisecond before, and returns its money',
    async ({ store, clock }) => {
      await store.reserve(reservation('c1', held));
      clock.set(clock.now() + TTL_MS - 1);
      const early = await store.expire(10);
      clock.set(clock.now() + 1);

      const due = await store.expire(10);

      assert.deepEqual([early, due, await store.expire(10)], [0, 1, 0]);
      assert.deepEqual([(await store.call('c1'))?.state, await totals(store, 'a')], ['expired', [0n, 0n]]);
      assert.equal((await store.start(starting('c1'))).kind, 'not-startable');
    },
  ),

  promise(
    'denies nothing for the sake of holds that are past their deadline, however many',
    async ({ store, clock }) => {
      const budgets = [charge('a', { limit: 1_000n, amount: 1n })];
      for (let index = 0; index < 1_000; index++) {
        await store.reserve(reservation(`c${index}`, { budgets, then: { kind: 'hold' } }));
      }
      clock.set(clock.now() + TTL_MS);

      const answer = await store.reserve(
        reservation('late', { budgets: [charge('a', { limit: 1_000n, amount: 1_000n })] }),
      );

      assert.equal(answer.kind, 'reserved');
      assert.deepEqual(await totals(store, 'a'), [0n, 1_000n]);
    },
  ),

  promise('does not start a held call past its deadline, swept or not', async ({ store, clock }) => {
    await store.reserve(reservation('c1', held));
    clock.set(clock.now() + TTL_MS);

    const answer = await store.start(starting('c1'));

    assert.deepEqual(answer.kind === 'not-startable' && answer.call.state, 'expired');
    assert.deepEqual(await totals(store, 'a'), [0n, 0n]);
  }),

  promise('never returns the money of a started call by itself', async ({ store, clock }) => {
    await store.reserve(reservation('c1', { budgets: [charge('a')] }));
    await store.reserve(reservation('c2', held));
    await store.start(starting('c2'));
    clock.set(clock.now() + TTL_MS);

    const swept = await store.expire(10);

    assert.equal(swept, 2);
    assert.deepEqual(await totals(store, 'a'), [0n, 20n]);
    const open = await store.unresolved(10);
    assert.deepEqual(
      open.map(({ id, state }) => [id, state]),
      [
        ['c1', 'unresolved'],
        ['c2', 'unresolved'],
      ],
    );
    const answer = await store.settle(cost('c1', 8n));
    assert.ok(answer.kind === 'ended' && answer.first);
  }),

  promise('expires a waiting call and its approval, and returns the money', async ({ store, clock }) => {
    await store.reserve(reservation('c1', { budgets: [charge('a')], then: waitFor('a1') }));
    clock.set(clock.now() + MINUTE_MS);

    await store.expire(10);

    const [call, approval] = [await store.call('c1'), await store.approval('a1')];
    assert.deepEqual(
      [call?.state, call?.denial?.code, approval?.status],
      ['expired', 'APPROVAL_EXPIRED', 'expired'],
    );
    assert.deepEqual(await totals(store, 'a'), [0n, 0n]);
  }),

  promise('counts the time to live anew from the start', async ({ store, clock }) => {
    await store.reserve(reservation('c1', held));
    clock.set(clock.now() + TTL_MS - 1);

    const answer = await store.start(starting('c1', { ttlMs: 5_000 }));

    assert.equal(answer.kind === 'started' && answer.call.deadlineMs, clock.now() + 5_000);
    clock.set(clock.now() + 4_999);
    assert.equal(await store.expire(10), 0);
  }),

  promise('ends at most as many as asked, the longest due first', async ({ store, clock }) => {
    for (const [id, ttlMs] of [
      ['late', 300],
      ['soon', 100],
      ['next', 200],
    ] as const) {
      await store.reserve(reservation(id, { ...held, ttlMs }));
    }
    clock.set(clock.now() + 300);

    const answers = [await store.expire(2), await store.expire(2)];

    assert.deepEqual(answers, [2, 1]);
    const expired = await store.entries({ afterSeq: 0, limit: 10, types: ['call.expired'] });
    assert.deepEqual(
      expired.map(({ callId }) => callId),
      ['soon', 'next', 'late'],
    );
  }),

  promise('does not let holds past their deadline deny a reservation', async ({ store, clock }) => {
    await together(10, (index) => store.reserve(reservation(`c${index}`, held)));
    clock.set(clock.now() + TTL_MS);

    const answer = await store.reserve(reservation('new', { budgets: [charge('a', { amount: 100n })] }));

    assert.equal(answer.kind, 'reserved');
  }),

  promise('tells a repeat that the call has expired, swept or not', async ({ store, clock }) => {
    await together(30, (index) => store.reserve(reservation(`c${index}`, { ...held, budgets: [] })));
    clock.set(clock.now() + TTL_MS);

    const answer = await store.reserve(reservation('c29', { ...held, budgets: [] }));

    assert.deepEqual(answer.kind === 'reserved' && answer.call.state, 'expired');
  }),

  promise('never goes back in time, whatever the clock does', async ({ store, clock }) => {
    const start = clock.now();
    const full = hourly('a', start, { amount: 100n });
    await store.reserve(reservation('c1', { budgets: [full] }));
    clock.set(start - 5 * HOUR_MS);

    const earlier = hourly('a', clock.now(), { amount: 100n });
    const stale = await store.reserve(reservation('c2', { budgets: [earlier] }));
    await store.settle(cost('c1', 100n));
    const denied = await store.reserve(reservation('c3', { budgets: [full] }));

    assert.deepEqual(said(stale), { kind: 'stale-window', nowMs: start });
    assert.equal(denied.kind, 'refused');
    assert.ok((await allEntries(store)).every(({ at }) => at === start));
  }),
];
