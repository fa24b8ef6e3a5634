import fc from 'fast-check';
import { formatCurrency } from '../../../nouns/money.ts';
import { compileExpression } from '../../rules/index.ts';
import { compiled, said } from '../decisions.test-support.ts';
import type { PaySentryRule } from './document.ts';
import { importPaySentryPolicy } from './import-pay-sentry.ts';
import { patternExpression } from './pattern-expression.ts';
import { rule, services, text } from './rules.test-support.ts';

interface Payment {
  readonly agent: string;
  readonly tool: string;
  readonly recipient: string;
  readonly cents: number;
}

const approvers = ['boss@example.com'];

/** A recipient or a pattern as ours are compared: in lower case, and without the full stop of a host. */
function compared(name: string): string {
  const lower = name.toLowerCase();
  const [before, last] = [lower.at(-2), lower.at(-1)];
  const isHost = last === '.' && before !== undefined && before !== '.' && before !== '*';
  return isHost ? lower.slice(0, -1) : lower;
}

/** The dialect's pattern, read anew: `*` is any text, `?` any character. */
function matches(text: string, pattern: string): boolean {
  const source = pattern.split('').map((each) => {
    if (each === '*') return '[^]*';
    return each === '?' ? '[^]' : each.replace(/[^a-z0-9]/gi, String.raw`\$&`);
  });
  return new RegExp(`^${source.join('')}$`).test(text);
}

const payment: fc.Arbitrary<Payment> = fc.record({
  agent: text,
  tool: fc.constantFrom('find', 'look', 'buy', 'pay'),
  recipient: text,
  cents: fc.integer({ min: 0, max: 6 }),
});

type Comparison = (recipient: string) => string;

const asWritten: Comparison = (recipient) => recipient.toLowerCase();

function applies({ conditions: wanted }: PaySentryRule, asked: Payment, by: Comparison): boolean {
  const { agent, tool, recipient, cents } = asked;
  const { agents, recipients, services: named, minAmount, maxAmount } = wanted;
  return (
    (agents === undefined || agents.some((each) => matches(agent, each))) &&
    (recipients === undefined || recipients.some((each) => matches(by(recipient), by(each)))) &&
    (named === undefined ||
      named.some((each) => each in services && services[each as keyof typeof services].includes(tool))) &&
    (minAmount === undefined || cents >= Math.round(minAmount * 100)) &&
    (maxAmount === undefined || cents <= Math.round(maxAmount * 100))
  );
}

/** The first rule that matches decides; where none does, ours denies. */
function promised(rules: readonly PaySentryRule[], asked: Payment, by: Comparison = compared): string {
  const ordered = rules
    .filter(({ enabled }) => enabled)
    .toSorted((one, other) => one.priority - other.priority);
  const first = ordered.find((each) => applies(each, asked, by));
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

const about = fc.record({
  recipients: fc.uniqueArray(fc.constantFrom('a', 'a.', 'a.*', 'a?', '*', '*.*', '*a.*', '??', 'a*', '.a*'), {
    minLength: 1,
    maxLength: 2,
  }),
});

test('where a full stop at the end makes a difference to what is written there, a remark says so', () => {
  const action = fc.constantFrom('allow', 'deny');
  const recipient = fc.constantFrom('a', 'a.', 'ab.', 'a.b', '*.*');
  fc.assert(
    fc.property(about, action, recipient, (conditions, first, asked) => {
      const last = first === 'deny' ? 'allow' : 'deny';
      const rules: PaySentryRule[] = [
        { id: 'r', name: 'R', enabled: true, priority: 1, conditions, action: first },
        { id: 's', name: 'S', enabled: true, priority: 2, conditions: {}, action: last },
      ];
      const imported = importPaySentryPolicy({ id: 'p', name: 'P', enabled: true, rules, budgets: [] });
      const payment = { agent: 'a', tool: 'pay', recipient: asked, cents: 1 };
      const there = promised(rules, payment, asWritten);
      const here = said(compiled(imported), { payee: { recipient: asked }, price: '0.01 USD' });
      const kinds = imported.remarks.map(({ kind }) => kind);
      expect(kinds[0]).toBe('assumed');
      if ((here === 'allow') === (there === 'allow')) return;
      const named = conditions.recipients.some((each) => compared(each) === compared(asked));
      if (!named) expect(kinds).toContain(first === 'deny' ? 'not-expressed' : 'stricter');
    }),
    { numRuns: 1000 },
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
