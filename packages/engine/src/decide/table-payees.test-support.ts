import { type Group, type Row, WETH } from './decision-table.test-support.ts';

const free = { price: '0 USD' };
const shop = { recipient: 'shop.example' };
const base = { network: 'eip155:8453' };
const exact = { scheme: 'exact' };

const unknown = (clause: string, what: string, policy: object, more: Partial<Row> = {}): Row => ({
  clause,
  what,
  policies: [policy],
  expect: 'PAYEE_UNKNOWN',
  ...more,
});

const perMerchant = { budgets: [{ scope: 'merchant', window: 'day', limit: '5 USD' }] };
const payees = { payments: { payees: ['eip155:8453:0xAbC0000000000000000000000000000000000001'] } };

const unknownPayees: readonly Row[] = [
  unknown(
    'merchants',
    'a price without a recipient, where merchants are allowed',
    { merchants: { allow: ['*'] } },
    {
      expect: {
        is: 'PAYEE_UNKNOWN',
        first: {
          message: '`web_search` does not say its `payee.recipient`, which policy `a` has to know',
          value: 'nothing',
          limit: 'a call with `payee.recipient`',
        },
      },
    },
  ),
  unknown('merchants', 'where merchants are denied', { merchants: { deny: ['evil.example'] } }),
  unknown(
    'merchants',
    'one micro-dollar is a price',
    { merchants: { deny: ['evil.example'] } },
    { call: { price: '0.000001 USD' } },
  ),
  unknown(
    'merchants',
    'a price of nothing pays nobody',
    { merchants: { allow: [] } },
    { call: free, expect: 'allow' },
  ),
  unknown(
    'merchants',
    'nothing of an unknown token pays nobody',
    { merchants: { allow: [] } },
    { call: { price: { units: 0n, asset: WETH } }, expect: 'allow' },
  ),
  unknown(
    'merchants',
    'a price of nothing with a network pays somebody',
    { merchants: { allow: ['*'] } },
    { call: { ...free, payee: base } },
  ),
  unknown('merchants', 'lists that say nothing ask nothing', { merchants: {} }, { expect: 'allow' }),
  unknown('merchants', 'an empty deny list asks nothing', { merchants: { deny: [] } }, { expect: 'allow' }),
  unknown(
    'networks',
    'a price without a network',
    { networks: { allow: ['eip155:*'] } },
    { call: { payee: shop } },
  ),
  unknown(
    'networks',
    'a price of nothing without a network',
    { networks: { allow: [] } },
    { call: free, expect: 'allow' },
  ),
  unknown(
    'categories',
    'a price without a category',
    { categories: { deny: ['gambling'] } },
    { call: { payee: shop } },
  ),
  unknown(
    'categories',
    'a price of nothing without a category',
    { categories: { deny: ['*'] } },
    { call: free, expect: 'allow' },
  ),
  unknown('budgets[0]', 'a budget of the merchant without a merchant', perMerchant),
  unknown('budgets[0]', 'a price of nothing is charged to no merchant', perMerchant, {
    call: free,
    expect: { is: 'allow', budgets: [] },
  }),
  unknown('rates[0]', 'a rate of the merchant without a merchant', {
    rates: [{ scope: 'merchant', limit: 5, per: 'minute' }],
  }),
  unknown(
    'payments.schemes',
    'a payment without a scheme',
    { payments: { schemes: ['exact'] } },
    {
      call: { payee: { ...base, ...shop } },
      expect: { is: 'PAYEE_UNKNOWN', first: { limit: 'a call with `payee.scheme`' } },
    },
  ),
  unknown(
    'payments.schemes',
    'a free call over a network without a scheme',
    { payments: { schemes: ['exact'] } },
    { call: { ...free, payee: base } },
  ),
  unknown('payments.payees', 'a payment without a network', payees, {
    call: { payee: { ...exact, ...shop } },
    expect: { is: 'PAYEE_UNKNOWN', first: { limit: 'a call with `payee.network`' } },
  }),
  unknown('payments.payees', 'a payment without a recipient', payees, {
    call: { payee: { ...exact, ...base } },
    expect: { is: 'PAYEE_UNKNOWN', first: { limit: 'a call with `payee.recipient`' } },
  }),
];

