import { fc, test as property } from '@fast-check/jest';
import canonicalize from 'canonicalize';
import { canonicalJson } from './canonical.ts';

test.each`
  value                                  | text
  ${{ b: 1, a: 2 }}                      | ${'{"a":2,"b":1}'}
  ${{ '\u20ac': 1, '\r': 2, '1': 3 }}    | ${'{"\\r":2,"1":3,"€":1}'}
  ${[1e21, 1e-7, -0, 333333333.3333333]} | ${'[1e+21,1e-7,0,333333333.3333333]'}
  ${{ a: undefined, b: null }}           | ${'{"b":null}'}
  ${[undefined, null]}                   | ${'[null,null]'}
  ${'\u000f"\\'}                         | ${'"\\u000f\\"\\\\"'}
  ${new Date(0)}                         | ${'"1970-01-01T00:00:00.000Z"'}
  ${Object.create(null)}                 | ${'{}'}
`('$value is written $text', ({ value, text }) => {
  expect(canonicalJson(value)).toBe(text);
});

test('plain data of another realm is plain data', () => {
  expect(canonicalJson(structuredClone({ a: [{ at: new Date(0) }] }))).toBe(
    '{"a":[{"at":"1970-01-01T00:00:00.000Z"}]}',
  );
});

property.prop([fc.jsonValue({ maxDepth: 6 })])(
  'any JSON is written as another implementation of RFC 8785 writes it',
  (value) => {
    fc.pre(!JSON.stringify(value).includes('__proto__'));

    expect(canonicalJson(value)).toBe(canonicalize(value));
  },
);

property.prop([fc.dictionary(fc.string(), fc.integer())])('the order of keys does not matter', (object) => {
  fc.pre(!Object.hasOwn(object, '__proto__'));
  const reversed = Object.fromEntries(Object.entries(object).reverse());

  expect(canonicalJson(reversed)).toBe(canonicalJson(object));
});

const cycle: Record<string, unknown> = {};
cycle['self'] = cycle;

test.each([
  ['NaN', Number.NaN],
  ['Infinity', Infinity],
  ['a bigint', 1n],
  ['a function', () => 1],
  ['a symbol', Symbol('s')],
  ['undefined alone', undefined],
  ['half a surrogate pair', '\ud800'],
  ['half a surrogate pair as a key', { '\ud800': 1 }],
  ['a map', new Map()],
  ['an instance of a class', new (class Secret {})()],
  ['a buffer', Buffer.from('x')],
  ['an invalid date', new Date('no')],
  ['a cycle', cycle],
  ['33 levels', nested(33)],
  ['10,001 values', Array.from({ length: 10_000 }, () => 0)],
  ['more than 262,144 characters', 'a'.repeat(262_145)],
  ['a `__proto__` key', JSON.parse('{"__proto__":{"a":1}}')],
])('%s is refused', (_, value) => {
  expect(() => canonicalJson(value)).toThrow(expect.objectContaining({ code: 'NOT_CANONICAL' }));
});

test.each([
  ['32 levels', nested(32)],
  ['10,000 values', Array.from({ length: 9_999 }, () => 0)],
  ['262,144 characters', 'a'.repeat(262_144)],
])('%s are not too many', (_, value) => {
  expect(() => canonicalJson(value)).not.toThrow();
});

function nested(levels: number): unknown {
  let value: unknown = 0;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}
