import fc from 'fast-check';

/** An amount of the dialect. */
export interface Amount {
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

/** What is generated of the dialect. */
export interface T402Document {
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

export const HOUR_MS = 3_600_000;
const MONDAY_MS = Date.UTC(2026, 0, 12);

/** Recipients, networks and categories that documents and payments draw from. */
export const names = ['0xAbc', '0xabC', '0xdef', 'shop.example', 'Shop.example.'];
export const networks = ['eip155:1', 'eip155:8453', 'eip155:56'];
export const categories = ['api_usage', 'API_USAGE', 'gambling'];

/** Around the prices that are asked for: 0 to 4 micro-units, in tokens of few and of many decimals. */
const amount = fc.oneof(
  fc.record({ value: fc.integer({ min: 0, max: 4 }).map(String), decimals: fc.constant(6) }),
  fc.record({ value: fc.integer({ min: 0, max: 400 }).map(String), decimals: fc.constant(8) }),
  fc.record({ value: fc.constantFrom('0', '1'), decimals: fc.constantFrom(4, 5) }),
);

const some = <T>(items: readonly T[]) => fc.uniqueArray(fc.constantFrom(...items), { maxLength: 3 });
/** Instants around the windows and periods that are generated. */
export const instant = fc.integer({ min: -24, max: 9 * 24 }).map((hours) => MONDAY_MS + hours * HOUR_MS);
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

/** Documents of the dialect. */
export const t402Document: fc.Arbitrary<T402Document> = fc.record(
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

/** Micro-units of an amount, rounded up. */
export function ceiling({ value, decimals }: Amount): bigint {
  const unit = 10n ** BigInt(decimals);
  return (BigInt(value) * 10n ** 6n + unit - 1n) / unit;
}
