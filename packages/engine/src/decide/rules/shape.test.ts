import { leastProcessorMs } from '../processor-time.test-support.ts';
import { compileExpression } from './expression.ts';
import { answer, compiled, facts, problemOf } from './facts.test-support.ts';

test.each`
  text                                                        | part
  ${'arguments.a.all(x, arguments.b.all(y, y == x))'}         | ${'a part of `x`'}
  ${'arguments.a.all(x, x in arguments.b)'}                   | ${'own element `x`'}
  ${'arguments.a.all(x, size(arguments) > 5)'}                | ${'own element `x`'}
  ${'arguments.a.all(x, x.b.all(y, x == y))'}                 | ${'own element `y`'}
  ${'arguments.a.all(x, x.b.all(y, x.b.all(z, true)))'}       | ${'a part of `y`'}
  ${'arguments.a.all(x, tool.all(y, true))'}                  | ${'a part of `x`'}
  ${'arguments.a.all(x, [1, 2].all(y, true))'}                | ${'no macro over a written list'}
  ${'[1, 2].all(x, [1, 2].all(y, true))'}                     | ${'no macro over a written list'}
  ${'[1, 2].all(x, arguments.a.all(y, true))'}                | ${'inside a macro over a written list'}
  ${'[arguments.a].all(x, true)'}                             | ${'written texts or numbers'}
  ${'[[1]].all(x, true)'}                                     | ${'written texts or numbers'}
  ${'(tool == "x" ? arguments.a : arguments.b).all(x, true)'} | ${'a part of `arguments`'}
  ${'(arguments.a + arguments.a).all(x, true)'}               | ${'a part of `arguments`'}
  ${'arguments.a.contains(arguments.b)'}                      | ${'does not come from `arguments`'}
  ${'arguments.a.contains(tool + arguments.b)'}               | ${'does not come from `arguments`'}
  ${'arguments.a.all(x, x.a.contains(x.b))'}                  | ${'does not come from `arguments`'}
  ${'arguments.a.all(x, x.all(x, true))'}                     | ${'a new name'}
  ${'arguments.a.all(x, x.all(y, y.all(x, true)))'}           | ${'a new name'}
`('$text could take more than linear time and is refused', ({ text, part }) => {
  expect(problemOf(String(text))).toContain(part);
});

test.each([
  'arguments.a.all(x, x.b.all(y, y.c.all(z, z > 1)))',
  'arguments.a.filter(x, x.y).filter(z, z.y)[0].parts.all(w, w > 1)',
  'arguments.a.all(x, x.name.contains("y") || x.name.contains(payee.category.lowerAscii()))',
  'arguments.a.all(x, x in ["a", "b"] && "k" in x.tags && tool == "pay" && now > now)',
  '["drop", "delete"].exists(word, arguments.sql.lowerAscii().contains(word))',
  'arguments.a.all(x, x.b) || arguments.a.all(x, x.c)',
])('%s is linear and allowed', (text) => {
  expect(compileExpression(text).kind).toBe('expression');
});

test.each`
  text                                                  | tells
  ${'('.repeat(1_000) + ')'.repeat(1_000)}              | ${'nested too deeply'}
  ${'('.repeat(999) + 'true' + ')'.repeat(997)}         | ${'nested too deeply'}
  ${'!'.repeat(1_996) + 'true'}                         | ${'levels of nesting'}
  ${'-'.repeat(1_995) + '1 > 0'}                        | ${'levels of nesting'}
  ${'arguments' + '.a'.repeat(990)}                     | ${'nested too deeply'}
  ${'arguments' + '[0]'.repeat(600)}                    | ${'nested too deeply'}
  ${'1' + '+1'.repeat(900) + ' > 0'}                    | ${'levels of nesting'}
  ${'true' + '?true'.repeat(199) + ':true'.repeat(199)} | ${'nested too deeply'}
  ${'['.repeat(1_900)}                                  | ${'nested too deeply'}
  ${'size('.repeat(300)}                                | ${'nested too deeply'}
`('an expression of 2,000 characters that is nothing but nesting is refused', ({ text, tells }) => {
  expect(problemOf(String(text))).toContain(tells);
});

test('long chains are no nesting', () => {
  const chain = Array.from({ length: 150 }, (_, index) => `tool=="t${index}"`).join('||');

  expect(compiled(chain).evaluate(facts({ tool: 't149' }))).toBe('holds');
  expect(compiled(chain).tools).toHaveLength(150);
  expect(compiled(Array.from({ length: 300 }, () => 'true').join('&&')).evaluate(facts())).toBe('holds');
});

test.each`
  text                        | expected
  ${'arguments == arguments'} | ${'failed'}
  ${'5 in arguments'}         | ${'failed'}
  ${'arguments > 5'}          | ${'failed'}
  ${'size(arguments) == 1'}   | ${'holds'}
`('$text over arguments nested deeper than any stack: $expected', ({ text, expected }) => {
  const deep: unknown = JSON.parse('['.repeat(200_000) + ']'.repeat(200_000));

  expect(answer(String(text), { arguments: deep })).toBe(expected);
});

const LINEAR = [
  'arguments.items.exists(i, i.x == 1)',
  'arguments.items.all(i, i.missing == 1)',
  'arguments.items.all(i, i.parts.all(p, p.contains("zz") || p.size() > 0))',
  'size(arguments.items.filter(i, i.parts.exists(p, p == "a"))) == 1',
  '"zz" in arguments.words || arguments.text.contains("aaaaaaaaaaaaaaaaab") || arguments.text == arguments.other',
  'arguments.text.lowerAscii().upperAscii().size() == 1 || arguments.text < arguments.other',
  '["x", "abbbbbbb"].exists(w, arguments.text.contains(w)) && arguments.text.endsWith(arguments.other)',
];

/** About `bytes` of arguments, made to match nothing early. */
function load(bytes: number) {
  const text = 'a'.repeat(bytes / 4);
  const items = Array.from({ length: bytes / 80 }, () => ({ x: 0, parts: ['bbbb', 'cccc'] }));
  return { items, text, other: `${text}b`, words: Array.from({ length: bytes / 16 }, () => 'wwwwww') };
}

test.each(LINEAR)('four times the arguments take about four times as long: %s', (text) => {
  const expression = compiled(text);
  const [small, large] = [62_500, 250_000].map(load);
  const evaluate = (given: unknown) => expression.evaluate(facts({ arguments: given }));

  const once = leastProcessorMs(() => evaluate(small), 12);
  const fourTimes = leastProcessorMs(() => evaluate(large), 12);

  // Quadratic time would be sixteen times as long. Below 50 microseconds the clock itself is what we measure.
  expect(fourTimes).toBeLessThan(Math.max(once, 0.05) * 11);
});
