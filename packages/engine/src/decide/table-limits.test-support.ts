import { EURC, type FactChange, type Group, type Row, USDC, WETH } from './decision-table.test-support.ts';

const people = { approvers: ['ada@example.com'] };
const when = (expression: string, more: object = {}) => ({
  rules: [{ id: 'r', when: expression, then: 'deny', reason: 'not on my watch', ...more }],
});
const rule = (what: string, policy: object, expect: Row['expect'], call: Row['call'] = {}): Row => ({
  clause: 'rules[0]',
  what,
  policies: [policy],
  call,
  expect,
});

const ruleDenied: readonly Row[] = [
  rule('an expression that holds', when('tool.startsWith("web_")'), {
    is: 'RULE_DENIED',
    first: {
      message: 'rule `r` of policy `a` objects: not on my watch',
      policy: 'a',
      limit: 'a call for which the rule does not hold',
    },
  }),
  rule('an expression that does not', when('tool.startsWith("mail_")'), 'allow'),
  rule('a rule of other tools', when('true', { tools: ['mail_*'] }), 'allow'),
  rule('the price, just above', when('price > money("0.119999 USD")'), 'RULE_DENIED'),
  rule('the price, equal', when('price > money("0.12 USD")'), 'allow'),
  rule('an argument', when('arguments.amount > 5000'), 'RULE_DENIED', { arguments: { amount: 5001 } }),
  rule('an argument, equal', when('arguments.amount > 5000'), 'allow', { arguments: { amount: 5000 } }),
  rule('a negation', when('!(arguments.amount <= 5000)'), 'RULE_DENIED', { arguments: { amount: 9999 } }),
  rule('text that is in a text', when('arguments.query.contains("drop table")'), 'RULE_DENIED', {
    arguments: { query: 'please drop table users' },
  }),
  rule('text that is not in a text', when('arguments.query.contains("drop table")'), 'allow', {
    arguments: { query: 'Drop Table' },
  }),
  rule('no arguments are none of theirs', when('has(arguments.amount)'), 'allow', { arguments: 'null' }),
  rule('an argument beside a number of 400 digits', when('arguments.amount > 5000'), 'RULE_DENIED', {
    arguments: `{"amount":5001,"other":${'9'.repeat(400)}}`,
  }),
  rule('an argument beside a text of 200,000 characters', when('arguments.amount > 5000'), 'RULE_DENIED', {
    arguments: { amount: 5001, other: 'x'.repeat(200_000) },
  }),
  rule('a whole number beyond those that are exact', when('arguments.amount > 5000'), 'RULE_DENIED', {
    arguments: '{"amount":12345678901234567890}',
  }),
  rule('a conjunction', when('tool == "web_search" && arguments.n > -1'), 'RULE_DENIED', {
    arguments: { n: 0 },
  }),
  rule('an effect', when('effect == "destructive"'), 'RULE_DENIED', { tool: 'delete_all' }),
  rule(
    'an effect by an override',
    { effects: { overrides: { destructive: ['frob'] } }, ...when('effect == "destructive"') },
    'RULE_DENIED',
    { tool: 'frob' },
  ),
  rule('an effect by an anomaly', { anomaly: {}, ...when('effect == "destructive"') }, 'RULE_DENIED', {
    tool: 'update',
  }),
  rule('the tenant', when('principal.tenant != "acme"'), 'RULE_DENIED', { principal: { tenant: 'other' } }),
  rule(
    'the network, where it is known',
    when('has(payee.network) && payee.network != "eip155:8453"'),
    'allow',
  ),
  {
    clause: 'rules[0]',
    what: 'the time',
    policies: [when('now.getHours("Europe/Berlin") >= 18')],
    facts: { now: '2026-01-20T17:00:00Z' },
    expect: 'RULE_DENIED',
  },
  {
    clause: 'rules[0]',
    what: 'the time, a millisecond before',
    policies: [when('now.getHours("Europe/Berlin") >= 18')],
    facts: { now: '2026-01-20T16:59:59.999Z' },
    expect: 'allow',
  },
  {
    clause: 'rules[0]',
    what: 'the session',
    policies: [when('session.calls > 10')],
    facts: { session: { calls: 11, denials: 0, writes: 0, elevations: [] } },
    expect: 'RULE_DENIED',
  },
  {
    clause: 'rules[1]',
    what: 'the second rule; both objections are kept',
    policies: [
      {
        rules: [
          { id: 'constructor', when: 'false', then: 'deny', reason: 'x' },
          { id: 'toString', when: 'true', then: 'deny', reason: 'y' },
          { id: 'z', when: 'true', then: 'deny', reason: 'z' },
        ],
      },
    ],
    expect: { is: 'RULE_DENIED', reasons: ['RULE_DENIED a rules[1]', 'RULE_DENIED a rules[2]'] },
  },
];