const listed = (section: 'merchants' | 'networks' | 'categories', lists: object, name: string) => {
  const field = { merchants: 'recipient', networks: 'network', categories: 'category' }[section];
  return { policies: [{ [section]: lists }], call: { payee: { [field]: name } } };
};

type Section = Parameters<typeof listed>[0];
const denying = (
  section: Section,
  what: string,
  deny: readonly string[],
  name: string,
  expect: Row['expect'],
): Row => ({
  clause: `${section}.deny[0]`,
  what,
  ...listed(section, { deny }, name),
  expect,
});
const allowing = (
  section: Section,
  what: string,
  allow: readonly string[],
  name: string,
  expect: Row['expect'],
): Row => ({
  clause: `${section}.allow`,
  what,
  ...listed(section, { allow }, name),
  expect,
});
const neither = (section: Section, allow: readonly string[], deny: readonly string[], name: string) =>
  listed(section, { allow, deny }, name);

const merchantDenied: readonly Row[] = [
  denying('merchants', 'a name', ['evil.example'], 'evil.example', {
    is: 'MERCHANT_DENIED',
    first: {
      message: 'policy `a` denies the recipient `evil.example`',
      value: 'evil.example',
      limit: 'not `evil.example`',
    },
  }),
  denying('merchants', 'in capitals', ['evil.example'], 'EVIL.Example', {
    is: 'MERCHANT_DENIED',
    first: { value: 'EVIL.Example' },
  }),
  denying('merchants', 'capitals in the list', ['EVIL.example'], 'evil.example', 'MERCHANT_DENIED'),
  denying('merchants', 'a pattern', ['*evil.example'], 'x.EVIL.example', {
    is: 'MERCHANT_DENIED',
    first: { message: 'policy `a` denies the recipient `x.EVIL.example` by `*evil.example`' },
  }),
  denying('merchants', 'a star crosses slashes', ['evil.example*'], 'evil.example/a/b', 'MERCHANT_DENIED'),
  denying('merchants', 'a pattern is the whole name', ['evil.example'], 'evil.example.org', 'allow'),
  denying('merchants', 'a full stop at its end', ['evil.example'], 'evil.example.', {
    is: 'MERCHANT_DENIED',
    first: { value: 'evil.example.', limit: 'not `evil.example`' },
  }),
  denying('merchants', 'a full stop in the list', ['evil.example.'], 'EVIL.example', 'MERCHANT_DENIED'),
  denying('merchants', 'a pattern and a full stop', ['*.example'], 'evil.example.', 'MERCHANT_DENIED'),
  denying('merchants', 'a full stop behind a star stays', ['evil*.'], 'evil.example', 'allow'),
  denying('merchants', 'a dot is a dot', ['evil.example'], 'evilxexample', 'allow'),
  {
    clause: 'merchants.deny[0]',
    what: 'denied comes before not allowed',
    ...neither('merchants', ['shop'], ['evil'], 'evil'),
    expect: {
      is: 'MERCHANT_DENIED',
      reasons: ['MERCHANT_DENIED a merchants.deny[0]', 'MERCHANT_NOT_ALLOWED a merchants.allow'],
    },
  },
  {
    clause: 'merchants.deny[0]',
    what: 'a free call that names a recipient is judged too',
    ...listed('merchants', { deny: ['evil'] }, 'evil'),
    call: { ...free, payee: { recipient: 'evil' } },
    expect: 'MERCHANT_DENIED',
  },
];

