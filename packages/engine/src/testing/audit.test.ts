import type { JsonObject } from '../nouns/canonical.ts';
import type { Entry, Event } from '../nouns/entry.ts';
import { EMPTY, link } from '../record/chain.ts';
import { auditBudgets } from './audit.ts';

function written(events: readonly Event[]): readonly Entry[] {
  let head = EMPTY;
  return events.map((event) => {
    const entry = link(head, event, 1);
    head = entry;
    return entry;
  });
}

function reserved(callId: string, amount: string, span: JsonObject = { startMs: 0 }): Event {
  return {
    type: 'call.reserved',
    callId,
    facts: { charges: [{ budget: 'a', currency: 'USD', amount, ...span }] },
  };
}

test('what is reserved is held, what is settled is spent, and what is released or expired is neither', () => {
  const entries = written([
    ...['c1', 'c2', 'c3', 'c4'].map((id) => reserved(id, '10')),
    { type: 'call.settled', callId: 'c1', facts: { counted: { USD: '4' } } },
    { type: 'call.released', callId: 'c2', facts: {} },
    { type: 'call.expired', callId: 'c3', facts: {} },
    { type: 'call.unresolved', callId: 'c4', facts: {} },
  ]);

  expect(auditBudgets(entries)).toEqual([{ key: 'a', startMs: 0, spent: 4n, held: 10n, frozen: false }]);
});

test('a freeze lasts until it is lifted', () => {
  const freeze: Event = { type: 'budget.frozen', callId: 'c1', facts: { budget: 'a', startMs: 0 } };
  const lift: Event = { type: 'budget.unfrozen', facts: { budget: 'a' } };
  const frozen = (events: readonly Event[]) =>
    auditBudgets(written([reserved('c1', '1'), ...events]))[0]?.frozen;

  expect([frozen([freeze]), frozen([freeze, lift])]).toEqual([true, false]);
});

test.each`
  what                                      | facts                                  | stands
  ${'a ledger freezes every budget'}        | ${{ by: 'ledger' }}                    | ${[{ held: 10n, frozen: true }]}
  ${'an operator who has all of it, none'}  | ${{ by: 'operator', budgets: 'kept' }} | ${[{ held: 10n, frozen: false }]}
  ${'an operator who has none begins anew'} | ${{ by: 'operator', budgets: 'anew' }} | ${[]}
`('after a loss of data $what', ({ facts, stands }) => {
  const entries = written([reserved('c1', '10'), { type: 'store.rebuilt', facts }]);

  expect(auditBudgets(entries)).toMatchObject(stands);
});

test.each`
  nowMs  | spent | held
  ${0}   | ${4n} | ${60n}
  ${109} | ${4n} | ${60n}
  ${110} | ${0n} | ${60n}
  ${119} | ${0n} | ${60n}
  ${129} | ${0n} | ${40n}
  ${130} | ${0n} | ${0n}
`(
  'a rolling budget at $nowMs has the slices that still count: $spent and $held',
  ({ nowMs, spent, held }) => {
    const slice = (startMs: number) => ({ startMs, endMs: startMs + 10, rollingMs: 100 });
    const entries = written([
      reserved('c1', '10', slice(0)),
      reserved('c2', '20', slice(10)),
      reserved('c3', '40', slice(20)),
      { type: 'call.settled', callId: 'c1', facts: { counted: { USD: '4' } } },
    ]);

    const rolling = { windowMs: 100, sliceMs: 10 };
    expect(auditBudgets(entries, nowMs)).toEqual([
      { key: 'a', startMs: 20, rolling, spent, held, frozen: false },
    ]);
  },
);
