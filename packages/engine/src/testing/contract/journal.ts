import assert from 'node:assert/strict';
import type { Entry } from '../../nouns/entry.ts';
import { allEntries, type ContractCase, promise, together } from './contract-case.ts';
import { call, charge, cost, refusing, reservation, starting, TTL_MS, waitFor, yes } from './samples.ts';

function types(entries: readonly Entry[]): string {
  return entries.map(({ type }) => type).join(' ');
}

/** What it promises about the record. */
export const journal: readonly ContractCase[] = [
  promise('records each change once, and nothing for questions and repeats', async ({ store, clock }) => {
    const changes: readonly (readonly [() => Promise<unknown>, string])[] = [
      [() => store.reserve(reservation('c1', { budgets: [charge('a')] })), 'call.reserved'],
      [() => store.reserve(reservation('c1', { budgets: [charge('a')] })), ''],
      [() => store.settle(cost('c1', 4n)), 'call.settled'],
      [() => store.settle(cost('c1', 4n)), ''],
      [() => store.reserve(reservation('c2', { then: { kind: 'hold' } })), 'call.reserved'],
      [() => store.start(starting('c2')), 'call.started'],
      [() => store.suspend('c2', {}), 'call.unresolved'],
      [() => store.suspend('c2', {}), ''],
      [() => store.release('c2', {}), 'call.released'],
      [() => store.reserve(reservation('c3', { budgets: [charge('a', { amount: 999n })] })), 'call.denied'],
      [() => store.reserve(reservation('c3', { budgets: [charge('a', { amount: 999n })] })), ''],
      [() => store.refuse(refusing('c4')), 'call.denied'],
      [() => store.reserve(reservation('c5', { then: waitFor('a5') })), 'call.reserved approval.created'],
      [() => store.vote(yes('a5')), 'approval.decision_submitted approval.approved'],
      [() => store.vote(yes('a5')), ''],
      [() => store.start(starting('c5')), 'call.started'],
      [() => store.reserve(reservation('c6', { then: waitFor('a6') })), 'call.reserved approval.created'],
      [() => store.refuse(refusing('c6')), 'approval.cancelled call.released call.denied'],
      [() => store.reserve(reservation('c7', { then: { kind: 'hold' } })), 'call.reserved'],
      [() => Promise.resolve(clock.set(clock.now() + TTL_MS)), ''],
      [() => store.expire(10), 'call.unresolved call.expired'],
      [
        () =>
          Promise.all([
            store.call('c1'),
            store.unresolved(9),
            store.approvals({ limit: 9 }),
            store.status([charge('a')], []),
          ]),
        '',
      ],
    ];

    for (const [change, expected] of changes) {
      const { length } = await allEntries(store);
      await change();
      assert.equal(types(await store.entries({ afterSeq: length, limit: 100 })), expected);
    }
  }),

  promise('numbers entries without gaps, however many write at once', async ({ store }) => {
    await together(256, (index) => store.append([{ type: 'engine.started', facts: { index } }]));

    const entries = await allEntries(store);

    assert.deepEqual(
      entries.map(({ seq }) => seq),
      Array.from({ length: 256 }, (_, index) => index + 1),
    );
    assert.equal(new Set(entries.map(({ facts }) => facts['index'])).size, 256);
  }),

  promise('gives back what was written', async ({ store, clock }) => {
    const facts = {
      text: 'é "quoted" \u0000 \u2028',
      number: 0.1,
      list: [null, true, { deep: [] }],
      'odd key': -1,
    };

    await store.append([
      { type: 'identity.refused', callId: 'c1', facts },
      { type: 'engine.started', facts: {} },
    ]);

    const [first, second] = await allEntries(store);
    const { previous: _previous, hash: _hash, ...written } = first ?? assert.fail('expected an entry');
    assert.deepEqual(written, { type: 'identity.refused', callId: 'c1', seq: 1, at: clock.now(), facts });
    assert.equal(second?.callId, undefined);
  }),

  promise('appends all events of a request or none', async ({ store }) => {
    const good = { type: 'engine.started', facts: {} } as const;

    await assert.rejects(store.append([good, { type: 'engine.started', facts: { text: '\udfff' } }]));

    assert.deepEqual(await allEntries(store), []);
    await store.append([]);
    await store.append([good]);
    assert.equal((await allEntries(store)).length, 1);
  }),

  promise(
    'reads entries after a number, at most as many as asked, of the types asked for',
    async ({ store }) => {
      for (let index = 1; index <= 4; index++) {
        await store.append([
          { type: 'engine.started', facts: {} },
          { type: 'identity.refused', facts: {} },
          { type: 'call.released', facts: {} },
        ]);
      }
      const read = async (query: Parameters<typeof store.entries>[0]): Promise<readonly number[]> =>
        (await store.entries(query)).map(({ seq }) => seq);

      assert.deepEqual(await read({ afterSeq: 10, limit: 10 }), [11, 12]);
      assert.deepEqual(await read({ afterSeq: 2, limit: 3 }), [3, 4, 5]);
      assert.deepEqual(await read({ afterSeq: 1, limit: 10, types: ['engine.started'] }), [4, 7, 10]);
      assert.deepEqual(
        await read({ afterSeq: 1, limit: 4, types: ['call.released', 'engine.started'] }),
        [3, 4, 6, 7],
      );
      assert.deepEqual(await read({ afterSeq: 0, limit: 10, types: [] }), []);
      assert.deepEqual(await read({ afterSeq: 12, limit: 10 }), []);
    },
  ),

  promise(
    'finds the newest denials of one agent of one owner, tenant and issuer, newest first',
    async ({ store }) => {
      const agents = [
        { agent: 'bot' },
        { agent: 'other' },
        { agent: 'bot', issuer: 'https://elsewhere.test' },
        { agent: 'bot', tenant: 'globex' },
        { agent: 'bot', owner: 'eve' },
        {},
      ];
      for (const [index, agent] of agents.entries())
        await store.refuse(refusing(`c${index}`, { call: call(`c${index}`, agent) }));
      await store.reserve(reservation('c9', { budgets: [charge('a', { amount: 101n })] }));
      const ids = async (agent: string, limit: number): Promise<unknown> =>
        (await store.denials({ ...call('c1'), agent }, limit)).map(({ callId }) => callId);

      assert.deepEqual(
        [await ids('bot', 10), await ids('bot', 1), await ids('nobody', 10)],
        [['c9', 'c5', 'c0'], ['c9'], []],
      );
    },
  ),

  promise('says in a denial who was denied what, and why', async ({ store }) => {
    await store.reserve(
      reservation('c1', {
        budgets: [charge('a', { amount: 101n })],
        facts: { framework: 'test', agent: 'forged' },
      }),
    );

    const [entry] = await allEntries(store);

    const { agent, tool, code, price, framework } = entry?.facts ?? {};
    const expected = {
      agent: 'bot',
      tool: 'search',
      code: 'BUDGET_EXCEEDED',
      price: '0.00001 USD',
      framework: 'test',
    };
    assert.deepEqual({ agent, tool, code, price, framework }, expected);
  }),
];