const ruleFailed: readonly Row[] = [
  rule('an argument that is missing', when('arguments.amount > 5000'), {
    is: 'RULE_FAILED',
    first: {
      message: 'rule `r` of policy `a` could not be judged: `arguments.amount` is missing',
      limit: 'a call that has what the rule asks for',
    },
  }),
  rule('text where a number is expected', when('arguments.amount > 5000'), 'RULE_FAILED', {
    arguments: { amount: '12000' },
  }),
  rule('text with a separator of thousands', when('arguments.amount > 50'), 'RULE_FAILED', {
    arguments: { amount: '9,999' },
  }),
  rule('null where a number is expected', when('arguments.amount > 5000'), 'RULE_FAILED', {
    arguments: { amount: null },
  }),
  rule('a list where a number is expected', when('arguments.amount > 5000'), 'RULE_FAILED', {
    arguments: { amount: [9999] },
  }),
  rule('arguments that are no text', when('arguments.amount > 5000'), 'RULE_FAILED', { arguments: 5 }),
  rule('arguments that are no JSON', when('arguments.amount > 5000'), 'RULE_FAILED', { arguments: '{' }),
  rule('text with a currency', when('arguments.amount > 5000'), 'RULE_FAILED', {
    arguments: { amount: '9999 USD' },
  }),
  rule('no arguments at all', when('arguments.amount > 5000'), 'RULE_FAILED', { arguments: 'null' }),
  rule('a field that every object has', when('arguments.constructor == "x"'), 'RULE_FAILED'),
  rule('a network that is not known', when('payee.network == "eip155:1"'), 'RULE_FAILED'),
  rule('a price that does not count', when('price > money("1 EUR")'), 'RULE_FAILED'),
  rule('a session of which nothing is known', when('session.calls > 10'), 'RULE_FAILED'),
  rule('a rule that only flags fails too', when('arguments.amount > 5000', { then: 'flag' }), 'RULE_FAILED'),
  rule(
    'and so does one that only asks',
    when('arguments.amount > 5000', { then: 'approve', ...people }),
    'RULE_FAILED',
  ),
  rule(
    'what is missing does not matter where the rest decides',
    when('tool == "mail_send" && arguments.amount > 5000'),
    'allow',
  ),
];

const cap = (limit: string, more: object = {}) => ({
  budgets: [{ scope: 'call', window: 'call', limit, ...more }],
});
const daily = (limit: string, more: object = {}) => ({
  budgets: [{ scope: 'agent', window: 'day', limit, ...more }],
});
const asks = (condition: object) => ({ approvals: [{ when: condition, ...people }] });
const unit = (units: bigint, asset: string) => ({ price: { units, asset } });

const money = (
  clause: string,
  what: string,
  policies: readonly object[],
  expect: Row['expect'],
  call: Row['call'] = {},
): Row => ({
  clause,
  what,
  policies,
  call,
  expect,
});

