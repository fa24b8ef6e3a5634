import { adviceOf } from '../nouns/advice.ts';
import { type Denial, type DenialCode, denialCodes } from '../nouns/denial.ts';
import { problemOf } from './problem.ts';

const denial = (code: DenialCode, retryAfterMs?: number): Denial => ({
  kind: 'denied',
  code,
  message: 'because',
  reasons: [{ code, message: 'because' }],
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});

const table: readonly [DenialCode, number, number][] = [
  ['STORE_UNAVAILABLE', 503, 503],
  ['IDENTITY_MISSING', 401, 401],
  ['IDENTITY_INVALID', 401, 401],
  ['REVOKED', 403, 403],
  ['TOOL_NAME_INVALID', 400, 400],
  ['CALL_INVALID', 400, 400],
  ['PRICE_UNKNOWN', 403, 403],
  ['NO_POLICY', 403, 403],
  ['TOOL_DENIED', 403, 403],
  ['TOOL_NOT_ALLOWED', 403, 403],
  ['EFFECT_NOT_ALLOWED', 403, 403],
  ['ELEVATION_REFUSED', 403, 403],
  ['PAYEE_UNKNOWN', 403, 403],
  ['MERCHANT_DENIED', 403, 403],
  ['MERCHANT_NOT_ALLOWED', 403, 403],
  ['NETWORK_DENIED', 403, 403],
  ['NETWORK_NOT_ALLOWED', 403, 403],
  ['CATEGORY_DENIED', 403, 403],
  ['CATEGORY_NOT_ALLOWED', 403, 403],
  ['PAYMENT_NOT_ALLOWED', 403, 403],
  ['RULE_DENIED', 403, 403],
  ['RULE_FAILED', 403, 403],
  ['ASSET_UNKNOWN', 403, 403],
  ['PRICE_ABOVE_CAP', 403, 403],
  ['SCHEDULE_BLOCKED', 403, 403],
  ['SCHEDULE_CLOSED', 403, 403],
  ['POLICY_STALE', 503, 503],
  ['IDEMPOTENCY_CONFLICT', 422, 422],
  ['CALL_IN_PROGRESS', 409, 409],
  ['CALL_ENDED', 409, 409],
  ['BUDGET_FROZEN', 403, 403],
  ['BUDGET_EXCEEDED', 403, 429],
  ['WALLET_INSUFFICIENT', 403, 403],
  ['RATE_EXCEEDED', 403, 429],
  ['APPROVAL_MISMATCH', 403, 403],
  ['APPROVAL_DENIED', 403, 403],
  ['APPROVAL_CANCELLED', 403, 403],
  ['APPROVAL_EXPIRED', 403, 403],
];

test('the table below has every code, in the order of precedence', () => {
  expect(table.map(([code]) => code)).toEqual(denialCodes);
});

test.each(table)('%s is %s, and %s where waiting helps', (code, status, statusIfRetryable) => {
  expect(problemOf(denial(code)).status).toBe(status);
  expect(problemOf(denial(code, 1_001))).toMatchObject({
    status: statusIfRetryable,
    headers: { 'Retry-After': '2' },
    body: { type: `urn:torii:problem:${code}`, status: statusIfRetryable, retryAfterSeconds: 2 },
  });
});

const passing: readonly DenialCode[] = ['STORE_UNAVAILABLE', 'POLICY_STALE', 'CALL_IN_PROGRESS'];
test.each(denialCodes)('%s that a wait may mend says whether its Idempotency-Key stays denied', (code) => {
  const advice = (wait?: number, hasIdempotencyKey = true): unknown =>
    problemOf(denial(code, wait), { hasIdempotencyKey }).body.advice;
  const [plain, waiting] = [adviceOf(denial(code)), adviceOf(denial(code, 1))];

  expect(advice(1)).toBe(passing.includes(code) ? waiting : `${waiting}: this Idempotency-Key stays denied`);
  expect([advice(1, false), advice()]).toEqual([waiting, plain]);
});

test('a body that no parser has read makes 415 of CALL_INVALID, and of nothing else', () => {
  const context = { isBodyUnread: true };

  expect(problemOf(denial('CALL_INVALID'), context)).toMatchObject({ status: 415, body: { status: 415 } });
  expect(problemOf(denial('IDENTITY_MISSING'), context).status).toBe(401);
});

test.each([
  [1, '1'],
  [1_000, '1'],
  [1_001, '2'],
])('a wait of %s ms is told as %s s', (retryAfterMs, seconds) => {
  expect(problemOf(denial('RATE_EXCEEDED', retryAfterMs)).headers['Retry-After']).toBe(seconds);
});

test.each(['STORE_UNAVAILABLE', 'POLICY_STALE'] as const)(
  '%s is worth a retry even where the engine does not say when',
  (code) => {
    expect(problemOf(denial(code)).headers['Retry-After']).toBe('1');
  },
);

test.each(['SCHEDULE_BLOCKED', 'SCHEDULE_CLOSED'] as const)(
  '%s says when to come back only where that is known',
  (code) => {
    expect(problemOf(denial(code)).headers).not.toHaveProperty('Retry-After');
    expect(problemOf(denial(code, 3_600_000)).headers).toMatchObject({ 'Retry-After': '3600' });
  },
);
