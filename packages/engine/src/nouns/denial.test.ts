import { denyAll } from './denial.ts';
import { OutcomeUnknownError, ToriiError } from './errors.ts';

const rate = { code: 'RATE_EXCEEDED', message: 'too many', retryAfterMs: 1_000 } as const;
const budget = { code: 'BUDGET_EXCEEDED', message: 'no room', retryAfterMs: 60_000 } as const;
const tool = { code: 'TOOL_DENIED', message: 'never' } as const;

test('the first reason in precedence names the denial, whatever the order they came in', () => {
  expect(denyAll([rate, budget])).toEqual(denyAll([budget, rate]));
  expect(denyAll([rate, budget])).toMatchObject({
    code: 'BUDGET_EXCEEDED',
    reasons: [{ code: 'BUDGET_EXCEEDED' }, { code: 'RATE_EXCEEDED' }],
  });
});

test('it can be retried after the longest wait, and not at all where one reason never passes', () => {
  expect(denyAll([rate, budget]).retryAfterMs).toBe(60_000);
  expect(denyAll([rate, tool])).not.toHaveProperty('retryAfterMs');
});

test('errors are recognized across copies of the package', () => {
  const foreign = Object.assign(new Error('x'), { [Symbol.for('torii.error')]: true });

  expect([
    ToriiError.is(foreign),
    ToriiError.is(new ToriiError('MONEY_INVALID', 'x')),
    ToriiError.is(new Error('x')),
    ToriiError.is(null),
  ]).toEqual([true, true, false, false]);
});

test.each([
  [new OutcomeUnknownError('lost'), true],
  [new DOMException('x', 'AbortError'), true],
  [Object.assign(new Error('x'), { name: 'TimeoutError' }), true],
  [new Error('x'), false],
  ['text', false],
  [null, false],
  [undefined, false],
])('%s leaves the outcome open: %s', (error, open) => {
  expect(OutcomeUnknownError.describes(error)).toBe(open);
});
