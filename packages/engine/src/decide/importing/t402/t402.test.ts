import { compiled, refusal, said } from '../decisions.test-support.ts';
import { importT402Policy } from './import-t402.ts';

// The fragments and the example of the dialect's own page: its values to the letter, without its comments. A day of the
// week is counted from Sunday, and an amount in millionths of the token.
const limits = {
  limits: {
    perTransaction: { value: '100000000', decimals: 6, symbol: 'USDT' },
    hourly: { value: '500000000', decimals: 6, symbol: 'USDT' },
    daily: { value: '1000000000', decimals: 6, symbol: 'USDT' },
    weekly: { value: '5000000000', decimals: 6, symbol: 'USDT' },
    monthly: { value: '10000000000', decimals: 6, symbol: 'USDT' },
  },
};
const timeRules = {
  timeRules: {
    allowedWindows: [{ days: [1, 2, 3, 4, 5], startHour: 9, endHour: 17 }],
    blockedPeriods: [
      {
        start: new Date('2026-01-20T00:00:00Z'),
        end: new Date('2026-01-21T00:00:00Z'),
        reason: 'Scheduled maintenance',
      },
    ],
    timezone: 'UTC',
  },
};
const merchantRules = {
  merchantRules: {
    whitelist: ['0xaddr1', '0xaddr2', '0xaddr3'],
    requireWhitelist: true,
    blacklist: ['0xbadaddr1'],
  },
};
const networkRules = {
  networkRules: {
    allowedNetworks: ['eip155:8453', 'eip155:1'],
    blockedNetworks: ['eip155:56'],
  },
};
const categoryRules = {
  categoryRules: {
    allowedCategories: ['api_usage', 'subscription', 'data_storage'],
    blockedCategories: ['gambling', 'adult_content'],
  },
};
const approvalConfig = {
  approvalConfig: {
    thresholds: [
      {
        amount: { value: '100000000', decimals: 6, symbol: 'USDT' },
        requiredApprovers: 1,
        approvers: ['admin@example.com', 'manager@example.com'],
      },
      {
        amount: { value: '1000000000', decimals: 6, symbol: 'USDT' },
        requiredApprovers: 2,
        approvers: ['admin@example.com', 'manager@example.com', 'cfo@example.com'],
      },
    ],
    timeout: 3600000,
  },
};
const example = {
  enabled: true,
  limits: { daily: { value: '10000000000', decimals: 6 } },
  approvalConfig: {
    thresholds: [
      {
        amount: { value: '100000000', decimals: 6 },
        requiredApprovers: 1,
        approvers: ['admin@company.com'],
      },
    ],
    timeout: 3600000,
  },
};

const page = {
  ...limits,
  ...timeRules,
  ...merchantRules,
  ...networkRules,
  ...categoryRules,
  ...approvalConfig,
};
const agent = { agent: 'agent-123' };
const imported = (document: unknown) => importT402Policy(document, agent);
const policyOf = (document: unknown) => imported(document).policies[0];
const kinds = (document: unknown) => imported(document).remarks.map(({ path, kind }) => `${kind} ${path}`);

test('the limits of the page become budgets', () => {
  expect(policyOf(limits)?.budgets).toEqual([
    { scope: 'call', window: 'call', limit: '100.00 USD' },
    { scope: 'agent', window: 'hour', limit: '500.00 USD' },
    { scope: 'agent', window: 'day', limit: '1000.00 USD' },
    { scope: 'agent', window: 'week', limit: '5000.00 USD' },
    { scope: 'agent', window: 'month', limit: '10000.00 USD' },
  ]);
});

test('nothing of the page is lost', () => {
  expect(imported(page).remarks.filter(({ kind }) => kind !== 'assumed')).toEqual([]);
  expect(imported(example).remarks.filter(({ kind }) => kind !== 'assumed')).toEqual([]);
});

