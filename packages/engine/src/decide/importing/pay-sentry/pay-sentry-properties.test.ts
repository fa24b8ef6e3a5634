import fc from 'fast-check';
import { formatCurrency } from '../../../nouns/money.ts';
import { compileExpression } from '../../rules/index.ts';
import { compiled, said } from '../decisions.test-support.ts';
import type { PaySentryRule } from './document.ts';
import { importPaySentryPolicy } from './import-pay-sentry.ts';
import { patternExpression } from './pattern-expression.ts';

interface Payment {
  readonly agent: string;
  readonly tool: string;
  readonly recipient: string;
  readonly cents: number;
}

const services = { search: ['find', 'look'], trade: ['buy'] };
const approvers = ['boss@example.com'];

/** The dialect's pattern, read anew: `*` is any text, `?` any character. */
function matches(text: string, pattern: string): boolean {
  const source = pattern.split('').map((each) => {
    if (each === '*') return '[^]*';
    return each === '?' ? '[^]' : each.replace(/[^a-z0-9]/gi, String.raw`\$&`);
  });
  return new RegExp(`^${source.join('')}$`).test(text);
}

const piece = fc.string({ unit: fc.constantFrom('a', 'b', 'B', '.', '"', '\\'), maxLength: 3 });
const wild = fc.string({ unit: fc.constantFrom('*', '?'), maxLength: 2 });
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'B', '.', '"', '\\'), minLength: 1, maxLength: 5 });
const pattern = fc
  .oneof(
    fc.tuple(piece, wild, piece).map((parts) => parts.join('')),
    piece.map((inner) => `*${inner}*`),
  )
  .filter((each) => each !== '');

const recipients = fc.array(pattern, { minLength: 1, maxLength: 2 });

const conditions = fc.oneof(
  fc.constant({}),
  fc.record({ recipients }),
  fc.record(
    {
      agents: fc.array(pattern, { minLength: 1, maxLength: 2 }),
      recipients,
      services: fc.uniqueArray(fc.constantFrom('search', 'trade'), { minLength: 1 }),
      minAmount: fc.integer({ min: 0, max: 5 }).map((cents) => cents / 100),
      maxAmount: fc.integer({ min: 0, max: 5 }).map((cents) => cents / 100),
      currencies: fc.array(fc.constantFrom('USDC', 'USDT'), { minLength: 1 }),
    },
    { requiredKeys: [] },
  ),
);

const rule: fc.Arbitrary<PaySentryRule> = fc.record({
  id: fc.constant('r'),
  name: fc.constant('a rule'),
  enabled: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, fc.constant(false)),
  priority: fc.integer({ min: -2, max: 2 }),
  conditions,
  action: fc.constantFrom('allow', 'deny', 'require_approval', 'flag'),
});

const payment: fc.Arbitrary<Payment> = fc.record({
  agent: text,
  tool: fc.constantFrom('find', 'look', 'buy', 'pay'),
  recipient: text,
  cents: fc.integer({ min: 0, max: 6 }),
});

function applies({ conditions: wanted }: PaySentryRule, { agent, tool, recipient, cents }: Payment): boolean {
  const { agents, recipients, services: named, minAmount, maxAmount } = wanted;
  return (
    (agents === undefined || agents.some((each) => matches(agent, each))) &&
    (recipients === undefined ||
      recipients.some((each) => matches(recipient.toLowerCase(), each.toLowerCase()))) &&
    (named === undefined ||
      named.some((each) => each in services && services[each as keyof typeof services].includes(tool))) &&
    (minAmount === undefined || cents >= Math.round(minAmount * 100)) &&
    (maxAmount === undefined || cents <= Math.round(maxAmount * 100))
  );
}

/** The first rule that matches decides; where none does, ours denies. */
function promised(rules: readonly PaySentryRule[], asked: Payment): string {
  const ordered = rules
    .filter(({ enabled }) => enabled)
    .toSorted((one, other) => one.priority - other.priority);
  const first = ordered.find((each) => applies(each, asked));
  return first?.action ?? 'deny';
}

