import type { Denial, DenialCode, Reason } from './denial.ts';
import { formatMoney, type Money, tryMoney } from './money.ts';

/**
 * What a code says about asking again. `never`: not as it is, unless the denial says when. `price`: likewise, and a
 * cheaper call may pass. `undecided`: nobody judged the call, so it may be repeated as it is. Any other text is the
 * advice itself, whatever else the denial holds.
 */
type Way = 'never' | 'price' | 'undecided' | Sentence;
type Sentence = `${string} ${string}`;

const CORRECT_IT = 'do not repeat this call as it is: a corrected one may pass';
const BRING_A_TOKEN = 'do not repeat this call as it is: it needs a valid token';
const ASK_AGAIN = 'an equal call asks a person again, as a new call';

/** Every code has its way: one without does not compile. */
const ways: Readonly<Record<DenialCode, Way>> = {
  STORE_UNAVAILABLE: 'undecided',
  IDENTITY_MISSING: BRING_A_TOKEN,
  IDENTITY_INVALID: BRING_A_TOKEN,
  REVOKED: 'do not repeat this call: its caller was stopped',
  TOOL_NAME_INVALID: CORRECT_IT,
  CALL_INVALID: CORRECT_IT,
  PRICE_UNKNOWN: CORRECT_IT,
  NO_POLICY: 'never',
  TOOL_DENIED: 'never',
  TOOL_NOT_ALLOWED: 'never',
  EFFECT_NOT_ALLOWED: 'never',
  ELEVATION_REFUSED: 'never',
  PAYEE_UNKNOWN: 'never',
  MERCHANT_DENIED: 'never',
  MERCHANT_NOT_ALLOWED: 'never',
  NETWORK_DENIED: 'never',
  NETWORK_NOT_ALLOWED: 'never',
  CATEGORY_DENIED: 'never',
  CATEGORY_NOT_ALLOWED: 'never',
  PAYMENT_NOT_ALLOWED: 'never',
  RULE_DENIED: 'never',
  RULE_FAILED: 'never',
  ASSET_UNKNOWN: 'never',
  PRICE_ABOVE_CAP: 'price',
  SCHEDULE_BLOCKED: 'never',
  SCHEDULE_CLOSED: 'never',
  POLICY_STALE: 'undecided',
  IDEMPOTENCY_CONFLICT: 'this call cannot pass under this id',
  CALL_IN_PROGRESS: 'do not repeat this call: it has begun, and it runs once',
  CALL_ENDED: 'repeat this call only if it has to happen once more, as a new call',
  BUDGET_FROZEN: 'never',
  BUDGET_EXCEEDED: 'price',
  WALLET_INSUFFICIENT: 'price',
  RATE_EXCEEDED: 'never',
  APPROVAL_MISMATCH: ASK_AGAIN,
  APPROVAL_DENIED: 'do not repeat this call: a person said no',
  APPROVAL_CANCELLED: 'do not repeat this call: somebody withdrew it',
  APPROVAL_EXPIRED: ASK_AGAIN,
};

/**
 * Says in one sentence what whoever was denied should do now: above all, whether repeating the call is of any use. A
 * cheaper call is only mentioned where nothing but the price was objected to.
 */
export function adviceOf({ code, reasons, retryAfterMs }: Denial): string {
  const way = ways[code];
  const wait = retryAfterMs === undefined ? undefined : `in ${durationText(retryAfterMs)}`;
  if (way === 'undecided') return `the same call may pass ${wait ?? 'in a moment'}`;
  if (way !== 'never' && way !== 'price') return way;
  const price = passingPrice(reasons);
  if (wait !== undefined) {
    const later = `an equal call may pass ${wait}, as a new call`;
    return price === undefined ? later : `${later}, and one of at most ${price} at once`;
  }
  return price === undefined
    ? 'do not repeat this call: it cannot pass as it is'
    : `do not repeat this call as it is: one of at most ${price} may pass`;
}

/** The denial for a model, in one line: the code, every reason, and the advice. */
export function explainDenial(denial: Denial): string {
  const { code, message, reasons } = denial;
  const others = reasons.slice(1).map((reason) => `${reason.code}: ${reason.message}`);
  return [`${code}: ${message}`, ...others, adviceOf(denial)].join('; ');
}

/** The highest price that nobody objects to, one for each currency; undefined where a lower price does not help. */
function passingPrice(reasons: readonly Reason[]): string | undefined {
  const least = new Map<string, Money>();
  for (const { code, limit } of reasons) {
    const most = tryMoney(limit);
    if (ways[code] !== 'price' || most === undefined || most.units === 0n) return undefined;
    const known = least.get(most.asset);
    if (known === undefined || most.units < known.units) least.set(most.asset, most);
  }
  return least.size === 0 ? undefined : [...least.values()].map(formatMoney).join(' and at most ');
}

/** A wait for people and models, rounded up: `38 s`, `90 min`, `15 h`, `3 d`. */
function durationText(waitMs: number): string {
  const unit = UNITS.find(({ most }) => waitMs <= most) ?? { ms: 86_400_000, name: 'd' };
  return `${Math.max(1, Math.ceil(waitMs / unit.ms))} ${unit.name}`;
}

/** Each unit up to twice the next one. */
const UNITS = [
  { most: 120_000, ms: 1_000, name: 's' },
  { most: 7_200_000, ms: 60_000, name: 'min' },
  { most: 172_800_000, ms: 3_600_000, name: 'h' },
] as const;
