import { fc, test as property } from '@fast-check/jest';

import { compiled, facts } from './facts.test-support.ts';

test.each`
  text                                                          | tools
  ${'tool == "pay"'}                                            | ${['pay']}
  ${'"pay" == tool && price > money("5.00 USD")'}               | ${['pay']}
  ${'arguments.x > 1 && (tool == "a" && effect == "mutating")'} | ${['a']}
  ${'tool in ["a", "b", "a"]'}                                  | ${['a', 'b']}
  ${'tool in []'}                                               | ${[]}
  ${'tool in ["a", "b"] && tool in ["b", "c"]'}                 | ${['b']}
  ${'tool == "a" && tool == "b"'}                               | ${[]}
  ${'tool == "a" && arguments.x == 1 || tool == "b"'}           | ${['a', 'b']}
  ${'tool == "a" || arguments.x == 1'}                          | ${undefined}
  ${'tool in ["a", payee.category]'}                            | ${undefined}
  ${'!(tool == "a")'}                                           | ${undefined}
  ${'tool != "a"'}                                              | ${undefined}
  ${'tool.startsWith("a")'}                                     | ${undefined}
  ${'tool == "a" ? true : false'}                               | ${undefined}
  ${'tool == "a" && arguments.rows.exists(t, t == "b")'}        | ${['a']}
  ${'["a"].exists(t, tool == "a")'}                             | ${undefined}
`('$text concerns $tools', ({ text, tools }: { text: string; tools: string[] | undefined }) => {
  expect(compiled(text).tools).toEqual(tools);
});

const NAMES = ['a', 'b', 'c', 'other'];

/** Conditions on the tool, conditions that fail, and conditions that hold or not. */
const LEAVES = [
  ...NAMES.flatMap((name) => [
    `tool == "${name}"`,
    `"${name}" == tool`,
    `tool != "${name}"`,
    `tool in ["${name}", "a"]`,
  ]),
  'tool in []',
  'arguments.missing > 1',
  'price > money("1.00 EUR")',
  'session.calls > 0',
  '1 / 0 == 1',
  'arguments.word',
  'arguments.list.exists(i, i.x == 1)',
  'true',
  'false',
];

const condition = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...LEAVES),
    fc.tuple(tie('condition'), tie('condition')).map(([left, right]) => `(${left} && ${right})`),
    fc.tuple(tie('condition'), tie('condition')).map(([left, right]) => `(${left} || ${right})`),
    tie('condition').map((inner) => `!(${inner})`),
  ),
})).condition;

const ARGUMENTS = { word: 'word', list: [0, 'x'] };

property.prop([condition.filter((text) => text.length <= 2_000), fc.constantFrom(...NAMES, 'z')], {
  numRuns: 3_000,
})('for a tool outside its list every expression is silent, also where the rest fails', (text, tool) => {
  const expression = compiled(text);
  const given = { ...facts({ tool, arguments: ARGUMENTS }), session: undefined };

  const concerned = expression.tools?.includes(tool) ?? true;

  expect(concerned || expression.evaluate(given) === 'silent').toBe(true);
});
