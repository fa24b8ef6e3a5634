import { isDeepStrictEqual } from 'node:util';
import { firstDifference, type Sequences, slotStore } from './differential.test-support.ts';
import { anyPlay, randomMoneyPlay, randomStoppedPlay } from './random-money.test-support.ts';
import { KEPT_AFTER_END_MS } from '../../stores/transitions/expire.ts';
import { randomAttemptsPlay } from '../../stores/random-attempts.test-support.ts';
import { call, charge, reservation } from '../../testing/contract/samples.ts';
import { fakeClock } from '../../testing/fake-clock.ts';
import type { ScriptClient } from '../script.ts';
import { planting, slotLab, type SlotLab } from '../slot.test-support.ts';

let lab: SlotLab;
beforeAll(async () => {
  lab = await slotLab();
});
afterAll(() => lab.close());

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);
const isSame = isDeepStrictEqual;

test.each`
  steps                             | seeds        | plays
  ${'any kind'}                     | ${upTo(150)} | ${anyPlay}
  ${'steps with accounts'}          | ${upTo(100)} | ${randomMoneyPlay}
  ${'steps of whom others pay for'} | ${upTo(60)}  | ${randomStoppedPlay}
  ${'steps of attempts'}            | ${upTo(60)}  | ${randomAttemptsPlay}
`(
  'redis gives the answers of memory and writes the same journal in random runs, $steps',
  async ({ seeds, plays }: Required<Pick<Sequences, 'seeds' | 'plays'>>) => {
    const difference = await firstDifference(lab, { seeds, steps: 60, plays, isSame });

    expect(difference?.redis).toStrictEqual(difference?.memory);
    expect(difference).toBeUndefined();
  },
  120_000,
);

test.each`
  bug                                            | find                                                         | replace
  ${'an end that returns no money'}              | ${'charges, at, 0 - charges[at + AMOUNT], 0)'}               | ${'charges, at, 0, 0)'}
  ${'two charges of one budget judged alone'}    | ${'bucket[ASKED] = bucket[ASKED] + amount'}                  | ${''}
  ${'room for one unit more'}                    | ${'amount <= left'}                                          | ${'amount <= left + 1'}
  ${'a deadline that nobody looks at'}           | ${'if deadline < due then'}                                  | ${'if false then'}
  ${'a timer that returns what may have left'}   | ${"if row[STATE] == 'started' then\n    record"}             | ${'if false then\n    record'}
  ${'a forced debit that freezes nothing'}       | ${'return actual > charges[at + AMOUNT] and'}                | ${'return false and'}
  ${'spend that is counted past 2^53'}           | ${'math.min(actual, MAX_UNITS - spent)'}                     | ${'actual'}
  ${'amounts written with 14 digits'}            | ${"return string.format('%.0f', number)"}                    | ${'return tostring(number)'}
  ${'a closed account that still lets money in'} | ${'bucket[CLOSED] and used or'}                              | ${'false or'}
  ${'a lapsed slice that counts for nothing'}    | ${'if not start or start > now - charges[at + COUNTS] then'} | ${'if true then'}
  ${'a withdrawal of another attempt'}           | ${"(comesTo == 'withdrawn' and attempt ~= row[ATTEMPT])"}    | ${'false'}
  ${'a reservation for whoever is revoked'}      | ${'if subject or not fits'}                                  | ${'if not fits'}
  ${'a movement that is made twice'}             | ${"command('HSET', MOVES, id, parts)"}                       | ${'local _ = parts'}
  ${'a wallet that pays out what is held'}       | ${'source[1] - source[2] - source[3]'}                       | ${'source[1] - source[2]'}
  ${'an end of what is still in use'}            | ${'if not closed or held > 0 or'}                            | ${'if not closed or'}
`('random runs find $bug', (bug: Bug) => expectFound(bug, randomMoneyPlay), 60_000);