const assetUnknown: readonly Row[] = [
  money(
    'budgets[0]',
    'a token that counts as nothing',
    [daily('1 USD')],
    {
      is: 'ASSET_UNKNOWN',
      first: {
        message: `\`${WETH}\` does not count as USD, which policy \`a\` limits`,
        value: WETH,
        limit: 'an asset that counts as USD',
      },
    },
    unit(1n, WETH),
  ),
  money('budgets[0]', 'even for nothing', [daily('1 USD')], 'ASSET_UNKNOWN', unit(0n, WETH)),
  money(
    'budgets[0]',
    'a token by another case of its address',
    [daily('1 USD')],
    'ASSET_UNKNOWN',
    unit(1n, USDC.toLowerCase()),
  ),
  money('budgets[0]', 'a currency in small letters', [daily('1 USD')], 'ASSET_UNKNOWN', unit(1n, 'usd/6')),
  money(
    'budgets[0]',
    'decimals beyond those of a currency',
    [daily('1 USD')],
    'ASSET_UNKNOWN',
    unit(1n, 'USD/18'),
  ),
  money(
    'budgets[0]',
    'an amount that counts as more than there can be',
    [daily('1 USD')],
    'ASSET_UNKNOWN',
    unit(2n ** 53n - 1n, EURC),
  ),
  money('budgets[0]', 'a currency that the budget is not in', [daily('1 EUR')], 'ASSET_UNKNOWN'),
  money('budgets[0]', 'a currency that the cap is not in', [cap('1 EUR')], 'ASSET_UNKNOWN'),
  money(
    'budgets[0]',
    'an asset that is not shaped as one',
    [daily('1 USD')],
    'ASSET_UNKNOWN',
    unit(1n, '__proto__'),
  ),
  money(
    'approvals[0]',
    'a currency that the threshold is not in',
    [asks({ above: '1 EUR' })],
    'ASSET_UNKNOWN',
  ),
  money('wallet', 'a currency that the wallet is not in', [{ wallet: { currency: 'EUR' } }], {
    is: 'ASSET_UNKNOWN',
    first: { message: '`USD/6` does not count as EUR, which policy `a` limits', value: 'USD/6' },
  }),
  money(
    'wallet',
    'a wallet, even for nothing',
    [{ wallet: { currency: 'USD' } }],
    'ASSET_UNKNOWN',
    unit(0n, WETH),
  ),
  money(
    'wallet',
    'each wallet that cannot count it',
    [{ wallet: { currency: 'EUR' } }, { wallet: { currency: 'USD' } }, { wallet: { currency: 'EUR' } }],
    {
      is: 'ASSET_UNKNOWN',
      reasons: ['ASSET_UNKNOWN a wallet', 'ASSET_UNKNOWN c wallet'],
    },
  ),
  money(
    'payments.maxAuthorization',
    'a currency that the most to authorize is not in',
    [{ payments: { maxAuthorization: '1 EUR' } }],
    'ASSET_UNKNOWN',
    { payee: { scheme: 'exact' } },
  ),
  money(
    'budgets[0]',
    'a budget of other tools does not care',
    [daily('1 EUR', { tools: ['deploy'] })],
    'allow',
  ),
  money(
    'approvals[0]',
    'a threshold of other tools does not care',
    [asks({ above: '1 EUR', tools: ['deploy'] })],
    'allow',
  ),
  money('budgets', 'without budgets the asset does not matter', [{}], 'allow', unit(1n, WETH)),
  money('budgets[0]', 'unknown comes before too dear', [cap('0.01 USD'), daily('1 EUR')], {
    is: 'ASSET_UNKNOWN',
    reasons: ['ASSET_UNKNOWN b budgets[0]', 'PRICE_ABOVE_CAP a budgets[0]'],
  }),
];

const usd = (text: string) => ({ price: `${text} USD` });