test.each`
  recipient       | network          | category       | price               | outcome
  ${'0xaddr1'}    | ${'eip155:8453'} | ${'api_usage'} | ${'50.00 USD'}      | ${'allow'}
  ${'0xADDR2'}    | ${'eip155:1'}    | ${'API_usage'} | ${'99.999999 USD'}  | ${'allow'}
  ${'0xaddr3'}    | ${'eip155:1'}    | ${'api_usage'} | ${'100.00 USD'}     | ${'1 of 2'}
  ${'0xaddr3'}    | ${'eip155:1'}    | ${'api_usage'} | ${'100.000001 USD'} | ${'PRICE_ABOVE_CAP'}
  ${'0xaddr4'}    | ${'eip155:8453'} | ${'api_usage'} | ${'1.00 USD'}       | ${'MERCHANT_NOT_ALLOWED'}
  ${'0xbadaddr1'} | ${'eip155:8453'} | ${'api_usage'} | ${'1.00 USD'}       | ${'MERCHANT_DENIED'}
  ${'0xBadAddr1'} | ${'eip155:8453'} | ${'api_usage'} | ${'1.00 USD'}       | ${'MERCHANT_DENIED'}
  ${undefined}    | ${'eip155:8453'} | ${'api_usage'} | ${'1.00 USD'}       | ${'PAYEE_UNKNOWN'}
  ${'0xaddr1'}    | ${'eip155:56'}   | ${'api_usage'} | ${'1.00 USD'}       | ${'NETWORK_DENIED'}
  ${'0xaddr1'}    | ${'eip155:10'}   | ${'api_usage'} | ${'1.00 USD'}       | ${'NETWORK_NOT_ALLOWED'}
  ${'0xaddr1'}    | ${undefined}     | ${'api_usage'} | ${'1.00 USD'}       | ${'PAYEE_UNKNOWN'}
  ${'0xaddr1'}    | ${'eip155:8453'} | ${'Gambling'}  | ${'1.00 USD'}       | ${'CATEGORY_DENIED'}
  ${'0xaddr1'}    | ${'eip155:8453'} | ${'travel'}    | ${'1.00 USD'}       | ${'CATEGORY_NOT_ALLOWED'}
  ${'0xaddr1'}    | ${'eip155:8453'} | ${undefined}   | ${'1.00 USD'}       | ${'PAYEE_UNKNOWN'}
  ${'0xaddr1'}    | ${'eip155:8453'} | ${'api_usage'} | ${'1.00 EUR'}       | ${'RULE_FAILED'}
`('on the whole page, $price to $recipient over $network for $category is $outcome', (row) => {
  const { recipient, network, category, price, outcome } = row;
  const payee = {
    ...(recipient && { recipient }),
    ...(network && { network }),
    ...(category && { category }),
  };

  expect(said(compiled(imported(page)), { price, payee })).toBe(outcome);
});

test.each`
  price               | outcome
  ${'99.999999 USD'}  | ${'allow'}
  ${'100.00 USD'}     | ${'1 of 2'}
  ${'999.999999 USD'} | ${'1 of 2'}
  ${'1000.00 USD'}    | ${'2 of 3'}
  ${'1000.00 EUR'}    | ${'RULE_FAILED'}
`('by the thresholds of the page, $price is $outcome', ({ price, outcome }) => {
  expect(said(compiled(imported(approvalConfig)), { price })).toBe(outcome);
});

test.each`
  price              | outcome
  ${'99.999999 USD'} | ${'allow'}
  ${'100.00 USD'}    | ${'1 of 1'}
  ${'500.00 USD'}    | ${'1 of 1'}
`('by the example of the page, whose amounts name no token, $price is $outcome', ({ price, outcome }) => {
  expect(said(compiled(imported(example)), { price })).toBe(outcome);
  expect(imported(example).remarks[0]).toEqual({
    path: 'limits.daily.symbol',
    kind: 'assumed',
    message: 'an amount without a symbol is of USDT, which counts as USD',
  });
});

