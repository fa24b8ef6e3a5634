import { diffPolicies } from './diff.ts';

const base = {
  id: 'p',
  tools: { allow: ['a', 'b'] },
  budgets: [{ scope: 'agent', window: 'day', limit: '5 USD' }],
};

test.each`
  after                                                               | path                  | before          | young
  ${{ ...base, version: 2 }}                                          | ${'version'}          | ${undefined}    | ${2}
  ${{ ...base, tools: { allow: ['a'] } }}                             | ${'tools.allow[1]'}   | ${'b'}          | ${undefined}
  ${{ ...base, tools: { allow: ['a', null] } }}                       | ${'tools.allow[1]'}   | ${'b'}          | ${null}
  ${{ ...base, tools: { allow: 'a' } }}                               | ${'tools.allow'}      | ${['a', 'b']}   | ${'a'}
  ${{ ...base, budgets: [{ ...base.budgets[0], limit: '6 USD' }] }}   | ${'budgets[0].limit'} | ${'5 USD'}      | ${'6 USD'}
  ${{ ...base, wallet: { currency: 'USD' } }}                         | ${'wallet'}           | ${undefined}    | ${{ currency: 'USD' }}
  ${{ id: 'p', tools: base.tools }}                                   | ${'budgets'}          | ${base.budgets} | ${undefined}
  ${{ ...base, 'odd key': 1 }}                                        | ${'["odd key"]'}      | ${undefined}    | ${1}
  ${JSON.parse(JSON.stringify(base).replace('{', '{"__proto__":1,'))} | ${'__proto__'}        | ${undefined}    | ${1}
`('a change at $path', ({ after, path, before, young }) => {
  expect(diffPolicies([base], [after])).toEqual([{ policy: 'p', path, before, after: young }]);
});

test('the order of policies and of keys is no change', () => {
  const { id, tools, budgets } = base;

  expect(diffPolicies([base, { id: 'q' }], [{ id: 'q' }, { budgets, tools, id }])).toEqual([]);
});

test('policies are added and removed as a whole, in the order of their ids', () => {
  expect(diffPolicies([{ id: 'b' }, { id: 'a' }], [{ id: 'c' }, { id: 'b' }])).toEqual([
    { policy: 'a', path: '', before: { id: 'a' }, after: undefined },
    { policy: 'c', path: '', before: undefined, after: { id: 'c' } },
  ]);
});

test('what has no id is known by its place', () => {
  expect(diffPolicies([{ version: 1 }], [{ version: 2 }])).toEqual([
    { policy: '[0]', path: 'version', before: 1, after: 2 },
  ]);
});
