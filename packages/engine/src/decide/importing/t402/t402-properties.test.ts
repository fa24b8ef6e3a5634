import fc from 'fast-check';
import { formatCurrency } from '../../../nouns/money.ts';
import type { Payee } from '../../../nouns/payee.ts';
import { compiled, said } from '../decisions.test-support.ts';
import {
  type Amount,
  categories,
  ceiling,
  HOUR_MS,
  instant,
  names,
  networks,
  type T402Document,
  t402Document,
} from './documents.test-support.ts';
import { importT402Policy } from './import-t402.ts';

interface Payment {
  readonly micros: bigint;
  readonly payee: Payee;
  readonly atMs: number;
}

const payment: fc.Arbitrary<Payment> = fc.record({
  micros: fc.oneof(fc.bigInt({ min: 0n, max: 5n }), fc.constantFrom(9n, 10n, 11n, 99n, 100n, 101n)),
  payee: fc.record({
    recipient: fc.constantFrom(...names),
    network: fc.constantFrom(...networks),
    category: fc.constantFrom(...categories, 'travel'),
  }),
  atMs: fc.tuple(instant, fc.constantFrom(-1, 0, 1, HOUR_MS / 2)).map(([ms, more]) => ms + more),
});

/** A price in micro-units beside an amount of any decimals, both in a unit fine enough for either. */
function compare(micros: bigint, { value, decimals }: Amount): bigint {
  return micros * 10n ** BigInt(decimals) - BigInt(value) * 10n ** 6n;
}

/** What the page of the dialect promises, rule by rule, with our reading of empty lists. */
function promised(document: T402Document, asked: Payment): string {
  if (!inTime(document, asked) || !listed(document, asked)) return 'deny';
  const cap = document.limits?.perTransaction;
  if (cap !== undefined && compare(asked.micros, cap) > 0n) return 'deny';
  const reached = (document.approvalConfig?.thresholds ?? []).filter(
    (each) => compare(asked.micros, each.amount) >= 0n,
  );
  const highest = reached.toSorted((one, other) => (ceiling(one.amount) < ceiling(other.amount) ? 1 : -1))[0];
  return highest === undefined ? 'allow' : `${highest.requiredApprovers} of ${highest.approvers.length}`;
}

/** The same payment around the ends of the blocked periods. */
function atEdges(
  { timeRules: { blockedPeriods = [] } = {} }: T402Document,
  asked: Payment,
): readonly Payment[] {
  return blockedPeriods.flatMap(({ start, end }) =>
    [start, end].flatMap((edge) => [-1, 0, 1].map((more) => ({ ...asked, atMs: Date.parse(edge) + more }))),
  );
}

function inTime(
  { timeRules: { allowedWindows, blockedPeriods = [] } = {} }: T402Document,
  { atMs }: Payment,
): boolean {
  if (blockedPeriods.some(({ start, end }) => Date.parse(start) <= atMs && atMs <= Date.parse(end)))
    return false;
  if (allowedWindows === undefined) return true;
  const hour = new Date(atMs).getUTCHours();
  const day = new Date(atMs).getUTCDay();
  return allowedWindows.some(({ days, startHour, endHour }) => {
    if (startHour < endHour) return days.includes(day) && startHour <= hour && hour < endHour;
    return (days.includes(day) && startHour <= hour) || (days.includes((day + 6) % 7) && hour < endHour);
  });
}

function listed({ merchantRules, networkRules, categoryRules }: T402Document, { payee }: Payment): boolean {
  const { recipient = '', network = '', category = '' } = payee;
  const { whitelist, blacklist = [], requireWhitelist } = merchantRules ?? {};
  const unrestricted =
    requireWhitelist !== true &&
    (whitelist === undefined || (whitelist.length === 0 && requireWhitelist === false));
  return (
    !has(blacklist.map(host), host(recipient)) &&
    (unrestricted || has((whitelist ?? []).map(host), host(recipient))) &&
    !has(networkRules?.blockedNetworks ?? [], network) &&
    has(networkRules?.allowedNetworks ?? [network], network) &&
    !has(categoryRules?.blockedCategories ?? [], category) &&
    has(categoryRules?.allowedCategories ?? [category], category)
  );
}

/** Of the names that are generated, one is a host with a full stop at its end. */
function host(name: string): string {
  return name.replace(/e\.$/, 'e');
}

function has(list: readonly string[], name: string): boolean {
  return list.some((each) => each.toLowerCase() === name.toLowerCase());
}

test('whatever the document, a payment is decided as the page promises', () => {
  fc.assert(
    fc.property(t402Document, fc.array(payment, { minLength: 1, maxLength: 10 }), (document, payments) => {
      const policies = compiled(importT402Policy(document, { agent: 'agent-123' }));
      for (const asked of [...payments, ...payments.flatMap((each) => atEdges(document, each))]) {
        const price = formatCurrency(asked.micros, 'USD');
        const answer = said(policies, { price, payee: asked.payee, at: new Date(asked.atMs).toISOString() });
        expect(/^(?:allow|\d of \d)$/.test(answer) ? answer : 'deny').toBe(promised(document, asked));
      }
    }),
    { numRuns: 500 },
  );
});

test('whatever is given, it is imported or refused with its reason', () => {
  const near = fc.oneof(
    t402Document,
    fc.object({ key: fc.constantFrom('limits', 'daily', 'value', 'enabled', '__proto__') }),
    fc.anything(),
  );
  fc.assert(
    fc.property(near, (document) => {
      try {
        compiled(importT402Policy(document, { agent: 'agent-123' }));
      } catch (error) {
        expect(error).toMatchObject({ code: 'POLICY_INVALID' });
      }
    }),
    { numRuns: 500 },
  );
});