test.each`
  at                            | outcome
  ${'2026-01-12T08:59:59.999Z'} | ${'SCHEDULE_CLOSED'}
  ${'2026-01-12T09:00:00.000Z'} | ${'allow'}
  ${'2026-01-16T16:59:59.999Z'} | ${'allow'}
  ${'2026-01-16T17:00:00.000Z'} | ${'SCHEDULE_CLOSED'}
  ${'2026-01-17T12:00:00.000Z'} | ${'SCHEDULE_CLOSED'}
  ${'2026-01-18T12:00:00.000Z'} | ${'SCHEDULE_CLOSED'}
  ${'2026-01-19T16:59:59.999Z'} | ${'allow'}
  ${'2026-01-20T12:00:00.000Z'} | ${'SCHEDULE_BLOCKED'}
  ${'2026-01-21T09:00:00.000Z'} | ${'allow'}
`('by the times of the page, a payment at $at is $outcome', ({ at, outcome }) => {
  expect(said(compiled(imported(timeRules)), { at })).toBe(outcome);
});

test.each`
  at                            | outcome
  ${'2026-01-19T23:59:59.999Z'} | ${'allow'}
  ${'2026-01-20T00:00:00.000Z'} | ${'SCHEDULE_BLOCKED'}
  ${'2026-01-21T00:00:00.000Z'} | ${'SCHEDULE_BLOCKED'}
  ${'2026-01-21T00:00:00.001Z'} | ${'allow'}
`(
  'a blocked period that went through JSON still blocks, its last instant included: $at is $outcome',
  ({ at, outcome }) => {
    const { blockedPeriods } = timeRules.timeRules;
    const stored: unknown = JSON.parse(JSON.stringify({ timeRules: { blockedPeriods } }));

    expect(said(compiled(imported(stored)), { at })).toBe(outcome);
  },
);

test.each`
  window                                      | timezone           | at                        | outcome
  ${{ days: [5], startHour: 22, endHour: 6 }} | ${'UTC'}           | ${'2026-01-16T21:59:59Z'} | ${'SCHEDULE_CLOSED'}
  ${{ days: [5], startHour: 22, endHour: 6 }} | ${'UTC'}           | ${'2026-01-16T23:30:00Z'} | ${'allow'}
  ${{ days: [5], startHour: 22, endHour: 6 }} | ${'UTC'}           | ${'2026-01-17T05:59:59Z'} | ${'allow'}
  ${{ days: [5], startHour: 22, endHour: 6 }} | ${'UTC'}           | ${'2026-01-16T05:59:59Z'} | ${'SCHEDULE_CLOSED'}
  ${{ days: [5], startHour: 9, endHour: 24 }} | ${'UTC'}           | ${'2026-01-16T23:59:59Z'} | ${'allow'}
  ${{ days: [5], startHour: 9, endHour: 0 }}  | ${'UTC'}           | ${'2026-01-16T23:59:59Z'} | ${'allow'}
  ${{ days: [5], startHour: 9, endHour: 0 }}  | ${'UTC'}           | ${'2026-01-17T00:00:00Z'} | ${'SCHEDULE_CLOSED'}
  ${{ days: [5], startHour: 9, endHour: 23 }} | ${'UTC'}           | ${'2026-01-16T23:00:00Z'} | ${'SCHEDULE_CLOSED'}
  ${{ days: [0], startHour: 0, endHour: 24 }} | ${'UTC'}           | ${'2026-01-18T12:00:00Z'} | ${'allow'}
  ${{ days: [2], startHour: 9, endHour: 10 }} | ${'Europe/Berlin'} | ${'2026-01-13T08:30:00Z'} | ${'allow'}
  ${{ days: [2], startHour: 9, endHour: 10 }} | ${'Europe/Berlin'} | ${'2026-07-14T07:30:00Z'} | ${'allow'}
  ${{ days: [2], startHour: 9, endHour: 10 }} | ${'Europe/Berlin'} | ${'2026-01-13T09:30:00Z'} | ${'SCHEDULE_CLOSED'}
`('with $window of $timezone, $at is $outcome', ({ window, timezone, at, outcome }) => {
  expect(said(compiled(imported({ timeRules: { allowedWindows: [window], timezone } })), { at })).toBe(
    outcome,
  );
});

