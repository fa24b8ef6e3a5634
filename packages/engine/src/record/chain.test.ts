import { fc, test as property } from '@fast-check/jest';
import type { Entry } from '../nouns/entry.ts';
import { EMPTY, follow, type Head, link } from './chain.ts';

function journal(length: number): Entry[] {
  const entries: Entry[] = [];
  let head: Head = EMPTY;
  for (let index = 0; index < length; index++) {
    const entry = link(
      head,
      { type: 'call.settled', callId: `c${index}`, facts: { charged: `${index}.00 USD`, by: ['a', 'b'] } },
      1_000 + index,
    );
    entries.push(entry);
    head = entry;
  }
  return entries;
}

test('what was written follows, also page by page and after a trip through JSON', () => {
  const entries = JSON.parse(JSON.stringify(journal(20))) as Entry[];

  const whole = follow(EMPTY, entries);
  const half = follow(EMPTY, entries.slice(0, 7));

  expect(whole).toMatchObject({ seq: 20 });
  expect('kind' in half ? half : follow(half, entries.slice(7))).toEqual(whole);
});

const changes: Record<string, (entries: Entry[], at: number) => Entry[]> = {
  'an amount is changed': (entries, at) =>
    entries.with(at, { ...(entries[at] as Entry), facts: { charged: '0.01 USD', by: ['a', 'b'] } }),
  'a call is renamed': (entries, at) => entries.with(at, { ...(entries[at] as Entry), callId: 'other' }),
  'a time is changed': (entries, at) => entries.with(at, { ...(entries[at] as Entry), at: 5 }),
  'an entry is taken out': (entries, at) => entries.toSpliced(at, 1),
  'an entry is written twice': (entries, at) => entries.toSpliced(at, 0, entries[at] as Entry),
  'two entries change places': (entries, at) =>
    entries.with(at, entries[at + 1] as Entry).with(at + 1, entries[at] as Entry),
  'an entry is made up': (entries, at) =>
    entries.toSpliced(at, 0, link(EMPTY, { type: 'call.denied', facts: {} }, 1)),
};

property.prop([fc.constantFrom(...Object.keys(changes)), fc.nat(17)], { numRuns: 200 })(
  '%s: the first entry that is wrong is named',
  (name, at) => {
    const change = changes[name] as (entries: Entry[], at: number) => Entry[];

    const found = follow(EMPTY, change(journal(20), at));

    expect(found).toMatchObject({ kind: 'broken' });
  },
);

test('an entry that was changed with its hash breaks at the next one', () => {
  const entries = journal(3);
  const [first] = entries;
  const forged = link(
    EMPTY,
    { type: 'call.settled', callId: 'c0', facts: { charged: '9.00 USD' } },
    first?.at ?? 0,
  );

  expect(follow(EMPTY, entries.with(0, forged))).toMatchObject({ kind: 'broken', seq: 2 });
});
