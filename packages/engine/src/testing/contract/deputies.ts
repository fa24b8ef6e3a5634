import assert from 'node:assert/strict';
import { type Deputy, type Quorum, votePaths } from '../../nouns/approval.ts';
import type { PromisedStore } from '../../nouns/store.ts';
import { allEntries, type ContractCase, promise, tally, together } from './contract-case.ts';
import { quorum, reservation, waitFor, yes } from './samples.ts';

const SECOND = 1_000;

async function ask(store: PromisedStore, id: string, quorums: readonly Quorum[]): Promise<void> {
  await store.reserve(reservation(`call-${id}`, { then: waitFor(id, { quorums }) }));
}

async function vote(store: PromisedStore, id: string, approver: string): Promise<string> {
  const answer = await store.vote(yes(id, { approver }));
  return answer.kind === 'counted' ? answer.approval.status : answer.code;
}

/** Votes one after the other. */
async function votes(
  store: PromisedStore,
  id: string,
  people: readonly string[],
): Promise<readonly string[]> {
  const told: string[] = [];
  for (const person of people) told.push(await vote(store, id, person));
  return told;
}

/** Somebody who stands in for somebody, always unless it says when. */
function deputy(person: string, standsFor: string, span: Partial<Deputy> = {}): Deputy {
  return { standsFor, deputy: person, fromMs: 0, untilMs: Number.MAX_SAFE_INTEGER, ...span };
}

/** Whom each vote of an approval stood in for. */
async function seats(store: PromisedStore, id: string): Promise<readonly unknown[]> {
  return ((await store.approval(id))?.votes ?? []).map(({ approver, standsFor }) => [approver, standsFor]);
}