const aboveCap: readonly Row[] = [
  money('budgets[0]', 'one micro-unit below the cap', [cap('0.50 USD')], 'allow', usd('0.499999')),
  money('budgets[0]', 'equal to the cap', [cap('0.50 USD')], { is: 'allow', budgets: [] }, usd('0.50')),
  money(
    'budgets[0]',
    'one micro-unit above the cap',
    [cap('0.50 USD')],
    {
      is: 'PRICE_ABOVE_CAP',
      first: {
        message: '`web_search` costs 0.500001 USD; policy `a` lets one call cost at most 0.50 USD',
        value: '0.500001 USD',
        limit: '0.50 USD',
      },
    },
    usd('0.500001'),
  ),
  money('budgets[0]', 'nothing under a cap of nothing', [cap('0 USD')], 'allow', usd('0')),
  money(
    'budgets[0]',
    'one micro-unit under a cap of nothing',
    [cap('0 USD')],
    'PRICE_ABOVE_CAP',
    usd('0.000001'),
  ),
  money(
    'budgets[0]',
    'the largest amount',
    [cap('9007199254.740991 USD')],
    'allow',
    usd('9007199254.740991'),
  ),
  money('budgets[0]', 'cents that equal the cap', [cap('0.50 USD')], 'allow', unit(50n, 'USD/2')),
  money('budgets[0]', 'a cent more', [cap('0.50 USD')], 'PRICE_ABOVE_CAP', unit(51n, 'USD/2')),
  money(
    'budgets[0]',
    'a million dollars without decimals',
    [cap('1 USD')],
    'PRICE_ABOVE_CAP',
    unit(1_000_000n, 'USD/0'),
  ),
  money('budgets[0]', 'a token that equals the cap', [cap('0.50 USD')], 'allow', unit(500_000n, USDC)),
  money('budgets[0]', 'a token one unit above', [cap('0.50 USD')], 'PRICE_ABOVE_CAP', unit(500_001n, USDC)),
  money('budgets[0]', 'a rate that just fits', [cap('0.50 USD')], 'allow', unit(454_545n, EURC)),
  money(
    'budgets[0]',
    'a rate is rounded against the caller',
    [cap('0.50 USD')],
    'PRICE_ABOVE_CAP',
    unit(454_546n, EURC),
  ),
  money(
    'budgets[0]',
    'the same token under another currency',
    [cap('0.50 EUR')],
    'allow',
    unit(500_000n, EURC),
  ),
  money('budgets[0]', 'a cap of this tool', [cap('0.10 USD', { tools: ['web_*'] })], 'PRICE_ABOVE_CAP'),
  money('budgets[0]', 'a cap of another tool', [cap('0.10 USD', { tools: ['deploy'] })], 'allow'),
  money('budgets[0]', 'the lower of two caps', [cap('1 USD'), cap('0.10 USD')], {
    is: 'PRICE_ABOVE_CAP',
    reasons: ['PRICE_ABOVE_CAP b budgets[0]'],
  }),
  money('budgets[0]', 'a budget of the day is not judged here', [daily('0.01 USD')], 'allow'),
  money(
    'payments.maxAuthorization',
    'a payment equal to the most to authorize',
    [{ payments: { maxAuthorization: '0.12 USD' } }],
    'allow',
    { payee: { scheme: 'upto' } },
  ),
  money(
    'payments.maxAuthorization',
    'a payment above it',
    [{ payments: { maxAuthorization: '0.119999 USD' } }],
    { is: 'PRICE_ABOVE_CAP', first: { limit: '0.119999 USD' } },
    { payee: { scheme: 'upto' } },
  ),
  money(
    'payments.maxAuthorization',
    'a call that is no payment over a rail',
    [{ payments: { maxAuthorization: '0.01 USD' } }],
    'allow',
  ),
  money(
    'payments.maxAuthorization',
    'a payment that names its network alone',
    [{ payments: { maxAuthorization: '0.01 USD' } }],
    'PRICE_ABOVE_CAP',
    { payee: { network: 'eip155:8453' } },
  ),
];

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const freeze = { from: '2026-01-20T00:00:00Z', to: '2026-01-21T00:00:00Z', reason: 'year-end close' };
const blocked = (what: string, schedule: object, now: string, expect: Row['expect']): Row => ({
  clause: 'schedule.block[0]',
  what,
  policies: [{ schedule }],
  facts: { now },
  expect,
});

