import { fc, test as property } from '@fast-check/jest';
import { assetTable, MAX_UNITS } from './asset.ts';
import { formatMoney, formatUnits, money, tryMoney } from './money.ts';

test.each`
  text                       | units
  ${'0 USD'}                 | ${0n}
  ${'0.00 USD'}              | ${0n}
  ${'0.000001 USD'}          | ${1n}
  ${'0.12 USD'}              | ${120_000n}
  ${'5 USD'}                 | ${5_000_000n}
  ${'9007199254.740991 USD'} | ${MAX_UNITS}
`('$text is $units micro-dollars', ({ text, units }) => {
  expect(money(text)).toEqual({ units, asset: 'USD/6' });
});

const hostile: readonly unknown[] = [
  '-5 USD',
  '+5 USD',
  '1e3 USD',
  '0x10 USD',
  ' 12 USD',
  '12 USD ',
  '12  USD',
  '',
  ' ',
  'USD',
  '5',
  '5USD',
  '5 usd',
  '5 USDC',
  '5 US',
  '05 USD',
  '00 USD',
  '.5 USD',
  '5. USD',
  '1.0000001 USD',
  '1,000 USD',
  '1_000 USD',
  '٣ USD',
  '５ USD',
  'NaN USD',
  'Infinity USD',
  '9007199254.740992 USD',
  '99999999999999999 USD',
  '5 USD\n',
  '5\tUSD',
  '5 USD\0',
  '5\u00a0USD',
  '--5 USD',
  '5-5 USD',
  '5.5.5 USD',
  5,
  0,
  -1,
  Number.NaN,
  2 ** 53 + 1,
  5n,
  null,
  undefined,
  true,
  [],
  ['5 USD'],
  {},
  { units: 5, asset: 'USD/6' },
  { units: -1n, asset: 'USD/6' },
  { units: MAX_UNITS + 1n, asset: 'USD/6' },
  { units: 5n, asset: 'usd/6' },
  { units: 5n, asset: 'USD/7' },
  { units: 5n },
  { units: 5n, asset: '__proto__' },
  new Date(),
  Symbol('5 USD'),
  () => '5 USD',
  { toString: () => '5 USD' },
];

test.each(hostile.map((value, index) => [index, value]))('hostile amount %i is none', (_, value) => {
  expect(tryMoney(value)).toBeUndefined();
});

test('an amount that is none throws, saying what was expected and little of what was given', () => {
  expect(() => money('9'.repeat(10_000))).toThrow(/^expected an amount such as `0.12 USD`, got `9{40}`$/);
});

property.prop([fc.bigInt({ min: 0n, max: MAX_UNITS })])('text and money are each other', (units) => {
  const amount = { units, asset: 'EUR/6' };

  expect(money(formatMoney(amount))).toEqual(amount);
});

test.each`
  units         | decimals | text
  ${0n}         | ${6}     | ${'0.00'}
  ${1n}         | ${6}     | ${'0.000001'}
  ${1_500_000n} | ${6}     | ${'1.50'}
  ${5n}         | ${0}     | ${'5'}
  ${5n}         | ${1}     | ${'0.5'}
  ${123n}       | ${2}     | ${'1.23'}
`('$units with $decimals decimals reads $text', ({ units, decimals, text }) => {
  expect(formatUnits(units, decimals)).toBe(text);
});

const USDC = 'eip155:8453/erc20:0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913';
const WEI = 'eip155:1/slip44:60';

test.each`
  units         | asset                 | counted      | why
  ${5n}         | ${'USD/2'}            | ${50_000n}   | ${'cents are ten thousand micro-dollars'}
  ${5n}         | ${'USD/6'}            | ${5n}        | ${'micro-dollars are themselves'}
  ${5n}         | ${'EUR/6'}            | ${undefined} | ${'another currency does not count'}
  ${7n}         | ${USDC}               | ${7n}        | ${'a pinned token counts at its rate'}
  ${7n}         | ${USDC.toLowerCase()} | ${undefined} | ${'identifiers are compared exactly'}
  ${1n}         | ${WEI}                | ${1n}        | ${'a fraction of a micro-dollar is rounded up'}
  ${10n ** 12n} | ${WEI}                | ${2_500n}    | ${'decimals come from the table'}
  ${0n}         | ${WEI}                | ${0n}        | ${'nothing is nothing'}
  ${MAX_UNITS}  | ${'USD/0'}            | ${undefined} | ${'what no budget can hold does not count'}
`('$units of $asset count as $counted: $why', ({ units, asset, counted }) => {
  const table = assetTable([
    { asset: USDC, currency: 'USD', decimals: 6 },
    { asset: WEI, currency: 'USD', decimals: 18, rate: '2500.00' },
  ]);

  expect(table.count(units, asset, 'USD')).toBe(counted);
});

property.prop([fc.bigInt({ min: 0n, max: 10n ** 15n }), fc.bigInt({ min: 0n, max: 10n ** 15n })])(
  'splitting a payment never counts less than paying at once',
  (a, b) => {
    const table = assetTable([{ asset: WEI, currency: 'USD', decimals: 18, rate: '0.37' }]);
    const count = (units: bigint): bigint => table.count(units, WEI, 'USD') ?? -1n;

    expect(count(a) + count(b) >= count(a + b)).toBe(true);
  },
);

test.each([
  [{ asset: 'USDC', currency: 'USD', decimals: 6 }],
  [{ asset: USDC, currency: 'usd', decimals: 6 }],
  [{ asset: USDC, currency: 'USD', decimals: 6.5 }],
  [{ asset: USDC, currency: 'USD', decimals: -1 }],
  [{ asset: USDC, currency: 'USD', decimals: 6, rate: '0' }],
  [{ asset: USDC, currency: 'USD', decimals: 6, rate: '0.00' }],
  [{ asset: USDC, currency: 'USD', decimals: 6, rate: '-1' }],
  [{ asset: USDC, currency: 'USD', decimals: 6, rate: '1e3' }],
])('the rate %j is refused', (rate) => {
  expect(() => assetTable([rate])).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }));
});

test('an asset has one rate', () => {
  const rate = { asset: USDC, currency: 'USD', decimals: 6 };

  expect(() => assetTable([rate, rate])).toThrow(expect.objectContaining({ code: 'OPTIONS_INVALID' }));
});