test.each`
  bug                                                    | find                                             | replace
  ${'money of whoever is revoked that others spend'}     | ${'if row and row[CARVED] then'}                 | ${'if false then'}
  ${'money of whoever is revoked further up'}            | ${'addFunders(row[CHARGES], funders, isListed)'} | ${''}
  ${'a start that asks for nobody but the caller'}       | ${'revokedSubject(row[SUBJECTS], row[CHARGES])'} | ${'revokedSubject(row[SUBJECTS], {})'}
  ${'an extension that asks for nobody but the caller'}  | ${'revokedSubject(row[SUBJECTS], charges)'}      | ${'revokedSubject(row[SUBJECTS], {})'}
  ${'a reservation that asks for nobody but the caller'} | ${'revokedSubject(terms[CALLER], charges)'}      | ${'revokedSubject(terms[CALLER], {})'}
`(
  'random runs in which somebody is stopped find $bug',
  (bug: Bug) => expectFound(bug, randomStoppedPlay),
  60_000,
);

test.each`
  bug                                                   | find                                                           | replace
  ${'a call that is forgotten before its next attempt'} | ${"if command('HEXISTS', CALLS, 'c:' .. after) == 1 then"}     | ${'if false then'}
  ${'a call that is kept after its next attempt'}       | ${'\n    forgetCall(before)'}                                  | ${'\n    local _ = before'}
  ${'an attempt that takes along what ended lately'}    | ${'row[ENDED_AT] + KEPT_AFTER_END_MS < now'}                   | ${'true'}
  ${'an attempt that takes along what is open'}         | ${'row[ENDED_AT] and row[ENDED_AT] + KEPT_AFTER_END_MS < now'} | ${'(row[ENDED_AT] or 0) + KEPT_AFTER_END_MS < now'}
`('random runs of attempts find $bug', (bug: Bug) => expectFound(bug, randomAttemptsPlay), 60_000);

interface Bug {
  readonly find: string;
  readonly replace: string;
}

async function expectFound({ find, replace }: Bug, plays: Required<Sequences>['plays']): Promise<void> {
  let planted = 0;
  const through = planting(lab.client, { find, replace, done: () => planted++ });

  const difference = await firstDifference(lab, { seeds: upTo(100), steps: 100, plays, isSame, through });

  expect(planted).toBeGreaterThan(0);
  expect(difference).toBeDefined();
}

test('a call that is reserved anew is not forgotten with its first use', async () => {
  const clock = fakeClock();
  const store = slotStore(await lab.slot(() => clock.now()));
  const asked = reservation('c1');
  await store.reserve(asked);
  await store.withdraw({ id: 'c1', attempt: asked.attempt }, {});
  await store.reserve(asked);
  await store.suspend('c1', {});

  clock.set(clock.now() + KEPT_AFTER_END_MS + 1);
  await store.expire(10);

  expect((await store.call('c1'))?.state).toBe('unresolved');
  expect(await store.unresolved(10)).toHaveLength(1);
});

test('a server that has forgotten its scripts is told them again', async () => {
  const forgetful: ScriptClient = {
    evalsha: (_, ...rest) => lab.client.evalsha('0'.repeat(40), ...rest),
    eval: (...all) => lab.client.eval(...all),
  };
  const store = slotStore(await lab.slot(() => 1_000, forgetful));

  const answers = await Promise.all(['c1', 'c2', 'c3'].map((id) => store.reserve(reservation(id))));

  expect(answers.map(({ kind }) => kind)).toEqual(['reserved', 'reserved', 'reserved']);
});

test('a call may make 500 charges, and no more', async () => {
  const store = slotStore(await lab.slot(() => 1_000));
  const charges = Array.from({ length: 501 }, (_, index) => charge(`budget-${index}`));

  const answer = await store.reserve(reservation('c1', { budgets: charges.slice(1) }));

  expect(answer.kind).toBe('reserved');
  await expect(store.reserve(reservation('c2', { budgets: charges }))).rejects.toThrow('500 charges');
});

test('calls are told apart whatever their ids and fingerprints are', async () => {
  const store = slotStore(await lab.slot(() => 1_000));
  const ids = ['c1', 'w:c1', 'c:c1', 'd:c1', 'f:print', 'print', 'c1 w', ''];
  const asked = ids.map((id) =>
    reservation(id, { call: call(id, { fingerprint: `print ${id}`, tool: `tool of ${id}` }) }),
  );

  for (const request of asked) await store.reserve(request);

  const known = await Promise.all(ids.map((id) => store.call(id)));
  expect(known.map((record) => record?.tool)).toEqual(ids.map((id) => `tool of ${id}`));
});