/** What it promises about people who decide in somebody's place, and about those who may not decide at all. */
export const deputies: readonly ContractCase[] = [
  promise('counts a deputy and whom they stand in for as one person', async ({ store }) => {
    const two = quorum(2, ['ada', 'bob'], { deputies: [deputy('cy', 'ada')] });
    for (const id of ['a1', 'a2']) await ask(store, id, [two]);

    assert.deepEqual(await votes(store, 'a1', ['cy', 'ada', 'bob']), [
      'pending',
      'ALREADY_VOTED',
      'approved',
    ]);
    assert.deepEqual(await votes(store, 'a2', ['ada', 'cy', 'bob']), [
      'pending',
      'ALREADY_VOTED',
      'approved',
    ]);
    assert.deepEqual(await seats(store, 'a1'), [
      ['cy', 'ada'],
      ['bob', undefined],
    ]);
    assert.equal('standsFor' in ((await store.approval('a2'))?.votes[0] ?? {}), false);
  }),

  promise('counts one of a deputy and whom they stand in for where both vote at once', async ({ store }) => {
    for (let round = 0; round < 10; round++) {
      const id = `a${round}`;
      await ask(store, id, [quorum(2, ['ada', 'bob'], { deputies: [deputy('cy', 'ada')] })]);
      const people = round % 2 === 0 ? ['ada', 'cy'] : ['cy', 'ada'];

      const answers = await together(2, (index) => store.vote(yes(id, { approver: people[index] ?? '' })));

      assert.deepEqual(tally(answers), { counted: 1, refused: 1 });
      assert.equal((await store.approval(id))?.status, 'pending');
    }
  }),

  promise(
    'lets a deputy decide from their first moment until before their last',
    async ({ store, clock }) => {
      const start = clock.now();
      const span = { fromMs: start + SECOND, untilMs: start + 2 * SECOND };
      for (const id of ['first', 'last'])
        await ask(store, id, [quorum(1, ['ada'], { deputies: [deputy('cy', 'ada', span)] })]);
      const steps = [
        [SECOND - 1, 'first', 'NOT_AN_APPROVER'],
        [SECOND, 'first', 'approved'],
        [2 * SECOND, 'last', 'NOT_AN_APPROVER'],
      ] as const;

      for (const [afterMs, id, expected] of steps) {
        clock.set(start + afterMs);
        assert.equal(await vote(store, id, 'cy'), expected);
      }
      assert.equal(await vote(store, 'last', 'ada'), 'approved');
    },
  ),

  promise('keeps the vote of a deputy whose time has ended since', async ({ store, clock }) => {
    const span = { untilMs: clock.now() + SECOND };
    await ask(store, 'a1', [quorum(2, ['ada', 'bob'], { deputies: [deputy('cy', 'ada', span)] })]);
    await vote(store, 'a1', 'cy');
    clock.set(clock.now() + SECOND);

    assert.deepEqual(await votes(store, 'a1', ['cy', 'ada', 'bob']), [
      'pending',
      'ALREADY_VOTED',
      'approved',
    ]);
  }),

  promise('gives a deputy of several the first seat that is free', async ({ store }) => {
    const three = quorum(3, ['ada', 'bob', 'dan'], { deputies: [deputy('cy', 'ada'), deputy('cy', 'bob')] });
    await ask(store, 'a1', [three]);

    const told = await votes(store, 'a1', ['ada', 'cy', 'bob', 'dan']);

    assert.deepEqual(told, ['pending', 'pending', 'ALREADY_VOTED', 'approved']);
    assert.deepEqual((await seats(store, 'a1'))[1], ['cy', 'bob']);
  }),

  promise('gives who was asked themselves their own seat', async ({ store }) => {
    await ask(store, 'a1', [quorum(2, ['ada', 'cy'], { deputies: [deputy('cy', 'ada')] })]);

    assert.deepEqual(await votes(store, 'a1', ['cy', 'ada']), ['pending', 'approved']);
    assert.deepEqual((await seats(store, 'a1'))[0], ['cy', undefined]);
  }),

  promise('lets nobody stand in for a deputy', async ({ store }) => {
    await ask(store, 'a1', [quorum(1, ['ada'], { deputies: [deputy('cy', 'ada'), deputy('dan', 'cy')] })]);

    assert.equal(await vote(store, 'a1', 'dan'), 'NOT_AN_APPROVER');
  }),

  promise('counts a seat in each quorum that has it', async ({ store }) => {
    const first = quorum(1, ['ada'], { deputies: [deputy('cy', 'ada')] });
    const second = quorum(2, ['cy', 'ada'], { clause: 'approvals[1]' });
    await ask(store, 'a1', [first, second]);

    const told = await votes(store, 'a1', ['cy', 'ada']);

    assert.deepEqual(told, ['pending', 'approved']);
    assert.deepEqual(await seats(store, 'a1'), [
      ['cy', 'ada'],
      ['ada', undefined],
    ]);
  }),

  promise('lets a deputy of an escalation decide once that has come', async ({ store, clock }) => {
    const escalations = [{ afterMs: SECOND, approvers: ['bob'] }];
    await ask(store, 'a1', [quorum(1, ['ada'], { escalations, deputies: [deputy('cy', 'bob')] })]);

    clock.set(clock.now() + SECOND - 1);
    const before = await vote(store, 'a1', 'cy');
    clock.set(clock.now() + 1);

    assert.deepEqual([before, await vote(store, 'a1', 'cy')], ['NOT_AN_APPROVER', 'approved']);
  }),

  promise('ends the call at the no of a deputy', async ({ store }) => {
    await ask(store, 'a1', [quorum(2, ['ada', 'bob'], { deputies: [deputy('cy', 'ada')] })]);

    await store.vote(yes('a1', { approver: 'cy', verdict: 'deny' }));

    assert.equal((await store.approval('a1'))?.status, 'denied');
    assert.equal((await store.call('call-a1'))?.state, 'released');
  }),

  promise('lets no agent decide what it asks itself, nor anybody in its place', async ({ store }) => {
    const standIns = [deputy('cy', 'bot'), deputy('bot', 'bob')];
    await ask(store, 'a1', [quorum(1, ['bot', 'bob'], { deputies: standIns })]);

    const told = await votes(store, 'a1', ['bot', 'cy', 'bob']);

    assert.deepEqual(told, ['NOT_AN_APPROVER', 'NOT_AN_APPROVER', 'approved']);
  }),

  promise(
    'lets the owner decide unless the quorum separates duties, and then nobody in their place',
    async ({ store }) => {
      const standIns = [deputy('cy', 'ada'), deputy('ada', 'bob'), deputy('dan', 'bob')];
      const people = { deputies: standIns, escalations: [{ afterMs: 0, approvers: ['ada'] }] };
      await ask(store, 'a1', [quorum(1, ['ada', 'bob'], { ...people, separateDuties: true })]);
      await ask(store, 'a2', [quorum(1, ['ada', 'bob'], people)]);

      assert.deepEqual(await votes(store, 'a1', ['ada', 'cy', 'dan']), [
        'NOT_AN_APPROVER',
        'NOT_AN_APPROVER',
        'approved',
      ]);
      assert.equal(await vote(store, 'a2', 'ada'), 'approved');
    },
  ),

  promise('counts an owner only in the quorums that do not separate duties', async ({ store }) => {
    const separate = quorum(1, ['ada', 'bob'], { separateDuties: true });
    await ask(store, 'a1', [separate, quorum(1, ['ada'], { clause: 'approvals[1]' })]);

    assert.deepEqual(await votes(store, 'a1', ['ada', 'bob']), ['pending', 'approved']);
  }),

  promise('records how each vote was proven, and whom it stood in for', async ({ store }) => {
    const people = votePaths.map((via) => `${via} person`);
    const standIns = [deputy('cy', 'chat person')];
    await ask(store, 'a1', [quorum(people.length, people, { deputies: standIns })]);
    for (const via of votePaths)
      await store.vote(yes('a1', { approver: via === 'chat' ? 'cy' : `${via} person`, via }));

    const said = (await allEntries(store)).filter(({ type }) => type === 'approval.decision_submitted');

    assert.deepEqual(
      said.map(({ facts }) => facts['via']),
      votePaths,
    );
    assert.deepEqual(
      said.map(({ facts }) => facts['standsFor']),
      [undefined, undefined, undefined, 'chat person'],
    );
    const kept = (await store.approval('a1'))?.votes.map(({ via }) => via);
    assert.deepEqual(kept, votePaths);
  }),
];
