import { memoryStore, type Entry } from '@torii/engine';
import { fakeClock } from '@torii/engine/testing';
import { ask, type Operation } from './operation.ts';
import { type Happened, replay } from './replay.ts';

const reserve = (id: string, amount: bigint): Operation => ({
  kind: 'reserve',
  id,
  agent: 'bot',
  requestHash: 'request',
  attempt: `${id}-1`,
  then: 'start',
  charges: [{ key: 'hot', amount, limit: 10n }],
  rates: [],
  ttlMs: 86_400_000,
});

interface Taken {
  readonly history: readonly Happened[];
  readonly entries: readonly Entry[];
}

/** What really happens when these are asked one after the other. */
async function taken(operations: readonly Operation[]): Promise<Taken> {
  const store = await memoryStore().open({ clock: fakeClock() });
  const history: Happened[] = [];
  for (const [index, operation] of operations.entries()) {
    history.push({ operation, told: await ask(store, operation), sentAt: 2 * index, toldAt: 2 * index + 1 });
  }
  return { history, entries: await store.entries({ afterSeq: 0, limit: 100 }) };
}

const asked = [
  reserve('a', 6n),
  reserve('b', 6n),
  { kind: 'settle', id: 'a', units: 2n },
  reserve('c', 6n),
] as const;

test('a store that keeps its promises has no flaws, in whatever order its answers are listed', async () => {
  const { history, entries } = await taken(asked);

  expect(replay(history, entries)).toEqual([]);
  expect(replay(history.toReversed(), entries)).toEqual([]);
});

test('an answer that never came may belong to something that happened, or to nothing', async () => {
  const { history, entries } = await taken(asked);
  const lost = history.map((one) => (one.operation === asked[2] ? { ...one, told: undefined } : one));
  const never: Happened = { operation: reserve('d', 1n), told: undefined, sentAt: 9, toldAt: Infinity };

  expect(replay([...lost, never], entries)).toEqual([]);
});

/** One answer of the history made up. */
function told(
  history: readonly Happened[],
  index: number,
  change: Partial<NonNullable<Happened['told']>>,
): Happened[] {
  return history.map((one, at) =>
    at === index && one.told ? { ...one, told: { ...one.told, ...change } } : one,
  );
}

test.each`
  lie                                               | index | change                                            | flaw
  ${'a grant where there is no room'}               | ${1}  | ${{ says: 'reserved, fresh, started, hot 0+12' }} | ${'expected `refused, fresh, BUDGET_EXCEEDED`'}
  ${'a denial where there is room'}                 | ${3}  | ${{ says: 'refused, fresh, BUDGET_EXCEEDED' }}    | ${'expected `reserved, fresh, started, hot 2+6`'}
  ${'money that a settlement kept'}                 | ${2}  | ${{ says: 'ended, first, settled, hot 6+0' }}     | ${'expected `ended, first, settled, hot 2+0`'}
  ${'an answer that belongs to another version'}    | ${3}  | ${{ version: 2 }}                                 | ${'somebody had been told version 3'}
  ${'an answer of a version that there is none of'} | ${3}  | ${{ version: 9 }}                                 | ${'an answer is of version 9'}
`('$lie is found', async ({ index, change, flaw }) => {
  const { history, entries } = await taken(asked);

  expect(replay(told(history, index, change), entries)).toContainEqual(expect.stringContaining(flaw));
});

test('an entry that nobody asked for is found', async () => {
  const { history, entries } = await taken(asked);
  const others = history.filter(({ operation }) => operation !== asked[2]);

  expect(replay(others, entries)).toContainEqual(
    expect.stringContaining('`call.settled a`, is nothing that was asked for'),
  );
});

test('money that a timer returned before its time is found', async () => {
  const { history, entries } = await taken([reserve('a', 6n)]);
  const [reserved] = entries;
  if (reserved === undefined) throw new Error('expected an entry');
  const expired: Entry = { ...reserved, seq: 2, type: 'call.expired', facts: {} };

  expect(replay(history, [reserved, expired])).toContainEqual(
    expect.stringContaining('`call.expired a`, is nothing that was asked for'),
  );
});

test('an answer to a question that was asked twice over a wire that loses replies is that to the second', async () => {
  const { history, entries } = await taken([asked[0], asked[2], asked[2]]);
  const [reserved, first, second] = history;
  if (reserved === undefined || first === undefined || second === undefined)
    throw new Error('expected three');
  const tagged = entries.map((entry) =>
    entry.type === 'call.settled' ? { ...entry, facts: { tag: 'end' } } : entry,
  );
  const once = [reserved, { ...second, tag: 'end' }];

  expect(replay(once, tagged, { repliesLost: true })).toEqual([]);
  expect(replay(once, tagged)).toEqual([expect.stringContaining('expected `ended, first, settled')]);
  expect(replay([reserved, { ...second, tag: 'other' }], tagged, { repliesLost: true })).toEqual([
    expect.stringContaining('is nothing that was asked for'),
  ]);
});