test.each`
  document                                                             | outcome
  ${{}}                                                                | ${'allow'}
  ${{ enabled: false }}                                                | ${'TOOL_NOT_ALLOWED'}
  ${{ merchantRules: { requireWhitelist: true } }}                     | ${'MERCHANT_NOT_ALLOWED'}
  ${{ merchantRules: { requireWhitelist: true, whitelist: [] } }}      | ${'MERCHANT_NOT_ALLOWED'}
  ${{ merchantRules: { whitelist: [] } }}                              | ${'MERCHANT_NOT_ALLOWED'}
  ${{ merchantRules: { requireWhitelist: false, whitelist: [] } }}     | ${'allow'}
  ${{ merchantRules: { requireWhitelist: false, whitelist: ['0x'] } }} | ${'MERCHANT_NOT_ALLOWED'}
  ${{ merchantRules: { whitelist: ['0xa'], blacklist: ['0xA'] } }}     | ${'MERCHANT_DENIED'}
  ${{ networkRules: { allowedNetworks: [] } }}                         | ${'NETWORK_NOT_ALLOWED'}
  ${{ categoryRules: { allowedCategories: [] } }}                      | ${'CATEGORY_NOT_ALLOWED'}
  ${{ timeRules: { allowedWindows: [] } }}                             | ${'SCHEDULE_CLOSED'}
  ${{ timeRules: { timezone: 'UTC' } }}                                | ${'allow'}
  ${{ merchantRules: {}, networkRules: {}, categoryRules: {} }}        | ${'allow'}
`('a payment under $document is $outcome', ({ document, outcome }) => {
  const payee = { recipient: '0xa', network: 'eip155:56', category: 'travel' };

  expect(said(compiled(imported(document)), { payee })).toBe(outcome);
});

test.each`
  document                                                                                                | remark
  ${{ enabled: false }}                                                                                   | ${'assumed enabled'}
  ${{ limits: { weekly: { value: '1', decimals: 6, symbol: 'USDT' } } }}                                  | ${'assumed limits.weekly'}
  ${{ limits: { daily: { value: '1', decimals: 7 } } }}                                                   | ${'stricter limits.daily'}
  ${{ timeRules: { allowedWindows: [] } }}                                                                | ${'stricter timeRules.allowedWindows'}
  ${{ timeRules: { allowedWindows: [{ days: [1], startHour: 9, endHour: 23 }] } }}                        | ${'assumed timeRules.allowedWindows[0].endHour'}
  ${{ timeRules: { allowedWindows: [{ days: [1], startHour: 22, endHour: 6 }] } }}                        | ${'assumed timeRules.allowedWindows[0]'}
  ${{ timeRules: { timezone: 'Asia/Tokyo', allowedWindows: [{ days: [1], startHour: 1, endHour: 2 }] } }} | ${'assumed timeRules.timezone'}
  ${{ merchantRules: { whitelist: [] } }}                                                                 | ${'stricter merchantRules.whitelist'}
  ${{ merchantRules: { whitelist: [], requireWhitelist: false } }}                                        | ${'assumed merchantRules.whitelist'}
  ${{ networkRules: { allowedNetworks: [] } }}                                                            | ${'stricter networkRules.allowedNetworks'}
  ${{ categoryRules: { allowedCategories: [] } }}                                                         | ${'stricter categoryRules.allowedCategories'}
  ${{ categoryRules: { blockedCategories: ['gambling'] } }}                                               | ${'stricter categoryRules.blockedCategories'}
  ${{ approvalConfig: { ...approvalConfig.approvalConfig, timeout: 1500 } }}                              | ${'stricter approvalConfig.timeout'}
`('what is read otherwise in $document is remarked: $remark', ({ document, remark }) => {
  expect(kinds(document)).toContain(remark);
});

test.each`
  timeout          | expiresIn
  ${undefined}     | ${'1h'}
  ${1_000}         | ${'1s'}
  ${1_999}         | ${'1s'}
  ${90_000}        | ${'90s'}
  ${5_400_000}     | ${'90m'}
  ${604_800_000}   | ${'168h'}
  ${1_000_001_000} | ${'16666m'}
`('a timeout of $timeout ms expires after $expiresIn', ({ timeout, expiresIn }) => {
  const [threshold] = approvalConfig.approvalConfig.thresholds;
  const config = { thresholds: [threshold], ...(timeout !== undefined && { timeout }) };

  expect(policyOf({ approvalConfig: config })?.approvals?.[0]?.expiresIn).toBe(expiresIn);
});

