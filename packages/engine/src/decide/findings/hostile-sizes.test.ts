import { processorMs, yardstickMs } from '../processor-time.test-support.ts';
import { checkPolicies } from './index.ts';

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);
const names = (count: number, prefix: string): readonly string[] =>
  numbers(count).map((index) => `${prefix}${index.toString(36)}z`);
const asking = { approvers: ['a@b'] };

/** Documents that are slow to check for whoever compares everything with everything. */
const sizes: readonly (readonly [what: string, documents: readonly object[]])[] = [
  [
    '10,000 names in ten policies',
    numbers(10).map((index) => ({
      id: `p${index}`,
      tools: { allow: names(1000, `t${index}_`), deny: names(1000, `d${index}_`) },
    })),
  ],
  [
    'names that all look alike',
    numbers(10).map((index) => ({
      id: `p${index}`,
      tools: {
        deny: numbers(1000).map((at) =>
          (index * 1000 + at).toString(2).padStart(14, '0').replaceAll('0', 'o').replaceAll('1', 'O'),
        ),
      },
    })),
  ],
  [
    'a thousand patterns on each side, which nearly meet',
    [
      {
        id: 'p',
        tools: {
          allow: names(1000, 'long_common_start_').map((name) => `${name}*y`),
          deny: names(1000, 'long_common_start_').map((name) => `${name}*x`),
        },
        budgets: numbers(50).map((index) => ({
          scope: 'call',
          window: 'call',
          limit: `${index + 1}.00 USD`,
          tools: names(1000, `long_common_start_${index.toString(36)}`).map((name) => `${name}*w`),
        })),
      },
    ],
  ],
  [
    'a hundred budgets of a thousand names',
    [
      {
        id: 'p',
        tools: { allow: names(1000, 'n') },
        budgets: numbers(100).map((index) => ({
          scope: 'agent',
          window: 'day',
          limit: `${index + 1}.00 USD`,
          tools: [...names(999, 'n'), `x${index}`],
        })),
        approvals: numbers(100).map(() => ({
          when: { above: '999.00 USD', tools: names(1000, 'n') },
          ...asking,
        })),
      },
    ],
  ],
  [
    'many policies that never share a tool',
    numbers(2000).map((index) => ({
      id: `p${index}`,
      match: { agents: [`a${index % 1000}`] },
      tools: { allow: names(20, index < 1000 ? 'x' : 'y') },
    })),
  ],
  [
    'a thousand heirs that drop a thousand names, beside policies for everybody',
    [
      { id: 'base', tools: { deny: names(1000, 'n') } },
      ...numbers(1000).map((index) => ({
        id: `p${index}`,
        extends: 'base',
        match: { agents: [`a${index}`] },
        tools: { deny: names(100, `p${index}`) },
      })),
      ...numbers(100).map((index) => ({ id: `g${index}`, tools: { deny: names(100, `g${index}`) } })),
    ],
  ],
  [
    'an heir that changes a hundred budgets, approvals and a thousand rules',
    numbers(2).map((index) => ({
      id: `p${index}`,
      ...(index === 1 ? { extends: 'p0' } : {}),
      budgets: numbers(100).map((at) => ({
        scope: 'agent',
        window: 'day',
        limit: `${at + 1 + index}.00 USD`,
        tools: [...names(300, 'n'), `x${at}`],
      })),
      approvals: numbers(100).map((at) => ({
        when: { above: `${index}.00 USD`, tools: [...names(300, 'n'), `x${at}${index}`] },
        ...asking,
      })),
      rules: numbers(1000).map((at) => ({ id: `r${at}${index}`, when: 'true', then: 'deny', reason: '' })),
    })),
  ],
  [
    'a thousand blocked periods that an heir does not have',
    numbers(2).map((index) => ({
      id: `p${index}`,
      ...(index === 1 ? { extends: 'p0' } : {}),
      schedule: {
        block: numbers(1000).map((at) => ({
          from: `${2000 + at}-01-0${index + 1}T00:00Z`,
          to: `${2000 + at}-02-01T00:00Z`,
          reason: '',
        })),
      },
    })),
  ],
  [
    'patterns of the longest kind',
    [
      {
        id: 'p',
        tools: { allow: [`${'a*'.repeat(63)}b`], deny: [`${'a*'.repeat(63)}c`, `${'*a'.repeat(63)}c`] },
      },
    ],
  ],
];

test.each(sizes)('%s are checked in time', (_, documents) => {
  const took = processorMs(() => checkPolicies(documents));

  // The slowest takes about twenty yardsticks; comparing everything with everything takes thousands.
  expect(took).toBeLessThan(100 * yardstickMs());
});
