import assert from 'node:assert/strict';
import type { BudgetCharge, BudgetStatus } from '../../nouns/charge.ts';
import type { ReserveAnswer } from '../../nouns/hold.ts';
import { fakeRandom } from '../fake-random.ts';
import {
  allEntries,
  type ContractCase,
  promise,
  said,
  type Tested,
  tally,
  together,
} from './contract-case.ts';
import {
  call,
  charge,
  cost,
  HOUR_MS,
  hourly,
  MINUTE_MS,
  reservation,
  rolling,
  ROLLING_MS,
  SLICE_MS,
} from './samples.ts';

function ask(
  { store, clock }: Tested,
  id: string,
  change: Partial<BudgetCharge> = {},
): Promise<ReserveAnswer> {
  return store.reserve(reservation(id, { budgets: [rolling('a', clock.now(), change)] }));
}

async function standing({ store, clock }: Tested): Promise<BudgetStatus> {
  const { budgets } = await store.status([rolling('a', clock.now())], []);
  return budgets[0] ?? assert.fail('expected a status for each charge');
}

/** Spent and held of the rolling budget. */
async function sums(tested: Tested): Promise<readonly [bigint, bigint]> {
  const { spent, held } = await standing(tested);
  return [spent, held];
}

/** Moves on to the next instant at which a slice begins, so that times are easy to tell. */
function toNextSlice({ clock }: Tested): number {
  const startMs = clock.now() - (clock.now() % SLICE_MS) + SLICE_MS;
  clock.set(startMs);
  return startMs;
}

function isFrozen(answer: ReserveAnswer): boolean {
  return answer.kind === 'refused' && answer.denial.code === 'BUDGET_FROZEN';
}