test.each`
  value                 | decimals | symbol     | limit
  ${'0'}                | ${6}     | ${'USDT'}  | ${'0.00 USD'}
  ${'1'}                | ${0}     | ${'USDC'}  | ${'1.00 USD'}
  ${'9007199254740993'} | ${8}     | ${'USDT0'} | ${'90071992.547409 USD'}
  ${'1999999999999'}    | ${18}    | ${'USDT'}  | ${'0.000001 USD'}
  ${'999999999999'}     | ${18}    | ${'USDT'}  | ${'0.00 USD'}
  ${'9007199254740991'} | ${6}     | ${'USD'}   | ${'9007199254.740991 USD'}
`(
  '$value with $decimals decimals of $symbol is a limit of $limit, never more',
  ({ value, decimals, symbol, limit }) => {
    const budgets = policyOf({ limits: { daily: { value, decimals, symbol } } })?.budgets;

    expect(budgets).toEqual([{ scope: 'agent', window: 'day', limit }]);
  },
);

test.each`
  price           | outcome
  ${'0.00 USD'}   | ${'1 of 1'}
  ${'99.99 USD'}  | ${'1 of 1'}
  ${'100.00 USD'} | ${'1 of 2'}
`('with the older switch and thresholds, $price is $outcome', ({ price, outcome }) => {
  const config = { thresholds: approvalConfig.approvalConfig.thresholds.slice(0, 1) };
  const both = { requireApproval: true, approvalConfig: config };

  expect(
    said(compiled(importT402Policy(both, { ...agent, approvers: ['boss@example.com'] })), { price }),
  ).toBe(outcome);
});

test('the older switch alone asks for everything, free calls included', () => {
  const imported = importT402Policy({ requireApproval: true }, { ...agent, approvers: ['boss@example.com'] });

  expect(said(compiled(imported), { price: '0.00 USD' })).toBe('1 of 1');
});

test.each`
  reason                             | kept
  ${'Scheduled maintenance'}         | ${'Scheduled maintenance'}
  ${'closed\nIGNORE THAT'}           | ${'closed IGNORE THAT'}
  ${' \u202eclosed\u0000\r\n'}       | ${'closed'}
  ${'\u{1f468}\u200d\u{1f469} away'} | ${'\u{1f468}\u200d\u{1f469} away'}
  ${'x'.repeat(1001)}                | ${`${'x'.repeat(999)}…`}
  ${'\n'}                            | ${'a blocked period'}
  ${''}                              | ${'a blocked period'}
`('of the reason of a blocked period this is kept: $kept', ({ reason, kept }) => {
  const document = period({ reason });
  const told = kinds(document).includes('assumed timeRules.blockedPeriods[0].reason');

  expect(policyOf(document)?.schedule?.block?.[0]?.reason).toBe(kept);
  expect(told).toBe(kept !== reason && reason.trim() !== '');
  expect(() => compiled(imported(document))).not.toThrow();
});

test('whose limits are counted and how recipients are compared is said where it matters', () => {
  const owner = { ...agent, owner: 'o1' };

  expect(kinds(limits)).toContain('assumed limits');
  expect(importT402Policy(limits, owner).remarks.map(({ path }) => path)).not.toContain('limits');
  expect(kinds(merchantRules)).toEqual(['assumed merchantRules']);
  expect(kinds({ merchantRules: { blacklist: [] } })).toEqual([]);
  expect(said(compiled(imported(merchantRules)), { payee: { recipient: '0xBadAddr1.' } })).toBe(
    'MERCHANT_DENIED',
  );
});

test('the policy is of one agent, of one owner where that is said, and counts what it is told', () => {
  const given = { agent: 'a1', id: 'a1/t402', owner: 'o1', currencies: { EURC: 'EUR' } };
  const { policies } = importT402Policy(
    { limits: { daily: { value: '5', decimals: 0, symbol: 'EURC' } } },
    given,
  );

  expect(policies).toEqual([
    {
      id: 'a1/t402',
      match: { agents: ['a1'], owners: ['o1'] },
      budgets: [{ scope: 'agent', window: 'day', limit: '5.00 EUR' }],
    },
  ]);
  expect(said(compiled(importT402Policy(page, agent)), { agent: 'agent-1234' })).toBe('NO_POLICY');
});

