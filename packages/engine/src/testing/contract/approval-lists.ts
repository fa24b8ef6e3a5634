import assert from 'node:assert/strict';
import type { ApprovalPlace, ApprovalQuery, Quorum } from '../../nouns/approval.ts';
import type { PromisedStore } from '../../nouns/store.ts';
import { type ContractCase, promise } from './contract-case.ts';
import { quorum, reservation, waitFor, yes } from './samples.ts';

const SECOND = 1_000;

interface Asked {
  readonly quorums?: readonly Quorum[];
  readonly tenant?: string;
  readonly owner?: string;
  readonly agent?: string;
  readonly tool?: string;
}

async function ask(
  store: PromisedStore,
  id: string,
  { quorums = [quorum(1, ['ada'])], ...whose }: Asked = {},
): Promise<void> {
  const { approval } = waitFor(id, { quorums });
  const action = { ...approval.action, ...whose };
  await store.reserve(
    reservation(`call-${id}`, { then: { kind: 'wait', approval: { ...approval, action } } }),
  );
}

async function list(store: PromisedStore, query: Partial<ApprovalQuery>): Promise<string> {
  return (await store.approvals({ limit: 100, ...query })).map(({ id }) => id).join(' ');
}

/** Every page of a list, one after the other. */
async function pages(store: PromisedStore, query: ApprovalQuery): Promise<readonly string[]> {
  const found: string[] = [];
  let after: ApprovalPlace | undefined;
  // A list that never ends is a broken promise too.
  while (found.length < 100) {
    const page = await store.approvals(after === undefined ? query : { ...query, after });
    if (page.length === 0) return found;
    found.push(page.map(({ id }) => id).join(' '));
    after = page.at(-1);
  }
  return assert.fail('expected a list to end');
}