/** What it promises about budgets of rolling windows. */
export const rollingBudgets: readonly ContractCase[] = [
  promise(
    'counts a charge until all of its slice is a window ago, and not a millisecond longer',
    async (tested) => {
      const startMs = toNextSlice(tested);
      tested.clock.set(startMs + SLICE_MS - 1);
      await ask(tested, 'c1', { amount: 100n });

      tested.clock.set(startMs + SLICE_MS + ROLLING_MS - 1);
      const before = await ask(tested, 'c2', { amount: 1n });
      tested.clock.set(startMs + SLICE_MS + ROLLING_MS);
      const after = await ask(tested, 'c3', { amount: 100n });

      assert.deepEqual([before.kind, after.kind], ['refused', 'reserved']);
    },
  ),

  promise('never spends more than the limit in any stretch of the length of the window', async (tested) => {
    const { clock, store } = tested;
    const random = fakeRandom(5);
    const granted: { at: number; amount: bigint }[] = [];
    for (let index = 0; index < 400; index++) {
      clock.set(clock.now() + random.below(random.below(4) === 0 ? ROLLING_MS : 2 * SLICE_MS));
      const now = clock.now();
      const amount = BigInt(1 + random.below(60));
      const within = (ms: number): bigint =>
        granted.filter(({ at }) => at > now - ms).reduce((sum, one) => sum + one.amount, 0n);
      const room = within(ROLLING_MS + SLICE_MS) + amount <= 100n;

      const answer = await ask(tested, `c${index}`, { amount });

      assert.ok(answer.kind === 'reserved' || !room, 'denied although there was room');
      if (answer.kind !== 'reserved') continue;
      const cheaper = BigInt(random.below(Number(amount) + 1));
      if (random.below(3) === 0) await store.settle(cost(`c${index}`, cheaper));
      granted.push({ at: now, amount: (await store.call(`c${index}`))?.charged?.units ?? amount });
      assert.ok(within(ROLLING_MS) <= 100n, `${within(ROLLING_MS)} within the window`);
    }
    assert.ok(granted.length > 100);
  }),

  promise('grants 256 callers at once exactly what fits beside the slices before', async (tested) => {
    const change = { limit: 1_000_003n, amount: 7_919n };
    toNextSlice(tested);
    await together(26, (index) => ask(tested, `before${index}`, change));
    toNextSlice(tested);

    const answers = await together(256, (index) => ask(tested, `c${index}`, change));

    assert.deepEqual(tally(answers), { reserved: 100, refused: 156 });
    assert.deepEqual(await sums(tested), [0n, 126n * 7_919n]);
  }),

  promise('answers the sums of its slices, and when the oldest of them leaves', async (tested) => {
    const { store, clock } = tested;
    const empty = await standing(tested);
    const firstMs = toNextSlice(tested);
    await ask(tested, 'c1', { amount: 30n });
    await store.settle(cost('c1', 20n));
    toNextSlice(tested);

    const answer = await ask(tested, 'c2', { amount: 25n });

    assert.deepEqual(
      [empty.spent, empty.held, empty.left, empty.resetsAt, empty.resetsInMs],
      [0n, 0n, 100n, undefined, undefined],
    );
    const told = answer.kind === 'reserved' ? answer.budgets[0] : undefined;
    const resetsAt = firstMs + SLICE_MS + ROLLING_MS;
    assert.deepEqual(
      [told?.spent, told?.held, told?.left, told?.resetsAt, told?.resetsInMs],
      [20n, 25n, 55n, resetsAt, resetsAt - clock.now()],
    );
    clock.set(resetsAt);
    assert.deepEqual(await sums(tested), [0n, 25n]);
  }),

  promise('does not wait for a slice in which nothing is left', async (tested) => {
    const { store, clock } = tested;
    await ask(tested, 'c1');
    await store.release('c1', {});
    const released = await standing(tested);
    const nextMs = toNextSlice(tested);
    await ask(tested, 'c2');

    assert.equal(released.resetsAt, undefined);
    assert.equal((await standing(tested)).resetsAt, nextMs + SLICE_MS + ROLLING_MS);
    assert.ok(clock.now() < nextMs + SLICE_MS);
  }),

  promise(
    'counts nothing of what it rejects, neither in a rolling window nor in a session',
    async (tested) => {
      const { store, clock } = tested;
      await ask(tested, 'c1');
      const asked = { budgets: [rolling('a', clock.now())], session: { writes: true } };
      const unwritable = { ...asked, facts: { text: '\ud800' } };
      await store.reserve(reservation('c2', asked));

      const settled = await Promise.allSettled([
        store.reserve(reservation('c3', unwritable)),
        store.reserve(reservation('c4', asked)),
      ]);

      await assert.rejects(store.reserve(reservation('c5', unwritable)));

      assert.deepEqual(
        settled.map(({ status }) => status),
        ['rejected', 'fulfilled'],
      );
      assert.deepEqual(await sums(tested), [0n, 30n]);
      assert.equal((await store.session(call('any'))).calls, 2);
    },
  ),

  promise('posts the end of a call to the slice of its reservation', async (tested) => {
    const { store, clock } = tested;
    const firstMs = toNextSlice(tested);
    for (const id of ['settled', 'released', 'late']) await ask(tested, id);
    toNextSlice(tested);
    await store.settle(cost('settled', 6n));
    await store.release('released', {});
    const between = await sums(tested);

    clock.set(firstMs + SLICE_MS + ROLLING_MS);
    await store.settle(cost('late', 9n));

    assert.deepEqual(
      [between, await sums(tested)],
      [
        [6n, 10n],
        [0n, 0n],
      ],
    );
  }),

  promise('says when the same call fits a rolling window, and is right about it', async (tested) => {
    const { clock } = tested;
    const startMs = toNextSlice(tested);
    for (const amount of [20n, 30n, 40n]) {
      await ask(tested, `of ${amount}`, { amount });
      clock.set(clock.now() + SLICE_MS + 1_234);
    }

    const answer = await ask(tested, 'c1', { amount: 50n });

    const waitMs = answer.kind === 'refused' ? (answer.denial.retryAfterMs ?? 0) : 0;
    assert.equal(clock.now() + waitMs, startMs + 2 * SLICE_MS + ROLLING_MS);
    clock.set(clock.now() + waitMs - 1);
    assert.equal((await ask(tested, 'c2', { amount: 50n })).kind, 'refused');
    clock.set(clock.now() + 1);
    assert.equal((await ask(tested, 'c3', { amount: 50n })).kind, 'reserved');
  }),

  promise(
    'counts two charges of one rolling window twice, and names no time where none helps',
    async (tested) => {
      const { store, clock } = tested;
      const twice = (amount: bigint) => [
        rolling('a', clock.now(), { amount }),
        rolling('a', clock.now(), { amount }),
      ];

      const never = await store.reserve(reservation('c1', { budgets: twice(51n) }));
      const now = await store.reserve(reservation('c2', { budgets: twice(50n) }));
      const later = await store.reserve(reservation('c3', { budgets: twice(50n) }));

      const waits = [never, later].map((answer) => answer.kind === 'refused' && answer.denial.retryAfterMs);
      assert.equal(now.kind, 'reserved');
      assert.deepEqual(waits, [undefined, ROLLING_MS + SLICE_MS - (clock.now() % SLICE_MS)]);
    },
  ),

  promise(
    'freezes a rolling budget by all its slices together, and until somebody lifts that',
    async (tested) => {
      const { store, clock } = tested;
      await ask(tested, 'c1', { amount: 60n });
      toNextSlice(tested);
      await ask(tested, 'c2', { amount: 30n });
      await store.settle(cost('c2', 40n));
      const within = await standing(tested);
      await ask(tested, 'c3', { amount: 0n });

      await store.settle(cost('c3', 1n));

      assert.equal(within.frozen, false);
      assert.ok((await standing(tested)).frozen);
      clock.set(clock.now() + 3 * ROLLING_MS);
      const frozen = await ask(tested, 'c4', { amount: 0n });
      assert.ok(isFrozen(frozen));
      assert.equal(await store.unfreeze('a', {}), true);
      assert.equal((await ask(tested, 'c5', { amount: 100n })).kind, 'reserved');
    },
  ),

  promise('freezes a rolling budget for a forced debit to a slice that counts no more', async (tested) => {
    await ask(tested, 'c1', { amount: 90n });
    tested.clock.set(tested.clock.now() + 2 * ROLLING_MS);

    await tested.store.settle(cost('c1', 101n));

    assert.deepEqual([await sums(tested), (await standing(tested)).frozen], [[0n, 0n], true]);
  }),

  promise('keeps what an old slice holds until its call ends', async (tested) => {
    const { store, clock } = tested;
    const startMs = toNextSlice(tested);
    await ask(tested, 'c1', { amount: 90n });
    clock.set(clock.now() + 2 * ROLLING_MS);
    await ask(tested, 'c2', { amount: 100n });

    const slice = charge('a', { startMs });
    const before = await store.status([slice], []);
    const ended = await store.settle(cost('c1', 40n));

    assert.equal(before.budgets[0]?.held, 90n);
    assert.ok(ended.kind === 'ended' && ended.first);
    assert.deepEqual((await store.status([slice], [])).budgets[0]?.held, 0n);
    assert.deepEqual(await sums(tested), [0n, 100n]);
  }),

  promise('changes nothing for a slice that does not contain its time', async (tested) => {
    const { store, clock } = tested;
    const nowMs = toNextSlice(tested);

    for (const otherMs of [nowMs - 1, nowMs + SLICE_MS]) {
      const budgets = [charge('b'), rolling('a', otherMs)];
      const answer = await store.reserve(reservation('c1', { budgets }));

      assert.deepEqual(said(answer), { kind: 'stale-window', nowMs: clock.now() });
    }
    assert.deepEqual(await allEntries(store), []);
  }),

  promise('names the budget that has no room by its scope and its window', async ({ store, clock }) => {
    const nowMs = clock.now();
    const budgets = [
      charge('life', { scope: 'tenant', amount: 101n }),
      hourly('hour', nowMs, { scope: 'session', amount: 101n }),
      charge('month', { scope: 'merchant', window: 'month', amount: 101n }),
      rolling('any', nowMs, { scope: 'agent', window: 'rolling 24h', rollingMs: 24 * HOUR_MS, amount: 101n }),
    ];

    const answer = await store.reserve(reservation('c1', { budgets }));

    const names = ['tenant', 'session for the hour', 'merchant for the month', 'agent for any 24h'];
    const messages = answer.kind === 'refused' ? answer.denial.reasons.map(({ message }) => message) : [];
    for (const [index, name] of names.entries())
      assert.match(messages[index] ?? '', new RegExp(`the budget of the ${name} has`));
  }),

  promise('keeps two rolling windows of one reservation apart', async ({ store, clock }) => {
    const short = { window: 'rolling 5m', rollingMs: 5 * MINUTE_MS } as const;
    const both = (amount: bigint) => [
      rolling('long', clock.now(), { amount }),
      rolling('short', clock.now(), { ...short, amount, limit: 50n }),
    ];
    await store.reserve(reservation('c1', { budgets: both(50n) }));
    clock.set(clock.now() + 6 * MINUTE_MS);

    const answers = [
      await store.reserve(reservation('c2', { budgets: both(51n) })),
      await store.reserve(reservation('c3', { budgets: both(50n) })),
    ];

    assert.deepEqual(tally(answers), { refused: 1, reserved: 1 });
  }),
];