const daily = (amount: object) => ({ limits: { daily: { value: '1', decimals: 6, ...amount } } });
const window = (change: object) => ({
  timeRules: { allowedWindows: [{ days: [1], startHour: 9, endHour: 17, ...change }] },
});
const period = (change: object) => ({
  timeRules: {
    blockedPeriods: [{ start: '2026-01-20T00:00:00Z', end: '2026-01-21T00:00:00Z', reason: 'r', ...change }],
  },
});
const asks = (change: object) => ({
  approvalConfig: { thresholds: [{ ...approvalConfig.approvalConfig.thresholds[0], ...change }] },
});

test.each`
  document                                                     | message
  ${null}                                                      | ${'document: expected an object of `enabled`'}
  ${[]}                                                        | ${'document: expected an object of `enabled`'}
  ${JSON.parse('{"__proto__": {"enabled": true}}')}            | ${'__proto__: unknown key'}
  ${{ spendingLimits: {} }}                                    | ${'spendingLimits: unknown key, expected one of `enabled`, `limits`'}
  ${{ enabled: 'false' }}                                      | ${'enabled: expected `true` or `false`, got `false`'}
  ${{ limits: { minutely: {} } }}                              | ${'limits.minutely: unknown key'}
  ${daily({ value: 1 })}                                       | ${'limits.daily.value: expected a whole number of the smallest unit as text, such as `100000000`, got `1`'}
  ${daily({ value: '-1000000' })}                              | ${'limits.daily.value: expected a whole number'}
  ${daily({ value: 'abc' })}                                   | ${'limits.daily.value: expected a whole number'}
  ${daily({ value: '1e6' })}                                   | ${'limits.daily.value: expected a whole number'}
  ${daily({ value: '1.5' })}                                   | ${'limits.daily.value: expected a whole number'}
  ${daily({ value: '0x10' })}                                  | ${'limits.daily.value: expected a whole number'}
  ${daily({ value: '01' })}                                    | ${'limits.daily.value: expected a whole number'}
  ${daily({ value: '' })}                                      | ${'limits.daily.value: expected a whole number'}
  ${daily({ value: '9'.repeat(5000) })}                        | ${'limits.daily.value: expected a whole number'}
  ${daily({ value: '9007199254740992' })}                      | ${'limits.daily.value: expected at most `9007199254.740991 USD`, got more; leave the limit out'}
  ${daily({ decimals: undefined })}                            | ${'limits.daily.decimals: expected a whole number from 0 to 18, got nothing'}
  ${daily({ decimals: '6' })}                                  | ${'limits.daily.decimals: expected a whole number from 0 to 18'}
  ${daily({ decimals: -6 })}                                   | ${'limits.daily.decimals: expected a whole number from 0 to 18'}
  ${daily({ decimals: 77 })}                                   | ${'limits.daily.decimals: expected a whole number from 0 to 18'}
  ${daily({ symbol: 'usdt' })}                                 | ${'limits.daily.symbol: expected a symbol that the option `currencies` counts as a currency, got `usdt`'}
  ${daily({ symbol: 'ETH' })}                                  | ${'limits.daily.symbol: expected a symbol'}
  ${daily({ symbol: 'constructor' })}                          | ${'limits.daily.symbol: expected a symbol'}
  ${window({ startHour: 17 })}                                 | ${'timeRules.allowedWindows[0].endHour: expected another hour than `startHour`; all day is `0` to `24`'}
  ${window({ days: [] })}                                      | ${'timeRules.allowedWindows[0].days: expected a list of 1 to 7 days'}
  ${window({ days: [7] })}                                     | ${'timeRules.allowedWindows[0].days[0]: expected a whole number from 0 to 6'}
  ${window({ endHour: 25 })}                                   | ${'timeRules.allowedWindows[0].endHour: expected a whole number from 0 to 24'}
  ${window({ startHour: 9.5 })}                                | ${'timeRules.allowedWindows[0].startHour: expected a whole number from 0 to 23'}
  ${{ timeRules: { timezone: 'Mars/Olympus' } }}               | ${'timeRules.timezone: expected an IANA time zone'}
  ${period({ start: '2026-01-20' })}                           | ${'timeRules.blockedPeriods[0].start: expected an instant'}
  ${period({ start: new Date(Number.NaN) })}                   | ${'timeRules.blockedPeriods[0].start: expected'}
  ${period({ end: '2026-01-19T00:00:00Z' })}                   | ${'timeRules.blockedPeriods[0].end: expected an instant that is not before `start`'}
  ${period({ end: 1768953600000 })}                            | ${'timeRules.blockedPeriods[0].end: expected a `Date` or an instant'}
  ${{ merchantRules: { whitelist: ['0x*'] } }}                 | ${'merchantRules.whitelist[0]: expected a recipient'}
  ${{ merchantRules: { blacklist: ['0xa', 'evil corp'] } }}    | ${'merchantRules.blacklist[1]: expected a recipient'}
  ${{ networkRules: { allowedNetworks: ['base'] } }}           | ${'networkRules.allowedNetworks[0]: expected a CAIP-2 network'}
  ${{ networkRules: { blockedNetworks: ['eip155:056'] } }}     | ${'networkRules.blockedNetworks[0]: expected a CAIP-2 network without leading zeros, such as `eip155:8453`, got `eip155:056`'}
  ${{ networkRules: { blockedNetworks: ['eip155:*'] } }}       | ${'networkRules.blockedNetworks[0]: expected a CAIP-2 network'}
  ${{ requireApproval: true }}                                 | ${'requireApproval: expected the option `approvers`'}
  ${{ approvalConfig: { thresholds: [] } }}                    | ${'approvalConfig.thresholds: expected a list of 1 to 50 thresholds'}
  ${asks({ approvers: [] })}                                   | ${'approvalConfig.thresholds[0].approvers: expected a list of 1 to 100 approvers'}
  ${asks({ requiredApprovers: 0 })}                            | ${'approvalConfig.thresholds[0].requiredApprovers: expected a whole number from 1 to 100'}
  ${asks({ requiredApprovers: 3 })}                            | ${'approvalConfig.thresholds[0].requiredApprovers: expected at most the number of different `approvers`'}
  ${asks({ requiredApprovers: 2, approvers: ['a@x', 'A@x'] })} | ${'approvalConfig.thresholds[0].requiredApprovers: expected at most'}
`('$document is refused', ({ document, message }) => {
  expect(refusal(() => imported(document))).toContain(`:\n${message}`);
});

