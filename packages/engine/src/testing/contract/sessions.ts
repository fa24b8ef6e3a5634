import assert from 'node:assert/strict';
import type { Quorum } from '../../nouns/approval.ts';
import { NEW_SESSION, type SessionFacts } from '../../nouns/facts.ts';
import type { Reservation } from '../../nouns/hold.ts';
import type { PromisedStore } from '../../nouns/store.ts';
import { allEntries, type ContractCase, promise, together } from './contract-case.ts';
import {
  call,
  charge,
  cost,
  HOUR_MS,
  MINUTE_MS,
  POLICIES,
  quorum,
  refusing,
  reservation,
  starting,
  TTL_MS,
  waitFor,
  yes,
} from './samples.ts';

const reads = { writes: false };
const writes = { writes: true };

function counted(store: PromisedStore): Promise<SessionFacts> {
  return store.session(call('any'));
}

function ask(
  store: PromisedStore,
  id: string,
  change: Partial<Reservation> = {},
): ReturnType<PromisedStore['reserve']> {
  return store.reserve(reservation(id, { session: writes, ...change }));
}

/** Asks for the session's approval of a tool, and approves it. */
async function elevate(
  store: PromisedStore,
  id: string,
  quorums: readonly Quorum[],
  tool = 'search',
): Promise<void> {
  const wait = waitFor(id, { quorums });
  const then = { ...wait, approval: { ...wait.approval, action: { ...wait.approval.action, tool } } };
  await store.reserve(reservation(`call-${id}`, { then }));
  const answer = await store.vote(yes(id));
  assert.equal(answer.kind === 'counted' && answer.approval.status, 'approved');
}

function lasting(elevatesForMs: number, policy = 'house'): Quorum {
  return quorum(1, ['ada'], { policy, elevatesForMs });
}