const scheduleBlocked: readonly Row[] = [
  blocked('a millisecond before it begins', { block: [freeze] }, '2026-01-19T23:59:59.999Z', 'allow'),
  blocked('as it begins', { block: [freeze] }, '2026-01-20T00:00:00Z', {
    is: 'SCHEDULE_BLOCKED',
    retryAfterMs: DAY_MS,
    first: {
      message: 'policy `a` blocks calls now: year-end close; it opens from 2026-01-21T00:00:00.000Z',
      value: '2026-01-20T00:00:00.000Z',
      limit: 'from 2026-01-21T00:00:00.000Z',
    },
  }),
  blocked('a millisecond before it ends', { block: [freeze] }, '2026-01-20T23:59:59.999Z', {
    is: 'SCHEDULE_BLOCKED',
    retryAfterMs: 1,
  }),
  blocked(
    'a year and a day is waited for',
    { block: [{ ...freeze, from: '2026-01-01T00:00:00Z', to: '2027-01-21T00:00:00Z' }] },
    '2026-01-20T00:00:00Z',
    { is: 'SCHEDULE_BLOCKED', retryAfterMs: 366 * DAY_MS },
  ),
  blocked(
    'a millisecond more is too long to be told',
    { block: [{ ...freeze, from: '2026-01-01T00:00:00Z', to: '2027-01-21T00:00:00.001Z' }] },
    '2026-01-20T00:00:00Z',
    { is: 'SCHEDULE_BLOCKED', retryAfterMs: 'never', first: { limit: 'from 2027-01-21T00:00:00.001Z' } },
  ),
  blocked('as it ends', { block: [freeze] }, '2026-01-21T00:00:00Z', 'allow'),
  blocked(
    'offsets are part of its instants',
    { block: [{ ...freeze, from: '2026-01-20T12:00:00+02:00' }] },
    '2026-01-20T10:00:00Z',
    'SCHEDULE_BLOCKED',
  ),
  blocked(
    'periods that meet are waited for together',
    { block: [freeze, { ...freeze, from: '2026-01-21T00:00:00Z', to: '2026-01-22T00:00:00Z' }] },
    '2026-01-20T12:00:00Z',
    { is: 'SCHEDULE_BLOCKED', retryAfterMs: 1.5 * DAY_MS },
  ),
  blocked(
    'it opens when the hours do',
    { block: [freeze], allow: [{ from: '09:00', to: '17:00' }] },
    '2026-01-20T10:00:00Z',
    {
      is: 'SCHEDULE_BLOCKED',
      retryAfterMs: 23 * 3_600_000,
      reasons: ['SCHEDULE_BLOCKED a schedule.block[0]'],
    },
  ),
  {
    clause: 'schedule.block[1]',
    what: 'the second period',
    policies: [{ schedule: { block: [{ ...freeze, to: '2026-01-20T01:00:00Z' }, freeze] } }],
    expect: 'SCHEDULE_BLOCKED',
  },
  {
    clause: 'schedule.block[0]',
    what: 'several policies are waited for, the longest',
    policies: [
      { schedule: { block: [freeze] } },
      { schedule: { block: [{ ...freeze, to: '2026-01-23T10:00:00Z' }] } },
    ],
    expect: {
      is: 'SCHEDULE_BLOCKED',
      retryAfterMs: 3 * DAY_MS,
      reasons: ['SCHEDULE_BLOCKED a schedule.block[0]', 'SCHEDULE_BLOCKED b schedule.block[0]'],
    },
  },
  {
    clause: 'schedule.block[0]',
    what: 'waiting does not help where another reason remains',
    policies: [{ schedule: { block: [freeze] }, budgets: cap('0.01 USD').budgets }],
    expect: {
      is: 'PRICE_ABOVE_CAP',
      retryAfterMs: 'never',
      reasons: ['PRICE_ABOVE_CAP a budgets[0]', 'SCHEDULE_BLOCKED a schedule.block[0]'],
    },
  },
];

const hours = (from: string, to: string, more: object = {}) => ({
  schedule: { timezone: 'Europe/Berlin', allow: [{ from, to, ...more }] },
});
const closed = (
  what: string,
  policy: object,
  now: string,
  expect: Row['expect'] = 'SCHEDULE_CLOSED',
): Row => {
  const facts: FactChange = { now };
  return { clause: 'schedule.allow', what, policies: [policy], facts, expect };
};
const overnight = hours('22:00', '06:00', { days: ['fri'] });
const lateHour = hours('23:00', '24:00');
const skipped = hours('02:00', '03:00', { days: ['sun'] });

