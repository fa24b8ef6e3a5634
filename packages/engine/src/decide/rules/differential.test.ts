import { fc, test as property } from '@fast-check/jest';
import { Environment } from '@marcbachmann/cel-js';

import { compileExpression } from './expression.ts';
import { facts } from './facts.test-support.ts';

const library = new Environment({ homogeneousAggregateLiterals: false })
  .registerOperator('int == double', (left: bigint, right: number) => Number(left) === right)
  .registerVariable('tool', 'string')
  .registerVariable('arguments', 'dyn');

// No field named `constructor`: the library's evaluator cannot read objects that have one.
const ARGUMENTS = {
  n: 5,
  d: 2.5,
  s: 'abc',
  t: true,
  z: null,
  l: [1, 2, 5],
  w: ['abc', 'x'],
  o: { k: 1 },
  i: [{ v: 1 }, { v: 5 }, { w: 1 }],
};

const VALUES = [
  ...Object.keys(ARGUMENTS).map((key) => `arguments.${key}`),
  'arguments.missing',
  'arguments.o.k',
  'arguments.l[1]',
  'arguments["n"]',
  'tool',
  '0',
  '1',
  '2',
  '5',
  '-3',
  '2.5',
  '5.0',
  '"abc"',
  '"x"',
  '""',
  '"😀"',
  'true',
  'false',
  'null',
  'size(arguments.l)',
  'arguments.s.size()',
];

const value = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...VALUES),
    fc
      .tuple(tie('value'), fc.constantFrom('+', '-', '*', '/', '%'), tie('value'))
      .map((parts) => `(${parts.join(' ')})`),
  ),
})).value;

const comparison = fc.oneof(
  fc
    .tuple(value, fc.constantFrom('==', '!=', '<', '<=', '>', '>='), value)
    .map((parts) => `(${parts.join(' ')})`),
  fc
    .tuple(value, fc.constantFrom('arguments.l', 'arguments.w', 'arguments.o', '[1, 5]', '["abc", "x"]'))
    .map(([left, right]) => `(${left} in ${right})`),
  fc
    .tuple(
      fc.constantFrom('all', 'exists', 'exists_one'),
      fc.constantFrom('v', 'w'),
      fc.constantFrom('>', '<=', '=='),
    )
    .map(([macro, key, operator]) => `arguments.i.${macro}(e, e.${key} ${operator} 1)`),
  fc.constantFrom(
    'has(arguments.missing)',
    'has(arguments.o.k)',
    'has(arguments.missing.k)',
    'has(arguments.n.k)',
  ),
  fc
    .tuple(value, fc.constantFrom('startsWith', 'endsWith', 'contains'))
    .map(([left, name]) => `${left}.${name}("b")`),
);

const condition = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    comparison,
    fc
      .tuple(tie('condition'), fc.constantFrom('&&', '||'), tie('condition'))
      .map((parts) => `(${parts.join(' ')})`),
    tie('condition').map((inner) => `!${inner}`),
    fc.tuple(tie('condition'), tie('condition'), tie('condition')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
  ),
})).condition;

function second(text: string): unknown {
  try {
    return library.evaluate(text, { tool: 'pay', arguments: ARGUMENTS });
  } catch {
    return 'failed';
  }
}

property.prop([condition.filter((text) => text.length <= 2_000)], { numRuns: 5_000 })(
  'wherever we answer, the evaluator of the library answers the same',
  (text) => {
    const expression = compileExpression(text);
    if (expression.kind === 'problem') return;
    const ours = expression.evaluate(facts({ arguments: ARGUMENTS }));
    if (typeof ours !== 'string') return; // We fail more often, on purpose: values of different kinds are never unequal.

    expect(second(text)).toBe(ours === 'holds');
  },
);