const WORDS = new Map([
  ['allow', 'allow'],
  ['flag', 'flag'],
  ['1 of 1', 'require_approval'],
]);

test('whatever the rules and their order, the first that matches decides', () => {
  fc.assert(
    fc.property(
      fc.array(rule, { maxLength: 6 }),
      fc.array(payment, { minLength: 1, maxLength: 10 }),
      (rules, payments) => {
        const document = { id: 'p', name: 'P', enabled: true, rules, budgets: [] };
        const policies = compiled(importPaySentryPolicy(document, { approvers, services }));
        for (const asked of payments) {
          const { agent, tool, recipient, cents } = asked;
          const price = formatCurrency(BigInt(cents) * 10_000n, 'USD');
          const answer = said(policies, { agent, tool, price, payee: { recipient } });
          expect(WORDS.get(answer) ?? 'deny').toBe(promised(rules, asked));
        }
      },
    ),
    { numRuns: 400 },
  );
});

test('a pattern becomes an expression that holds for the same texts, or none', () => {
  const any = fc.string({
    unit: fc.constantFrom('a', 'b', '*', '?', '.', '"', '\\'),
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(fc.array(any, { minLength: 1, maxLength: 3 }), text, (patterns, agent) => {
      const expression = patternExpression('principal.agent', patterns);
      if (expression === undefined) return;
      const expected = patterns.some((each) => matches(agent, each)) ? 'holds' : 'silent';
      const compiledExpression = compileExpression(expression === 'any' ? 'true' : expression);
      if (compiledExpression.kind === 'problem') throw new Error(compiledExpression.message);
      const principal = { agent, owner: 'o', tenant: 't', session: 's', issuer: 'i' };
      const answer = compiledExpression.evaluate({
        tool: 'pay',
        effect: 'read',
        framework: 'test',
        arguments: () => null,
        price: { units: 0n, asset: 'USD/6' },
        counts: () => 0n,
        payee: {},
        principal,
        session: undefined,
        nowMs: 0,
      });
      expect(answer).toBe(expected);
    }),
    { numRuns: 2000 },
  );
});

test.each`
  patterns            | expression
  ${['a']}            | ${'x in ["a"]'}
  ${['a', 'b', 'c*']} | ${'x in ["a", "b"] || x.startsWith("c")'}
  ${['*.com']}        | ${'x.endsWith(".com")'}
  ${['**']}           | ${'any'}
  ${['?']}            | ${'size(x) == 1'}
  ${['?*']}           | ${'size(x) >= 1'}
  ${['a*b']}          | ${'x.startsWith("a") && x.endsWith("b") && size(x) >= 2'}
  ${['a?b']}          | ${'x.startsWith("a") && x.endsWith("b") && size(x) == 3'}
  ${['*evil*']}       | ${'x.contains("evil")'}
  ${['a*b*']}         | ${undefined}
  ${['*a*b*']}        | ${undefined}
  ${['?a?']}          | ${undefined}
`('$patterns become $expression', ({ patterns, expression }) => {
  expect(patternExpression('x', patterns)).toBe(expression);
});

test('whatever is given, it is imported or refused with its reason', () => {
  const near = fc.oneof(
    fc.record({
      id: fc.string(),
      name: fc.string(),
      enabled: fc.boolean(),
      rules: fc.array(fc.oneof(rule, fc.anything())),
      budgets: fc.anything(),
    }),
    fc.anything(),
  );
  fc.assert(
    fc.property(near, (document) => {
      try {
        compiled(importPaySentryPolicy(document, { approvers, services }));
      } catch (error) {
        expect(error).toMatchObject({ code: 'POLICY_INVALID' });
      }
    }),
    { numRuns: 500 },
  );
});