const merchantNotAllowed: readonly Row[] = [
  allowing('merchants', 'an empty list allows nobody', [], 'shop', {
    is: 'MERCHANT_NOT_ALLOWED',
    first: {
      message: 'policy `a` does not allow the recipient `shop`; it allows no recipient',
      value: 'shop',
      limit: 'no recipient',
    },
  }),
  allowing('merchants', 'another name', ['shop.example'], 'shop.example.evil.io', {
    is: 'MERCHANT_NOT_ALLOWED',
    first: { limit: '`shop.example`' },
  }),
  allowing('merchants', 'the name in capitals', ['shop.example'], 'SHOP.example', 'allow'),
  allowing('merchants', 'the name with a full stop', ['shop.example'], 'shop.example.', 'allow'),
  allowing(
    'merchants',
    'two full stops are another name',
    ['shop.example'],
    'shop.example..',
    'MERCHANT_NOT_ALLOWED',
  ),
  allowing(
    'merchants',
    'a full stop behind a star does not vanish',
    ['*.'],
    'evil.example',
    'MERCHANT_NOT_ALLOWED',
  ),
  allowing('merchants', 'and names lose theirs before', ['*.'], 'evil.example.', 'MERCHANT_NOT_ALLOWED'),
  allowing('merchants', 'a pattern', ['*.example'], 'a.b.example', 'allow'),
  allowing('merchants', 'a name that every object has', ['shop'], 'constructor', 'MERCHANT_NOT_ALLOWED'),
  {
    clause: 'merchants.allow',
    what: 'disjoint lists of two policies allow nobody',
    policies: [{ merchants: { allow: ['x'] } }, { merchants: { allow: ['y'] } }],
    call: { payee: { recipient: 'x' } },
    expect: { is: 'MERCHANT_NOT_ALLOWED', reasons: ['MERCHANT_NOT_ALLOWED b merchants.allow'] },
  },
];

const networkDenied: readonly Row[] = [
  denying('networks', 'a network', ['eip155:1'], 'eip155:1', 'NETWORK_DENIED'),
  denying('networks', 'another one of its family', ['eip155:1'], 'eip155:10', 'allow'),
  denying('networks', 'all of a family', ['eip155:*'], 'eip155:8453', {
    is: 'NETWORK_DENIED',
    first: { message: 'policy `a` denies the network `eip155:8453` by `eip155:*`' },
  }),
  denying('networks', 'another family', ['eip155:*'], 'eip1559:1', 'allow'),
];

const networkNotAllowed: readonly Row[] = [
  allowing('networks', 'an empty list allows none', [], 'eip155:1', {
    is: 'NETWORK_NOT_ALLOWED',
    first: { limit: 'no network' },
  }),
  allowing('networks', 'all of a family', ['eip155:*'], 'eip155:8453', 'allow'),
  allowing(
    'networks',
    'another family',
    ['eip155:*'],
    'solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp',
    'NETWORK_NOT_ALLOWED',
  ),
  allowing(
    'networks',
    'case counts behind the colon',
    ['solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp'],
    'solana:5EYKT4USFV8P8NJDTREPY1VZQKQZKVDP',
    'NETWORK_NOT_ALLOWED',
  ),
  {
    clause: 'networks.allow',
    what: 'disjoint lists of two policies allow none',
    policies: [{ networks: { allow: ['eip155:8453'] } }, { networks: { allow: ['eip155:1'] } }],
    call: { payee: { network: 'eip155:56' } },
    expect: {
      is: 'NETWORK_NOT_ALLOWED',
      reasons: ['NETWORK_NOT_ALLOWED a networks.allow', 'NETWORK_NOT_ALLOWED b networks.allow'],
    },
  },
];

const categoryDenied: readonly Row[] = [
  denying('categories', 'a category', ['gambling'], 'gambling', {
    is: 'CATEGORY_DENIED',
    first: { value: 'gambling', limit: 'not `gambling`' },
  }),
  denying('categories', 'in capitals', ['gambling'], 'GAMBLING', 'CATEGORY_DENIED'),
  denying('categories', 'a pattern', ['gamb*'], 'gambling', 'CATEGORY_DENIED'),
  denying('categories', 'another category', ['gambling'], 'api_usage', 'allow'),
];