/** What it promises about sessions. */
export const sessions: readonly ContractCase[] = [
  promise(
    'counts what a session was granted and denied, and how much of it was writing',
    async ({ store }) => {
      const full = [charge('a', { amount: 101n })];
      const steps: readonly (readonly [() => Promise<unknown>, readonly [number, number, number]])[] = [
        [() => counted(store), [0, 0, 0]],
        [() => ask(store, 'c1', { session: reads }), [1, 0, 0]],
        [() => ask(store, 'c2'), [2, 0, 1]],
        [() => ask(store, 'c3', { then: waitFor('a3') }), [3, 0, 2]],
        [() => ask(store, 'c4', { budgets: full }), [4, 1, 2]],
        [() => store.refuse(refusing('c5', { session: writes })), [5, 2, 2]],
        [() => ask(store, 'c6', { session: undefined }), [5, 2, 2]],
        [() => store.refuse(refusing('c7')), [5, 2, 2]],
      ];

      for (const [step, [calls, denials, held]] of steps) {
        await step();
        assert.deepEqual(await counted(store), { calls, denials, writes: held, elevations: [] });
      }
    },
  ),

  promise('counts a decision once, however often it is asked for', async ({ store }) => {
    const again = [
      () => ask(store, 'c1', { budgets: [charge('a')] }),
      () => ask(store, 'c2', { budgets: [charge('a', { amount: 101n })] }),
      () => store.refuse(refusing('c3', { session: writes })),
      () => store.refuse(refusing('c1', { session: writes })),
      () => ask(store, 'c1', { call: call('c1', { requestHash: 'other' }) }),
      () => ask(store, 'c4', { budgets: [charge('b', { startMs: 0, endMs: 1 })] }),
    ];

    for (const step of [...again, ...again]) await step();

    assert.deepEqual(await counted(store), { calls: 3, denials: 2, writes: 1, elevations: [] });
  }),

  promise(
    'counts a call that is denied after it was held as the two decisions that it is',
    async ({ store }) => {
      await ask(store, 'c1', { then: { kind: 'hold' } });

      await store.refuse(refusing('c1', { session: writes }));

      assert.deepEqual(await counted(store), { calls: 2, denials: 1, writes: 1, elevations: [] });
    },
  ),

  promise('counts each of 64 decisions at once', async ({ store }) => {
    const budgets = [charge('a', { limit: 320n })];

    await together(64, (index) => ask(store, `c${index}`, { budgets }));

    assert.deepEqual(await counted(store), { calls: 64, denials: 32, writes: 32, elevations: [] });
  }),

  promise('keeps the sessions of issuers, tenants, owners and agents apart', async ({ store }) => {
    const elsewhere = [{ issuer: 'https://elsewhere.test' }, { tenant: 'globex' }, { owner: 'eve' }];
    const others = [...elsewhere, { agent: 'other' }, { session: 's2' }];
    const odd = { agent: 'bot"', session: '","' };
    for (const [index, change] of [...others, odd].entries())
      await ask(store, `c${index}`, { call: call(`c${index}`, change) });

    const facts = await Promise.all([...others, odd].map((change) => store.session(call('any', change))));

    assert.deepEqual(
      facts.map(({ calls }) => calls),
      [1, 1, 1, 1, 1, 1],
    );
    assert.deepEqual(await counted(store), { ...NEW_SESSION });
  }),

  promise('leaves the counts as they are when a call ends, however it ends', async ({ store, clock }) => {
    for (const id of ['settled', 'released', 'withdrawn', 'expired'])
      await ask(store, id, { then: { kind: 'hold' } });
    const before = await counted(store);
    await store.settle(cost('settled', 1n));
    await store.release('released', {});
    const { attempt = '' } = (await store.call('withdrawn')) ?? {};
    await store.withdraw({ id: 'withdrawn', attempt }, {});
    clock.set(clock.now() + TTL_MS);
    await store.expire(10);

    const after = await counted(store);

    assert.deepEqual([before.calls, after], [4, before]);
    await ask(store, 'withdrawn');
    assert.equal((await counted(store)).calls, 5);
  }),

  promise(
    'elevates the session of an approved action for its tool, for as long as was said',
    async ({ store, clock }) => {
      await store.reserve(
        reservation('c1', {
          then: waitFor('a1', { quorums: [quorum(2, ['ada', 'bob'], { elevatesForMs: 1_000 })] }),
        }),
      );
      await store.vote(yes('a1'));
      const pending = await counted(store);
      clock.set(clock.now() + 10);
      await store.vote(yes('a1', { approver: 'bob' }));

      const elevated = await counted(store);

      const untilMs = clock.now() + 1_000;
      assert.deepEqual(pending.elevations, []);
      assert.deepEqual(elevated, {
        ...NEW_SESSION,
        elevations: [{ policy: 'house', tool: 'search', untilMs }],
      });
      const [entry] = await store.entries({ afterSeq: 0, limit: 1, types: ['approval.approved'] });
      assert.equal(entry?.facts['elevatesUntil'], untilMs);
      clock.set(untilMs - 1);
      assert.equal((await counted(store)).elevations.length, 1);
      clock.set(untilMs);
      assert.deepEqual((await counted(store)).elevations, []);
    },
  ),

  promise('elevates nobody by a denial, nor by an approval that says nothing of it', async ({ store }) => {
    await store.reserve(reservation('c1', { then: waitFor('a1', { quorums: [lasting(1_000)] }) }));
    await store.vote(yes('a1', { verdict: 'deny' }));
    await elevate(store, 'a2', [quorum(1, ['ada'])]);

    assert.deepEqual(await counted(store), { ...NEW_SESSION });
    const entries = await allEntries(store);
    assert.ok(entries.every(({ facts }) => !('elevatesUntil' in facts)));
  }),

  promise(
    'elevates each policy and tool by itself, and never cuts an elevation short',
    async ({ store, clock }) => {
      const start = clock.now();
      await elevate(store, 'a1', [lasting(5_000), lasting(2_000, 'other'), quorum(1, ['ada'])]);
      await elevate(store, 'a2', [lasting(3_000), lasting(4_000, 'other')]);
      await elevate(store, 'a3', [lasting(1_000)], 'trade');

      const { elevations } = await counted(store);

      const told = elevations.map(({ policy, tool, untilMs }) => `${policy} ${tool} ${untilMs - start}`);
      assert.deepEqual(told.sort(), ['house search 5000', 'house trade 1000', 'other search 4000']);
      const [entry] = await store.entries({ afterSeq: 0, limit: 1, types: ['approval.approved'] });
      assert.equal(entry?.facts['elevatesUntil'], start + 5_000);
      await ask(store, 'c9');
      assert.deepEqual((await counted(store)).elevations, elevations);
    },
  ),

  promise(
    'remembers a session for 72 hours after its last decision, and while it is elevated',
    async ({ store, clock }) => {
      await ask(store, 'c1');
      await elevate(store, 'a1', [lasting(100 * HOUR_MS)]);
      await ask(store, 'c2', { call: call('c2', { session: 's2' }) });
      clock.set(clock.now() + 72 * HOUR_MS);
      await store.expire(100);
      const second = await store.session(call('any', { session: 's2' }));
      clock.set(clock.now() + 27 * HOUR_MS);
      await store.expire(100);

      const first = await counted(store);

      assert.deepEqual([second.calls, first.calls, first.elevations.length], [1, 1, 1]);
    },
  ),

  promise(
    'forgets a session after that, whether or not anybody has swept since',
    async ({ store, clock }) => {
      await ask(store, 'c1');
      clock.set(clock.now() + 72 * HOUR_MS);
      const last = await counted(store);
      clock.set(clock.now() + 1);

      const after = await counted(store);

      await ask(store, 'c2', { session: reads });
      const anew = await counted(store);
      assert.deepEqual([last.calls, after, anew], [1, NEW_SESSION, { ...NEW_SESSION, calls: 1 }]);
    },
  ),

  promise('elevates under the set of policies that asked, and under no other', async ({ store }) => {
    const by = { author: 'ada', note: '' };
    const save = (hash: string) => store.saveRevision({ hash, documents: '[]', ...by });
    const [asking, other] = [await save(POLICIES), await save('other')];
    const elevated = async (): Promise<number> => (await store.session(call('any'))).elevations.length;
    await store.activateRevision({ number: asking.number, ...by });
    await elevate(store, 'a1', [lasting(60_000)]);
    const before = await elevated();
    await store.reserve(reservation('call-a2', { then: waitFor('a2', { quorums: [lasting(60_000)] }) }));

    await store.activateRevision({ number: other.number, ...by });
    const after = await elevated();
    const late = await store.vote(yes('a2'));
    await store.activateRevision({ number: asking.number, ...by });

    assert.equal(late.kind, 'counted');
    assert.deepEqual([before, after, await elevated()], [1, 0, 1]);
  }),

  promise('counts a started call no second time', async ({ store }) => {
    await ask(store, 'c1', { then: { kind: 'hold' }, ttlMs: MINUTE_MS });

    await store.start(starting('c1'));

    assert.equal((await counted(store)).calls, 1);
  }),
];
