import { leastProcessorMs, yardstickMs } from '../../processor-time.test-support.ts';
import type { RuleAnswer, RuleExpression } from '../expression.ts';
import { compiled, facts, failureOf } from '../facts.test-support.ts';
import type { RuleFacts } from '../facts.ts';
import { MAX_STEPS } from './effort.ts';

/** The longest text that a call can bring. */
const LONG = 262_000;

const TOO_MUCH = /^expected rules that look at less, or smaller arguments: .* 8,000,000 steps together$/;

/** Texts, lists and objects as large as arguments can be, each made to be walked to its end. */
const LARGE = {
  text: 'a'.repeat(LONG),
  mixed: 'aA'.repeat(LONG / 2),
  wide: 'aЖ'.repeat(LONG / 3),
  half: `${'a'.repeat(LONG / 2 - 1)}b`,
  other: `${'a'.repeat(LONG / 2 - 1)}c`,
  numbers: Array.from({ length: 9_900 }, (_, index) => index),
  times: Array.from({ length: 9_000 }, (_, index) => new Date(index * 90_061_000).toISOString()),
  items: Array.from({ length: 3_300 }, (_, index) => ({ price: index, name: `aB${index}` })),
  object: Object.fromEntries(Array.from({ length: 9_900 }, (_, index) => [`k${index}`, index])),
};

/** A thousand rules, which are written differently so that none of them can use what another has worked out. */
function thousand(text: string): readonly RuleExpression[] {
  return Array.from({ length: 1_000 }, (_, index) => {
    const space = ' '.repeat(index % 32) + '\n'.repeat(index / 32);
    return compiled(text.replace('arguments', `arguments${space}`));
  });
}

/** What the last rule says, and the least time of the processor that the decision took, in milliseconds. */
function decision(expressions: readonly RuleExpression[], given: () => RuleFacts) {
  let last: RuleAnswer = 'silent';
  const shortest = leastProcessorMs(() => {
    const asked = given();
    for (const expression of expressions) last = expression.evaluate(asked);
  }, 2);
  return { last, shortest };
}

const LIST = `[${Array.from({ length: 400 }, (_, index) => index % 10).join(',')}]`;

const ASKING: readonly (readonly [string, () => string])[] = [
  ['case changes', () => 'arguments.mixed.lowerAscii().contains("w")'],
  ['case changes of letters beyond ASCII', () => 'arguments.wide.lowerAscii() == "w"'],
  ['texts looked for', () => 'arguments.text.contains("aaab")'],
  ['texts looked for in a macro', () => '["aab", "ab"].exists(w, arguments.text.contains(w))'],
  ['sizes of texts', () => 'size(arguments.text) == 3'],
  ['sizes of objects', () => 'size(arguments.object) == 3'],
  ['elements of lists', () => `${LIST}.exists(n, n + 10000 in arguments.numbers)`],
  ['elements of another kind', () => `${LIST}.exists(n, "a" in arguments.numbers)`],
  ['turns of macros', () => 'arguments.items.exists(i, i.price > 10000)'],
  ['turns that fail', () => 'arguments.items.exists(i, i.price == "a")'],
  ['turns that filter', () => 'size(arguments.items.filter(i, i.name.lowerAscii() != i.name)) == 1'],
  ['turns that count keys', () => 'arguments.items.all(i, size(i) == 2)'],
  ['times', () => 'arguments.times.exists(t, timestamp(t) > now && timestamp(t) < now)'],
  ['times of a zone', () => 'arguments.times.exists(t, timestamp(t).getHours("Europe/Berlin") == 25)'],
  ['texts put together', () => '(arguments.text + arguments.text).contains("aaab")'],
  ['texts in order', () => 'arguments.half + "x" < arguments.other && false'],
  ['equal beginnings', () => 'arguments.half.startsWith(arguments.other)'],
  ['recipients looked for', () => 'arguments.wide.contains(payee.recipient)'],
];

test.each(ASKING)('a thousand rules over %s on large arguments end early, and fail', (_, text) => {
  const { last, shortest } = decision(thousand(text()), () => facts({ arguments: LARGE }));

  expect(failureOf(last)).toMatch(TOO_MUCH);
  // With steps it is about two yardsticks; without them it is hundreds.
  expect(shortest).toBeLessThan(16 * yardstickMs());
});

test('what a rule works out of the arguments, the others of the decision need not', () => {
  const asking = Array.from({ length: 1_000 }, () => compiled('arguments.mixed.lowerAscii().size() == 3'));

  const { last } = decision(asking, () => facts({ arguments: LARGE }));

  expect(last).toBe('silent');
});

test('what was worked out of one element is not taken for another', () => {
  const given = facts({ arguments: { words: ['AB', 'CD'], other: 'EF' } });

  expect(compiled('arguments.words.all(w, w.lowerAscii() in ["ab", "cd"])').evaluate(given)).toBe('holds');
  expect(compiled('arguments.words[0].lowerAscii() == "ab"').evaluate(given)).toBe('holds');
  expect(compiled('arguments.words[1].lowerAscii() == "cd"').evaluate(given)).toBe('holds');
  expect(compiled('arguments.other.lowerAscii().upperAscii() == "EF"').evaluate(given)).toBe('holds');
});

test('facts of one decision share the steps, whatever effect a policy sees; another decision has its own', () => {
  const given = facts({ arguments: { text: 'a'.repeat(MAX_STEPS / 2) } });
  const once = compiled('arguments.text.contains("aab")');

  expect(once.evaluate(given)).toBe('silent');
  expect(once.evaluate({ ...given, effect: 'admin' })).toBe('silent');
  expect(failureOf(once.evaluate({ ...given, effect: 'read' }))).toMatch(TOO_MUCH);
  expect(once.evaluate({ ...given, arguments: () => given.arguments() })).toBe('silent');
});

test.each([
  'false && F',
  'F && false',
  'true || F',
  'F || true',
  '["x"].exists(w, F) && false',
  'false ? F : F',
])('a rule that looked at more than was left has no answer, even where the rest decides: %s', (text) => {
  const given = facts({ arguments: { text: 'a'.repeat(MAX_STEPS + 1), small: 'a' } });
  const result = compiled(text.replaceAll('F', 'arguments.text.contains("aab")')).evaluate(given);
  const looked = !/^(?:false &&|true \|\|)/.test(text);

  if (looked) expect(failureOf(result)).toMatch(TOO_MUCH);
  else expect(typeof result).toBe('string');
});

test('whether a decision runs out does not depend on the order of its rules', () => {
  const asking = ['F || true', 'F && false', 'size(arguments.text) == 1', 'tool == "pay" || F'].map((text) =>
    compiled(text.replaceAll('F', 'arguments.text.contains("aab")')),
  );
  const runsOut = (order: readonly RuleExpression[], length: number) => {
    const given = facts({ arguments: { text: 'a'.repeat(length) } });
    return order.map((expression) => typeof expression.evaluate(given)).includes('object');
  };

  for (const [length, expected] of [
    [MAX_STEPS / 3 - 1, false],
    [MAX_STEPS / 3 + 1, true],
  ] as const) {
    expect(runsOut(asking, length)).toBe(expected);
    expect(runsOut(asking.toReversed(), length)).toBe(expected);
  }
});

test('once nothing is left, rules that look at facts alone still answer', () => {
  const given = facts({ arguments: { text: 'a'.repeat(MAX_STEPS + 1) } });

  expect(failureOf(compiled('arguments.text.contains("aab")').evaluate(given))).toMatch(TOO_MUCH);
  expect(compiled('tool == "pay" && session.calls == 3').evaluate(given)).toBe('holds');
});
