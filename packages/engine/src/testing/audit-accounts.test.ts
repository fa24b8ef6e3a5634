import type { JsonObject } from '../nouns/canonical.ts';
import type { Event } from '../nouns/entry.ts';
import { carveOutKey } from '../nouns/hold.ts';
import { EMPTY, link } from '../record/chain.ts';
import { auditAccounts } from './audit-accounts.ts';
import { auditBudgets } from './audit.ts';

function audited(events: readonly Event[]): ReturnType<typeof auditAccounts> {
  return auditAccounts(written(events));
}

function written(events: readonly Event[]): Parameters<typeof auditAccounts>[0] {
  let head = EMPTY;
  return events.map((event) => {
    const entry = link(head, event, 1);
    head = entry;
    return entry;
  });
}

function moved(from: string, to: string, units: string): Event {
  const legs = [
    { account: from, units: `-${units}` },
    { account: to, units },
  ];
  return { type: 'wallet.transferred', facts: { movement: 'm', currency: 'USD', legs } };
}

function reserved(callId: string, charges: readonly JsonObject[], more: JsonObject = {}): Event {
  return { type: 'call.reserved', callId, facts: { charges, ...more } };
}

function ofWallet(amount: string): JsonObject {
  return { budget: 'w', startMs: 0, currency: 'USD', amount, account: 'wallet' };
}

function settled(callId: string, units: string): Event {
  return { type: 'call.settled', callId, facts: { counted: { USD: units } } };
}

test('funds are what movements left, spent is what calls cost, and held is what has not ended', () => {
  const { accounts, balances, unbalanced } = audited([
    moved('outside', 'w', '100'),
    moved('w', 'v', '30'),
    moved('v', 'outside', '10'),
    ...['c1', 'c2', 'c3', 'c4'].map((id) => reserved(id, [ofWallet('10')])),
    settled('c1', '4'),
    { type: 'call.released', callId: 'c2', facts: {} },
    { type: 'call.expired', callId: 'c3', facts: {} },
    { type: 'call.unresolved', callId: 'c4', facts: {} },
  ]);

  const wallet = { kind: 'wallet', currency: 'USD', closed: false };
  expect(accounts).toEqual([
    { key: 'w', ...wallet, funds: 70n, spent: 4n, held: 10n },
    { key: 'v', ...wallet, funds: 20n, spent: 0n, held: 0n },
  ]);
  expect(balances).toEqual([{ currency: 'USD', outside: -90n, wallets: 86n, spent: 4n }]);
  expect(unbalanced).toEqual([]);
});

test('what leaves one wallet and does not enter another is told', () => {
  const legs = [
    { account: 'w', units: '-30' },
    { account: 'v', units: '29' },
  ];

  const { balances, unbalanced } = audited([
    moved('outside', 'w', '100'),
    { type: 'wallet.transferred', facts: { movement: 'm', currency: 'USD', legs } },
  ]);

  expect(unbalanced).toEqual([2]);
  expect(balances).toEqual([{ currency: 'USD', outside: -100n, wallets: 99n, spent: 0n }]);
});

test('an extension holds its amount in place of the one before, in accounts and in budgets', () => {
  const extended: Event = {
    type: 'call.extended',
    callId: 'c1',
    facts: { charges: [ofWallet('40')] },
  };
  const events = [moved('outside', 'w', '100'), reserved('c1', [ofWallet('10')]), extended];

  expect(audited(events).accounts).toMatchObject([{ key: 'w', funds: 100n, spent: 0n, held: 40n }]);
  expect(auditBudgets(written(events))).toMatchObject([{ key: 'w', spent: 0n, held: 40n }]);
  expect(auditBudgets(written([...events, settled('c1', '35')]))).toMatchObject([{ spent: 35n, held: 0n }]);
});

test('what is set aside is funded by its reservation and closed once, and set aside anew for an id used anew', () => {
  const key = carveOutKey('parent');
  const carve = (units: string): Event =>
    reserved('parent', [{ budget: 'a', startMs: 0, currency: 'USD', amount: units }], {
      carved: { currency: 'USD', units },
    });
  const child: Event = reserved('child', [
    { budget: key, startMs: 0, currency: 'USD', amount: '20', account: 'carve-out' },
  ]);
  const close: Event = { type: 'carve-out.closed', callId: 'parent', facts: { spent: '15', held: '0' } };
  const ended = [carve('50'), child, settled('child', '15'), close, settled('parent', '15')];

  const parent = { key, kind: 'carve-out', currency: 'USD', held: 0n };
  expect(audited(ended)).toEqual({
    accounts: [{ ...parent, funds: 50n, spent: 15n, closed: true }],
    balances: [],
    unbalanced: [],
  });
  expect(audited([...ended, carve('70')]).accounts).toEqual([
    { ...parent, funds: 70n, spent: 0n, closed: false },
  ]);
  expect(auditBudgets(written([...ended, carve('70')]))).toMatchObject([
    { key: 'a', spent: 15n, held: 70n },
    { key, spent: 0n, held: 0n },
  ]);
});