/** What it promises about lists of approvals. */
export const approvalLists: readonly ContractCase[] = [
  promise(
    'lists approvals by when they were created and then by the bytes of their ids, the latest first',
    async ({ store, clock }) => {
      for (const id of ['b', 'a', 'c', '\u{1f600}', '\uff5e', 'é']) await ask(store, id);
      clock.set(clock.now() + 1);
      await ask(store, 'A');
      // What changes later keeps its place.
      await store.vote(yes('a'));

      assert.equal(await list(store, {}), 'A \u{1f600} \uff5e é c b a');
    },
  ),

  promise('lists page by page, each approval once, also those of one moment', async ({ store, clock }) => {
    const ids = Array.from({ length: 25 }, (_, index) => `a${String(index).padStart(2, '0')}`);
    for (const [index, id] of ids.entries()) {
      if (index % 10 === 0) clock.set(clock.now() + 1);
      await ask(store, id, { tool: index % 3 === 0 ? 'trade' : 'search' });
    }
    const all = ids.toReversed();
    const trades = all.filter((id) => ids.indexOf(id) % 3 === 0);

    assert.deepEqual((await pages(store, { limit: 4 })).join(' '), all.join(' '));
    assert.deepEqual((await pages(store, { limit: 25 })).length, 1);
    assert.deepEqual(
      (await pages(store, { tool: 'trade', approver: 'ada', status: 'pending', limit: 2 })).join(' '),
      trades.join(' '),
    );
    // The place need not be one of the list, nor of any approval.
    const after = { createdAt: clock.now(), id: 'a22x' };
    assert.equal(await list(store, { limit: 2, after }), 'a22 a21');
    assert.equal(await list(store, { limit: 1, after: { ...after, createdAt: clock.now() + 1 } }), 'a24');
    assert.equal(await list(store, { after: { createdAt: 0, id: 'z' } }), '');
  }),

  promise('shows on the next page nothing that was created since', async ({ store, clock }) => {
    for (const id of ['a1', 'a2', 'a3']) await ask(store, id);
    const [, last] = await store.approvals({ limit: 2 });
    clock.set(clock.now() + 1);
    await ask(store, 'a4');

    assert.ok(last !== undefined);
    assert.equal(await list(store, { after: last }), 'a1');
  }),

  promise('lists what has all that is asked for', async ({ store }) => {
    await ask(store, 'a1');
    await ask(store, 'a2', { owner: 'bob' });
    await ask(store, 'a3', { owner: 'bob', agent: 'crawler' });
    await ask(store, 'a4', { tool: 'trade' });
    await ask(store, 'a5', { owner: 'bob', tool: 'trade', quorums: [quorum(1, ['eve'])] });
    await ask(store, 'a6', { tenant: 'globex', owner: 'eve', agent: 'other' });
    await store.vote(yes('a2'));
    const asked: readonly (readonly [Partial<ApprovalQuery>, string])[] = [
      [{ owner: 'bob' }, 'a5 a3 a2'],
      [{ owner: 'bob', status: 'approved' }, 'a2'],
      [{ owner: 'bob', status: 'pending' }, 'a5 a3'],
      [{ agent: 'bot' }, 'a5 a4 a2 a1'],
      [{ agent: 'crawler' }, 'a3'],
      [{ tool: 'trade' }, 'a5 a4'],
      [{ tool: 'trade', owner: 'bob' }, 'a5'],
      [{ tool: 'trade', status: 'pending' }, 'a5 a4'],
      [{ approver: 'ada', owner: 'bob' }, 'a3 a2'],
      [{ approver: 'ada', owner: 'bob', agent: 'bot' }, 'a2'],
      [{ approver: 'eve', status: 'pending', tool: 'trade', owner: 'bob', agent: 'bot' }, 'a5'],
      [{ owner: 'ada', approver: 'eve' }, ''],
      [{ owner: 'bot' }, ''],
      [{ agent: 'bob' }, ''],
      [{ tool: '' }, ''],
      [{ owner: 'bob', limit: 2 }, 'a5 a3'],
      [{ tenant: 'globex' }, 'a6'],
      [{ tenant: 'globex', status: 'pending', approver: 'ada', limit: 1 }, 'a6'],
      [{ tenant: 'acme', limit: 2 }, 'a5 a4'],
      [{ tenant: 'globex', owner: 'bob' }, ''],
    ];

    for (const [query, expected] of asked)
      assert.equal(await list(store, query), expected, JSON.stringify(query));
  }),

  promise('lists an approval to a deputy while they may decide', async ({ store, clock }) => {
    const start = clock.now();
    const escalations = [{ afterMs: 2 * SECOND, approvers: ['bob'] }];
    const span = { fromMs: start + SECOND, untilMs: start + 3 * SECOND };
    const deputies = [
      { standsFor: 'ada', deputy: 'cy', ...span },
      { standsFor: 'bob', deputy: 'dan', ...span },
      { standsFor: 'ada', deputy: 'dan', fromMs: start + 4 * SECOND, untilMs: start + 5 * SECOND },
    ];
    await ask(store, 'a1', { quorums: [quorum(1, ['ada'], { escalations, deputies })] });
    const told: string[] = [];

    for (const afterMs of [0, 1_000, 2_000, 2_999, 3_000, 4_000, 4_999, 5_000]) {
      clock.set(start + afterMs);
      const people = await Promise.all(['cy', 'dan', 'bob'].map((approver) => list(store, { approver })));
      told.push(people.map((listed) => (listed === 'a1' ? 'x' : '-')).join(''));
    }

    assert.deepEqual(told, ['---', 'x--', 'xxx', 'xxx', '--x', '-xx', '-xx', '--x']);
  }),

  promise('lists an approval to nobody who may not decide it', async ({ store }) => {
    const always = { fromMs: 0, untilMs: Number.MAX_SAFE_INTEGER };
    const deputies = [
      { standsFor: 'ada', deputy: 'cy', ...always },
      { standsFor: 'bot', deputy: 'dan', ...always },
    ];
    const people = { deputies, separateDuties: true } as const;
    await ask(store, 'a1', { quorums: [quorum(1, ['ada', 'bot', 'bob'], people)] });
    await ask(store, 'a2', { quorums: [quorum(1, ['ada', 'bot', 'bob'], { deputies })] });

    const listed = await Promise.all(
      ['ada', 'bot', 'bob', 'cy', 'dan'].map((approver) => list(store, { approver })),
    );

    assert.deepEqual(listed, ['a2', '', 'a2 a1', 'a2', '']);
  }),

  promise('lists an approval that is opened anew by its new time and people', async ({ store, clock }) => {
    const attempt = 'start of a1';
    const started = { callId: 'call-a1', actionHash: 'action', ttlMs: SECOND, policies: undefined, attempt };
    await ask(store, 'a1', { quorums: [quorum(1, ['ada', 'bob'])] });
    await ask(store, 'a2');
    await store.vote(yes('a1'));
    await store.start(started);
    await store.withdraw({ id: 'call-a1', attempt }, {});
    clock.set(clock.now() + 1);
    await ask(store, 'a1', { quorums: [quorum(1, ['ada', 'eve'])] });

    assert.equal(await list(store, {}), 'a1 a2');
    assert.equal(await list(store, { status: 'approved' }), '');
    const people = await Promise.all(['ada', 'bob', 'eve'].map((approver) => list(store, { approver })));
    assert.deepEqual(people, ['a1 a2', '', 'a1']);
  }),
];