const categoryNotAllowed: readonly Row[] = [
  allowing('categories', 'an empty list allows none', [], 'api_usage', {
    is: 'CATEGORY_NOT_ALLOWED',
    first: { limit: 'no category' },
  }),
  allowing('categories', 'another category', ['api_usage'], 'gambling', 'CATEGORY_NOT_ALLOWED'),
  allowing('categories', 'the category in capitals', ['API_usage'], 'api_USAGE', 'allow'),
];

const account = 'eip155:8453:0xAbC0000000000000000000000000000000000001';
const payment = (what: string, payments: object, payee: object, expect: Row['expect']): Row => ({
  clause: `payments.${Object.keys(payments)[0]}`,
  what,
  policies: [{ payments }],
  call: { payee },
  expect,
});

const payments: readonly Row[] = [
  payment('a scheme of the list', { schemes: ['exact', 'upto'] }, { scheme: 'upto' }, 'allow'),
  payment(
    'another scheme',
    { schemes: ['exact'] },
    { scheme: 'upto' },
    {
      is: 'PAYMENT_NOT_ALLOWED',
      first: {
        message: 'policy `a` does not allow payments by `upto`; it allows `exact`',
        value: 'upto',
        limit: '`exact`',
      },
    },
  ),
  payment('schemes are exact', { schemes: ['exact'] }, { scheme: 'EXACT' }, 'PAYMENT_NOT_ALLOWED'),
  payment(
    'an empty list allows no scheme',
    { schemes: [] },
    { scheme: 'exact' },
    { is: 'PAYMENT_NOT_ALLOWED', first: { limit: 'no scheme' } },
  ),
  payment(
    'calls without a scheme and a network are no payments over a rail',
    { schemes: [], payees: [] },
    shop,
    'allow',
  ),
  payment(
    'a network makes a call a payment, also without a scheme',
    { payees: [account] },
    { ...base, recipient: '0xAbC0000000000000000000000000000000000002' },
    'PAYMENT_NOT_ALLOWED',
  ),
  payment(
    'the account',
    { payees: [account] },
    { ...exact, ...base, recipient: '0xAbC0000000000000000000000000000000000001' },
    'allow',
  ),
  payment(
    'its address in small letters',
    { payees: [account] },
    { ...exact, ...base, recipient: '0xabc0000000000000000000000000000000000001' },
    'allow',
  ),
  payment(
    'another address',
    { payees: [account] },
    { ...exact, ...base, recipient: '0xAbC0000000000000000000000000000000000002' },
    { is: 'PAYMENT_NOT_ALLOWED', first: { value: 'eip155:8453:0xAbC0000000000000000000000000000000000002' } },
  ),
  payment(
    'the same address on another network',
    { payees: [account] },
    { ...exact, network: 'eip155:1', recipient: '0xAbC0000000000000000000000000000000000001' },
    'PAYMENT_NOT_ALLOWED',
  ),
  payment(
    'a network that differs by its capitals',
    { payees: ['solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp:abc'] },
    { ...exact, network: 'solana:5EYKT4USFV8P8NJDTREPY1VZQKQZKVDP', recipient: 'abc' },
    'PAYMENT_NOT_ALLOWED',
  ),
  payment(
    'an empty list allows no account',
    { payees: [] },
    { ...exact, ...base, recipient: 'x' },
    { is: 'PAYMENT_NOT_ALLOWED', first: { limit: 'no account' } },
  ),
];

/** Who receives the money, where, for what and how. */
export const payeeGroups: readonly Group[] = [
  { answer: 'PAYEE_UNKNOWN', rows: unknownPayees },
  { answer: 'MERCHANT_DENIED', rows: merchantDenied },
  { answer: 'MERCHANT_NOT_ALLOWED', rows: merchantNotAllowed },
  { answer: 'NETWORK_DENIED', rows: networkDenied },
  { answer: 'NETWORK_NOT_ALLOWED', rows: networkNotAllowed },
  { answer: 'CATEGORY_DENIED', rows: categoryDenied },
  { answer: 'CATEGORY_NOT_ALLOWED', rows: categoryNotAllowed },
  { answer: 'PAYMENT_NOT_ALLOWED', rows: payments },
];