test('thresholds that count the same are refused, and so are amounts of two currencies', () => {
  const [threshold] = approvalConfig.approvalConfig.thresholds;
  const twice = { approvalConfig: { thresholds: [threshold, threshold] } };
  const mixed = {
    limits: { hourly: { value: '1', decimals: 6 }, daily: { value: '1', decimals: 6, symbol: 'EURC' } },
  };
  const currencies = { USDT: 'USD', EURC: 'EUR' };

  expect(refusal(() => imported(twice))).toContain('expected thresholds of different amounts');
  expect(refusal(() => importT402Policy(mixed, { ...agent, currencies }))).toContain(
    'limits.daily.symbol: expected amounts of one currency, got EUR beside USD: no price is both',
  );
});

test.each`
  options                                                           | message
  ${{}}                                                             | ${'options.agent: expected an agent id'}
  ${{ agent: '*' }}                                                 | ${'options.agent: expected an agent id'}
  ${{ agent: 'a', owner: '*@example.com' }}                         | ${'options.owner: expected an owner'}
  ${{ agent: 'a', approvers: [] }}                                  | ${'options.approvers: expected a list of 1 to 100 approvers'}
  ${{ agent: 'a', currencies: { USDT: 'dollars' } }}                | ${'options.currencies.USDT: expected a currency such as `USD`'}
  ${{ agent: 'a', currencies: JSON.parse('{"__proto__": "USD"}') }} | ${'options.currencies.__proto__: expected symbols'}
`('the options $options are refused', ({ options, message }) => {
  expect(refusal(() => importT402Policy({}, options))).toContain(message);
});
