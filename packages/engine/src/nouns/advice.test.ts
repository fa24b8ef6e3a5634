import { adviceOf, explainDenial } from './advice.ts';
import { denyAll, type Denial, type DenialCode, denialCodes, type Reason } from './denial.ts';

type Objection = Reason & { readonly retryAfterMs?: number };

const denied = (code: DenialCode, retryAfterMs?: number, limit?: string): Denial =>
  denyAll([because(code, retryAfterMs, limit)]);

function because(code: DenialCode, retryAfterMs?: number, limit?: string): Objection {
  const reason = { code, message: `because of ${code}` };
  return {
    ...reason,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(limit === undefined ? {} : { limit }),
  };
}

const NEVER = 'do not repeat this call: it cannot pass as it is';
const LATER = 'an equal call may pass in 38 s, as a new call';
const CORRECT = 'do not repeat this call as it is: a corrected one may pass';
const TOKEN = 'do not repeat this call as it is: it needs a valid token';
const CONFLICT = 'this call cannot pass under this id';
const BEGUN = 'do not repeat this call: it has begun, and it runs once';
const ENDED = 'repeat this call only if it has to happen once more, as a new call';
const ASK = 'an equal call asks a person again, as a new call';
const STOPPED = 'do not repeat this call: its caller was stopped';
const NO = 'do not repeat this call: a person said no';
const GONE = 'do not repeat this call: somebody withdrew it';

const table: readonly (readonly [code: DenialCode, advice: string, adviceWithWait: string])[] = [
  ['STORE_UNAVAILABLE', 'the same call may pass in a moment', 'the same call may pass in 38 s'],
  ['IDENTITY_MISSING', TOKEN, TOKEN],
  ['IDENTITY_INVALID', TOKEN, TOKEN],
  ['REVOKED', STOPPED, STOPPED],
  ['TOOL_NAME_INVALID', CORRECT, CORRECT],
  ['CALL_INVALID', CORRECT, CORRECT],
  ['PRICE_UNKNOWN', CORRECT, CORRECT],
  ['NO_POLICY', NEVER, LATER],
  ['TOOL_DENIED', NEVER, LATER],
  ['TOOL_NOT_ALLOWED', NEVER, LATER],
  ['EFFECT_NOT_ALLOWED', NEVER, LATER],
  ['ELEVATION_REFUSED', NEVER, LATER],
  ['PAYEE_UNKNOWN', NEVER, LATER],
  ['MERCHANT_DENIED', NEVER, LATER],
  ['MERCHANT_NOT_ALLOWED', NEVER, LATER],
  ['NETWORK_DENIED', NEVER, LATER],
  ['NETWORK_NOT_ALLOWED', NEVER, LATER],
  ['CATEGORY_DENIED', NEVER, LATER],
  ['CATEGORY_NOT_ALLOWED', NEVER, LATER],
  ['PAYMENT_NOT_ALLOWED', NEVER, LATER],
  ['RULE_DENIED', NEVER, LATER],
  ['RULE_FAILED', NEVER, LATER],
  ['ASSET_UNKNOWN', NEVER, LATER],
  ['PRICE_ABOVE_CAP', NEVER, LATER],
  ['SCHEDULE_BLOCKED', NEVER, LATER],
  ['SCHEDULE_CLOSED', NEVER, LATER],
  ['POLICY_STALE', 'the same call may pass in a moment', 'the same call may pass in 38 s'],
  ['IDEMPOTENCY_CONFLICT', CONFLICT, CONFLICT],
  ['CALL_IN_PROGRESS', BEGUN, BEGUN],
  ['CALL_ENDED', ENDED, ENDED],
  ['BUDGET_FROZEN', NEVER, LATER],
  ['BUDGET_EXCEEDED', NEVER, LATER],
  ['WALLET_INSUFFICIENT', NEVER, LATER],
  ['RATE_EXCEEDED', NEVER, LATER],
  ['APPROVAL_MISMATCH', ASK, ASK],
  ['APPROVAL_DENIED', NO, NO],
  ['APPROVAL_CANCELLED', GONE, GONE],
  ['APPROVAL_EXPIRED', ASK, ASK],
];

