import assert from 'node:assert/strict';
import type { ActiveRevision, PolicyRevision } from '../../nouns/revision.ts';
import type { PromisedStore } from '../../nouns/store.ts';
import { allEntries, type ContractCase, promise, said, tally, together, totals } from './contract-case.ts';
import { again, call, charge, POLICIES, refusing, reservation, starting, waitFor, yes } from './samples.ts';

const NEWER = 'policies-2';

function save(store: PromisedStore, hash: string, documents = '[]'): Promise<PolicyRevision> {
  return store.saveRevision({ hash, documents, author: 'ada', note: `saves ${hash}` });
}

async function activate(store: PromisedStore, number: number): Promise<ActiveRevision | undefined> {
  const active = await store.activateRevision({ number, author: 'bob', note: `activates ${number}` });
  if (active === undefined || !('kind' in active)) return active;
  throw new TypeError(`expected an activation that expects nothing to succeed, got ${active.kind}`);
}

/** Saves the samples' policies and a newer set, and activates the newer one. */
async function renew(store: PromisedStore): Promise<void> {
  await save(store, POLICIES);
  await activate(store, (await save(store, NEWER)).number);
}

const stale = { kind: 'stale-policies', active: NEWER };

/** What it promises about the versions of the policies. */
export const revisions: readonly ContractCase[] = [
  promise(
    'numbers saved sets from 1 without gaps, and keeps what is known as it is',
    async ({ store, clock }) => {
      const first = await save(store, 'one', '["first"]');
      clock.set(clock.now() + 1);

      const second = await save(store, 'two');
      const again = await store.saveRevision({ hash: 'one', documents: '[]', author: 'eve', note: 'again' });

      const kept = { number: 1, hash: 'one', documents: '["first"]', author: 'ada', note: 'saves one' };
      assert.deepEqual(first, { ...kept, savedAt: clock.now() - 1 });
      assert.deepEqual([again, second.number], [first, 2]);
      assert.deepEqual([await store.revision(1), await store.revision(3)], [first, undefined]);
    },
  ),

  promise(
    'gives each of 64 sets that are saved at once a number, and equal ones the same',
    async ({ store }) => {
      const saved = await together(64, (index) => save(store, `set ${index % 16}`));

      const numbers = new Map(saved.map(({ hash, number }) => [hash, number]));
      assert.deepEqual(
        [...numbers.values()].sort((a, b) => a - b),
        Array.from({ length: 16 }, (_, index) => index + 1),
      );
      assert.equal(new Set(saved.map(({ hash, number }) => `${hash} ${number}`)).size, 16);
      assert.equal((await allEntries(store)).length, 16);
    },
  ),

  promise('gives back a megabyte of documents as it was', async ({ store }) => {
    const documents = JSON.stringify(
      Array.from({ length: 20_000 }, (_, index) => `é "${index}" \u2028 ${'x'.repeat(32)}`),
    );

    await save(store, 'large', documents);

    assert.equal((await store.revision(1))?.documents, documents);
  }),

  promise('lists revisions newest first, at most as many as asked', async ({ store }) => {
    for (const hash of ['one', 'two', 'three']) await save(store, hash);

    const lists = [await store.revisions(2), await store.revisions(10), await store.revisions(0)];

    assert.deepEqual(
      lists.map((list) => list.map(({ hash }) => hash)),
      [['three', 'two'], ['three', 'two', 'one'], []],
    );
  }),

  promise(
    'activates what was saved, knows what was active before, and rolls back',
    async ({ store, clock }) => {
      const one = await save(store, 'one');
      await save(store, 'two');
      const before = [await store.activeRevision(), await activate(store, 3)];

      const first = await activate(store, 1);
      await activate(store, 2);
      const back = await activate(store, 1);

      const told = { revision: one, author: 'bob', note: 'activates 1', activatedAt: clock.now() };
      assert.deepEqual(before, [undefined, undefined]);
      assert.deepEqual(
        [first, back],
        [
          { ...told, previous: undefined },
          { ...told, previous: 2 },
        ],
      );
      assert.deepEqual(await store.activeRevision(), back);
    },
  ),

  promise('activates only where what was expected is active, and says what is', async ({ store }) => {
    for (const hash of ['one', 'two', 'three']) await save(store, hash);
    const ask = (number: number, expected: number | 'none') =>
      store.activateRevision({ number, expected, author: 'bob', note: '' });

    const answers = [
      await ask(1, 2),
      await ask(1, 'none'),
      await ask(2, 'none'),
      await ask(2, 3),
      await ask(1, 'none'),
      await ask(2, 1),
      await ask(4, 2),
    ];

    const told = answers.map((answer) => answer && ('kind' in answer ? answer : answer.revision.number));
    const other = (active: number | undefined) => ({ kind: 'other-active', active });
    assert.deepEqual(told, [other(undefined), 1, other(1), other(1), 1, 2, undefined]);
    assert.deepEqual(
      (await allEntries(store)).slice(3).map(({ facts }) => facts['revision']),
      [1, 2],
    );
  }),

  promise('lets one of 64 that expect the same be activated', async ({ store }) => {
    for (let index = 0; index < 64; index++) await save(store, `set ${index}`);

    const answers = await together(64, (index) =>
      store.activateRevision({ number: index + 1, expected: 'none', author: 'bob', note: '' }),
    );

    const activated = answers.filter((answer) => answer !== undefined && !('kind' in answer));
    assert.equal(activated.length, 1);
    assert.deepEqual([await store.activeRevision()], activated);
  }),

  promise('records what was saved and activated, by whom and why, once', async ({ store }) => {
    await renew(store);
    await activate(store, 1);
    await renew(store);
    const again = await activate(store, 2);

    const written = (await allEntries(store)).map(({ type, facts }) => [type, facts]);
    const saved = (revision: number, hash: string) => [
      'policies.saved',
      { revision, hash, author: 'ada', note: `saves ${hash}` },
    ];
    const activated = (revision: number, hash: string, more: object) => [
      'policies.activated',
      { revision, hash, author: 'bob', note: `activates ${revision}`, ...more },
    ];
    assert.deepEqual(written, [
      saved(1, POLICIES),
      saved(2, NEWER),
      activated(2, NEWER, {}),
      activated(1, POLICIES, { previous: 2 }),
      activated(2, NEWER, { previous: 1 }),
    ]);
    assert.equal(again?.previous, 1);
  }),

  promise('changes nothing for a revision that cannot be written', async ({ store }) => {
    const set = { hash: 'one', documents: '[]', author: 'ada', note: '\ud800' };

    await assert.rejects(store.saveRevision(set));
    await save(store, 'two');
    await assert.rejects(store.activateRevision({ number: 1, author: 'ada', note: '\ud800' }));

    assert.deepEqual(
      (await store.revisions(10)).map(({ number, hash }) => [number, hash]),
      [[1, 'two']],
    );
    assert.equal(await store.activeRevision(), undefined);
    assert.equal((await store.reserve(reservation('c1'))).kind, 'reserved');
  }),

  promise('finds nothing stale until a set is activated', async ({ store }) => {
    await save(store, NEWER);

    const answers = [
      await store.reserve(reservation('c1', { then: { kind: 'hold' } })),
      await store.start(starting('c1', { policies: 'whatever' })),
      await store.refuse(refusing('c2')),
    ];

    assert.deepEqual(
      answers.map(({ kind }) => kind),
      ['reserved', 'started', 'refused'],
    );
  }),

  promise(
    'changes nothing for who decided by another set than the active one, and names that',
    async ({ store }) => {
      await store.reserve(reservation('held', { budgets: [charge('a')], then: { kind: 'hold' } }));
      await store.reserve(reservation('asked', { then: waitFor('a1') }));
      await store.vote(yes('a1'));
      await renew(store);
      const before = await allEntries(store);

      const answers = [
        await store.reserve(reservation('new', { budgets: [charge('a')], session: { writes: true } })),
        await store.refuse(refusing('new', { session: { writes: true } })),
        await store.refuse(refusing('held')),
        await store.start(starting('held')),
        await store.start(starting('asked', { actionHash: 'other' })),
        await store.start(starting('asked')),
      ];

      assert.deepEqual(
        answers.map(said),
        answers.map(() => stale),
      );
      assert.deepEqual(await allEntries(store), before);
      assert.deepEqual([await store.call('new'), await totals(store, 'a')], [undefined, [0n, 10n]]);
      assert.equal((await store.session(call('new'))).calls, 0);
      assert.equal((await store.start(starting('asked', { policies: NEWER }))).kind, 'started');
      assert.equal((await store.start(starting('held', { policies: NEWER }))).kind, 'started');
    },
  ),

  promise('says that the policies are stale before it says that a window is', async ({ store, clock }) => {
    await renew(store);
    const past = charge('a', { startMs: 0, endMs: clock.now() });

    assert.deepEqual(said(await store.reserve(reservation('c1', { budgets: [past] }))), stale);
  }),

  promise('gives a repeat its first answer whichever set is active by then', async ({ store }) => {
    const started = reservation('started', { budgets: [charge('a')] });
    const waiting = reservation('waiting', { then: waitFor('a1') });
    const denied = reservation('denied', { budgets: [charge('a', { amount: 101n })] });
    const first = [
      await store.reserve(started),
      await store.reserve(waiting),
      await store.reserve(denied),
      await store.refuse(refusing('refused')),
    ];
    await renew(store);

    const repeated = [
      await store.reserve(again(started)),
      await store.reserve(again(waiting)),
      await store.reserve(again(denied)),
      await store.refuse(refusing('refused')),
    ];

    assert.deepEqual(
      repeated.map(said),
      first.map((answer) => ({ ...said(answer), fresh: false })),
    );
    assert.deepEqual(
      [await store.start(starting('started')), await store.start(starting('nobody'))].map(({ kind }) => kind),
      ['not-startable', 'unknown-call'],
    );
    assert.equal((await store.refuse(refusing('started'))).kind, 'reserved');
    const other = call('started', { requestHash: 'other' });
    assert.equal((await store.refuse(refusing('started', { call: other }))).kind, 'conflict');
  }),

  promise(
    'holds nothing by the set before once another is active, however many ask at once',
    async ({ store }) => {
      await renew(store);
      await activate(store, 1);

      const ask = (index: number): Promise<{ readonly kind: string }> =>
        store.reserve(reservation(`c${index}`));
      const answers = await together(129, async (index) =>
        index === 64 ? { kind: String((await activate(store, 2))?.revision.hash) } : ask(index),
      );

      const types = (await allEntries(store)).map(({ type }) => type);
      const held = types.filter((type) => type === 'call.reserved').length;
      assert.equal(types.slice(types.lastIndexOf('policies.activated')).includes('call.reserved'), false);
      assert.equal(tally(answers)['stale-policies'] ?? 0, 128 - held);
      assert.deepEqual(said(await store.reserve(reservation('last'))), stale);
    },
  ),

  promise(
    'lets only the engine pass that decides by the active set, from one change to the next',
    async ({ store }) => {
      await renew(store);
      const asked: string[] = [];

      for (const [index, number] of [2, 1, 2].entries()) {
        await activate(store, number);
        for (const policies of [POLICIES, NEWER])
          asked.push((await store.reserve(reservation(`${index} ${policies}`, { policies }))).kind);
      }

      const older = ['reserved', 'stale-policies'];
      const newer = ['stale-policies', 'reserved'];
      assert.deepEqual(asked, [...newer, ...older, ...newer]);
    },
  ),
];
