import fc from 'fast-check';
import { formatCurrency } from '../../../nouns/money.ts';
import type { Payee } from '../../../nouns/payee.ts';
import { compiled, said } from '../decisions.test-support.ts';
import { importT402Policy } from './import-t402.ts';

interface Amount {
  readonly value: string;
  readonly decimals: number;
}

interface Threshold {
  readonly amount: Amount;
  readonly requiredApprovers: number;
  readonly approvers: readonly string[];
}

interface Window {
  readonly days: readonly number[];
  readonly startHour: number;
  readonly endHour: number;
}

interface Period {
  readonly start: string;
  readonly end: string;
  readonly reason: string;
}

interface Policy {
  readonly limits?: { readonly perTransaction?: Amount };
  readonly timeRules?: {
    readonly allowedWindows?: readonly Window[];
    readonly blockedPeriods?: readonly Period[];
  };
  readonly merchantRules?: Lists<'whitelist', 'blacklist'> & { readonly requireWhitelist?: boolean };
  readonly networkRules?: Lists<'allowedNetworks', 'blockedNetworks'>;
  readonly categoryRules?: Lists<'allowedCategories', 'blockedCategories'>;
  readonly approvalConfig?: { readonly thresholds: readonly Threshold[] };
}

type Lists<Allow extends string, Deny extends string> = {
  readonly [Key in Allow | Deny]?: readonly string[];
};

interface Payment {
  readonly micros: bigint;
  readonly payee: Payee;
  readonly atMs: number;
}

const HOUR_MS = 3_600_000;
const MONDAY_MS = Date.UTC(2026, 0, 12);

const names = ['0xAbc', '0xabC', '0xdef', 'shop.example'];
const networks = ['eip155:1', 'eip155:8453', 'eip155:56'];
const categories = ['api_usage', 'API_USAGE', 'gambling'];

/** Around the prices that are asked for: 0 to 4 micro-units, in tokens of few and of many decimals. */
const amount = fc.oneof(
  fc.record({ value: fc.integer({ min: 0, max: 4 }).map(String), decimals: fc.constant(6) }),
  fc.record({ value: fc.integer({ min: 0, max: 400 }).map(String), decimals: fc.constant(8) }),
  fc.record({ value: fc.constantFrom('0', '1'), decimals: fc.constantFrom(4, 5) }),
);

const some = <T>(items: readonly T[]) => fc.uniqueArray(fc.constantFrom(...items), { maxLength: 3 });
const instant = fc.integer({ min: -24, max: 9 * 24 }).map((hours) => MONDAY_MS + hours * HOUR_MS);
const approvers = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 });

const threshold = fc
  .record({ amount, approvers, most: fc.integer({ min: 1, max: 3 }) })
  .map(({ most, ...rest }): Threshold => ({
    ...rest,
    requiredApprovers: Math.min(most, rest.approvers.length),
  }));

const window = fc
  .record({
    days: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 }),
    startHour: fc.integer({ min: 0, max: 23 }),
    endHour: fc.integer({ min: 0, max: 24 }),
  })
  .filter(({ startHour, endHour }) => startHour !== endHour);

const period = fc
  .tuple(instant, fc.integer({ min: 0, max: 48 * HOUR_MS }))
  .map(([start, length]): Period => ({
    start: new Date(start).toISOString(),
    end: new Date(start + length).toISOString(),
    reason: 'closed',
  }));

const optional = { requiredKeys: [] };

const policy: fc.Arbitrary<Policy> = fc.record(
  {
    limits: fc.record({ perTransaction: amount }, optional),
    timeRules: fc.record(
      {
        allowedWindows: fc.array(window, { maxLength: 3 }),
        blockedPeriods: fc.array(period, { maxLength: 2 }),
      },
      optional,
    ),
    merchantRules: fc.record(
      { whitelist: some(names), blacklist: some(names), requireWhitelist: fc.boolean() },
      optional,
    ),
    networkRules: fc.record({ allowedNetworks: some(networks), blockedNetworks: some(networks) }, optional),
    categoryRules: fc.record(
      { allowedCategories: some(categories), blockedCategories: some(categories) },
      optional,
    ),
    approvalConfig: fc.record({
      thresholds: fc.uniqueArray(threshold, {
        minLength: 1,
        maxLength: 3,
        selector: ({ amount: each }) => ceiling(each),
      }),
    }),
  },
  optional,
);

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

function ceiling({ value, decimals }: Amount): bigint {
  const unit = 10n ** BigInt(decimals);
  return (BigInt(value) * 10n ** 6n + unit - 1n) / unit;
}

/** What the page of the dialect promises, rule by rule, with our reading of empty lists. */
function promised(document: Policy, asked: Payment): string {
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
function atEdges({ timeRules: { blockedPeriods = [] } = {} }: Policy, asked: Payment): readonly Payment[] {
  return blockedPeriods.flatMap(({ start, end }) =>
    [start, end].flatMap((edge) => [-1, 0, 1].map((more) => ({ ...asked, atMs: Date.parse(edge) + more }))),
  );
}

function inTime(
  { timeRules: { allowedWindows, blockedPeriods = [] } = {} }: Policy,
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

function listed({ merchantRules, networkRules, categoryRules }: Policy, { payee }: Payment): boolean {
  const { recipient = '', network = '', category = '' } = payee;
  const { whitelist, blacklist = [], requireWhitelist } = merchantRules ?? {};
  const unrestricted =
    requireWhitelist !== true &&
    (whitelist === undefined || (whitelist.length === 0 && requireWhitelist === false));
  return (
    !has(blacklist, recipient) &&
    (unrestricted || has(whitelist ?? [], recipient)) &&
    !has(networkRules?.blockedNetworks ?? [], network) &&
    has(networkRules?.allowedNetworks ?? [network], network) &&
    !has(categoryRules?.blockedCategories ?? [], category) &&
    has(categoryRules?.allowedCategories ?? [category], category)
  );
}

function has(list: readonly string[], name: string): boolean {
  return list.some((each) => each.toLowerCase() === name.toLowerCase());
}

test('whatever the document, a payment is decided as the page promises', () => {
  fc.assert(
    fc.property(policy, fc.array(payment, { minLength: 1, maxLength: 10 }), (document, payments) => {
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
    policy,
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