test('the table below has every code, in the order of precedence', () => {
  expect(table.map(([code]) => code)).toEqual(denialCodes);
});

test.each(table)('%s: %s; and where waiting helps: %s', (code, advice, adviceWithWait) => {
  expect(adviceOf(denied(code))).toBe(advice);
  expect(adviceOf(denied(code, 38_000))).toBe(adviceWithWait);
});

test.each([
  [0, '1 s'],
  [1, '1 s'],
  [1_000, '1 s'],
  [1_001, '2 s'],
  [120_000, '120 s'],
  [120_001, '3 min'],
  [7_200_000, '120 min'],
  [7_200_001, '3 h'],
  [172_800_000, '48 h'],
  [172_800_001, '3 d'],
])('a wait of %s ms is told as %s, never too short', (retryAfterMs, text) => {
  expect(adviceOf(denied('RATE_EXCEEDED', retryAfterMs))).toContain(` in ${text},`);
});

describe('a lower price', () => {
  const cheaper = (price: string): string =>
    `do not repeat this call as it is: one of at most ${price} may pass`;
  const soon = (price: string): string => `${LATER}, and one of at most ${price} at once`;

  test.each([
    ['above a cap', [because('PRICE_ABOVE_CAP', undefined, '0.50 USD')], cheaper('0.50 USD')],
    ['above what is left for good', [because('BUDGET_EXCEEDED', undefined, '0.40 USD')], cheaper('0.40 USD')],
    ['above what is left for now', [because('BUDGET_EXCEEDED', 38_000, '0.04 USD')], soon('0.04 USD')],
    ['where a millionth is left', [because('BUDGET_EXCEEDED', 38_000, '0.000001 USD')], soon('0.000001 USD')],
    ['where nothing is left', [because('BUDGET_EXCEEDED', 38_000, '0.00 USD')], LATER],
    ['where nothing is left for good', [because('BUDGET_EXCEEDED', undefined, '0.00 USD')], NEVER],
    [
      'above two caps',
      [because('PRICE_ABOVE_CAP', undefined, '0.50 USD'), because('PRICE_ABOVE_CAP', undefined, '0.30 USD')],
      cheaper('0.30 USD'),
    ],
    [
      'above caps in two currencies',
      [because('PRICE_ABOVE_CAP', undefined, '0.50 USD'), because('PRICE_ABOVE_CAP', undefined, '0.30 EUR')],
      cheaper('0.50 USD and at most 0.30 EUR'),
    ],
    [
      'of which one is used up',
      [because('BUDGET_EXCEEDED', 38_000, '0.04 USD'), because('BUDGET_EXCEEDED', 38_000, '0.00 USD')],
      LATER,
    ],
    [
      'that is not all',
      [because('BUDGET_EXCEEDED', 38_000, '0.04 USD'), because('RATE_EXCEEDED', 9, '5 calls')],
      LATER,
    ],
    [
      'above a cap and outside the hours',
      [because('PRICE_ABOVE_CAP', undefined, '0.50 USD'), because('SCHEDULE_CLOSED', 38_000)],
      NEVER,
    ],
    ['where the limit is no amount', [because('PRICE_ABOVE_CAP', undefined, 'less')], NEVER],
  ])('%s', (_title, reasons, advice) => {
    expect(adviceOf(denyAll(reasons))).toBe(advice);
  });

  test('is no way past a denial of something else', () => {
    expect(adviceOf(denied('RATE_EXCEEDED', undefined, '0.50 USD'))).toBe(NEVER);
    expect(adviceOf({ ...denied('PRICE_ABOVE_CAP'), reasons: [] })).toBe(NEVER);
  });
});

describe('the line for a model', () => {
  test('has the code, every reason and the advice', () => {
    const denial = denyAll([because('BUDGET_EXCEEDED', 38_000), because('RATE_EXCEEDED', 1)]);

    expect(explainDenial(denial)).toBe(
      `BUDGET_EXCEEDED: because of BUDGET_EXCEEDED; RATE_EXCEEDED: because of RATE_EXCEEDED; ${LATER}`,
    );
  });
});