const scheduleClosed: readonly Row[] = [
  closed('a millisecond before it opens', hours('09:00', '17:00'), '2026-01-20T07:59:59.999Z', {
    is: 'SCHEDULE_CLOSED',
    retryAfterMs: 1,
    first: {
      message:
        'policy `a` allows calls at certain times of Europe/Berlin only, and not now; it opens from 2026-01-20T08:00:00.000Z',
      value: '2026-01-20T07:59:59.999Z',
      limit: 'from 2026-01-20T08:00:00.000Z',
    },
  }),
  closed('as it opens', hours('09:00', '17:00'), '2026-01-20T08:00:00Z', 'allow'),
  closed('a millisecond before it closes', hours('09:00', '17:00'), '2026-01-20T15:59:59.999Z', 'allow'),
  closed('as it closes', hours('09:00', '17:00'), '2026-01-20T16:00:00Z', {
    is: 'SCHEDULE_CLOSED',
    retryAfterMs: 16 * 3_600_000,
  }),
  closed('an empty list is never open', { schedule: { allow: [] } }, '2026-01-20T10:00:00Z', {
    is: 'SCHEDULE_CLOSED',
    retryAfterMs: 'never',
    first: { limit: 'no time' },
  }),
  {
    clause: 'schedule',
    what: 'a schedule that says nothing is always open',
    policies: [{ schedule: {} }],
    expect: 'allow',
  },
  closed('another day', hours('09:00', '17:00', { days: ['wed'] }), '2026-01-20T10:00:00Z', {
    is: 'SCHEDULE_CLOSED',
    retryAfterMs: 22 * 3_600_000,
  }),
  closed('overnight: Friday 22:00', overnight, '2026-01-23T21:00:00Z', 'allow'),
  closed('overnight: Saturday 05:59', overnight, '2026-01-24T04:59:59.999Z', 'allow'),
  closed('overnight: Saturday 06:00', overnight, '2026-01-24T05:00:00Z'),
  closed('overnight: Friday 05:00 belongs to Thursday', overnight, '2026-01-23T04:00:00Z', {
    is: 'SCHEDULE_CLOSED',
    retryAfterMs: 17 * 3_600_000,
  }),
  closed('the last hour of a day: 22:59', lateHour, '2026-01-20T21:59:59.999Z', {
    is: 'SCHEDULE_CLOSED',
    retryAfterMs: 1,
  }),
  closed('the last hour of a day: 23:00', lateHour, '2026-01-20T22:00:00Z', 'allow'),
  closed('the last hour of a day: 23:59', lateHour, '2026-01-20T22:59:59.999Z', 'allow'),
  closed('the last hour of a day: midnight', lateHour, '2026-01-20T23:00:00Z'),
  closed('an hour that clocks skip does not open that day', skipped, '2026-03-29T01:00:00Z', {
    is: 'SCHEDULE_CLOSED',
    retryAfterMs: 167 * 3_600_000,
  }),
  closed('an hour that clocks repeat: the first time', skipped, '2026-10-25T00:30:00Z', 'allow'),
  closed('an hour that clocks repeat: the second time', skipped, '2026-10-25T01:30:00Z', 'allow'),
  closed('an hour that clocks repeat: when it is over', skipped, '2026-10-25T02:00:00Z'),
  closed('summer is an hour earlier', hours('09:00', '17:00'), '2026-07-20T07:00:00Z', 'allow'),
  closed(
    'the zone of the document, where the schedule names none',
    { timezone: 'Asia/Tokyo', schedule: { allow: [{ from: '09:00', to: '10:00' }] } },
    '2026-01-20T00:30:00Z',
    'allow',
  ),
  closed(
    'UTC where nobody names a zone',
    { schedule: { allow: [{ from: '09:00', to: '10:00' }] } },
    '2026-01-20T09:30:00Z',
    'allow',
  ),
  {
    clause: 'schedule.allow',
    what: 'hours of two policies that never meet: waiting does not help',
    policies: [hours('09:00', '17:00'), hours('18:00', '20:00')],
    facts: { now: '2026-01-20T10:00:00Z' },
    expect: {
      is: 'SCHEDULE_CLOSED',
      retryAfterMs: 'never',
      reasons: ['SCHEDULE_CLOSED b schedule.allow'],
    },
  },
  {
    clause: 'schedule.allow',
    what: 'hours of two policies that meet late: both are waited for',
    policies: [hours('09:00', '17:00'), hours('16:00', '20:00')],
    facts: { now: '2026-01-20T17:30:00Z' },
    expect: {
      is: 'SCHEDULE_CLOSED',
      retryAfterMs: 21.5 * HOUR_MS,
      reasons: ['SCHEDULE_CLOSED a schedule.allow'],
    },
  },
  {
    clause: 'schedule.allow',
    what: 'days of two policies that meet once a week',
    policies: [
      hours('09:00', '10:00', { days: ['mon', 'wed'] }),
      hours('09:30', '17:00', { days: ['wed', 'thu'] }),
    ],
    facts: { now: '2026-01-22T09:00:00Z' },
    expect: { is: 'SCHEDULE_CLOSED', retryAfterMs: 5 * DAY_MS + 23.5 * HOUR_MS },
  },
  {
    clause: 'schedule.allow',
    what: 'one that opens when a rule would object',
    policies: [hours('09:00', '17:00'), when('now.getHours("Europe/Berlin") == 9')],
    facts: { now: '2026-01-20T17:00:00Z' },
    expect: { is: 'SCHEDULE_CLOSED', retryAfterMs: 'never' },
  },
];

/** What rules say, what calls may cost and when they may happen. */
export const limitGroups: readonly Group[] = [
  { answer: 'RULE_DENIED', rows: ruleDenied },
  { answer: 'RULE_FAILED', rows: ruleFailed },
  { answer: 'ASSET_UNKNOWN', rows: assetUnknown },
  { answer: 'PRICE_ABOVE_CAP', rows: aboveCap },
  { answer: 'SCHEDULE_BLOCKED', rows: scheduleBlocked },
  { answer: 'SCHEDULE_CLOSED', rows: scheduleClosed },
];
