/**
 * Every reason a call is denied, in precedence: where several apply, the first one names the denial.
 * `docs/reference/denials.md` has one section for each; a test keeps the two equal.
 */
export const denialCodes = [
  'STORE_UNAVAILABLE',
  'IDENTITY_MISSING',
  'IDENTITY_INVALID',
  'REVOKED',
  'TOOL_NAME_INVALID',
  'CALL_INVALID',
  'PRICE_UNKNOWN',
  'NO_POLICY',
  'TOOL_DENIED',
  'TOOL_NOT_ALLOWED',
  'EFFECT_NOT_ALLOWED',
  'ELEVATION_REFUSED',
  'PAYEE_UNKNOWN',
  'MERCHANT_DENIED',
  'MERCHANT_NOT_ALLOWED',
  'NETWORK_DENIED',
  'NETWORK_NOT_ALLOWED',
  'CATEGORY_DENIED',
  'CATEGORY_NOT_ALLOWED',
  'PAYMENT_NOT_ALLOWED',
  'RULE_DENIED',
  'RULE_FAILED',
  'ASSET_UNKNOWN',
  'PRICE_ABOVE_CAP',
  'SCHEDULE_BLOCKED',
  'SCHEDULE_CLOSED',
  'POLICY_STALE',
  'IDEMPOTENCY_CONFLICT',
  'CALL_IN_PROGRESS',
  'CALL_ENDED',
  'BUDGET_FROZEN',
  'BUDGET_EXCEEDED',
  'WALLET_INSUFFICIENT',
  'RATE_EXCEEDED',
  'APPROVAL_MISMATCH',
  'APPROVAL_DENIED',
  'APPROVAL_CANCELLED',
  'APPROVAL_EXPIRED',
] as const;

export type DenialCode = (typeof denialCodes)[number];

/** One clause that spoke: where it stands, what it compared and what would have passed. */
export interface Reason {
  readonly code: DenialCode;

  /** A sentence without its capital and full stop, fit for a model and for a person. */
  readonly message: string;

  /** Id of the policy that spoke. */
  readonly policy?: string;

  /** Where in the policy: `budgets[0]`. */
  readonly clause?: string;

  /** The value that was judged, as text: `0.60 USD`. */
  readonly value?: string;

  /** What would have passed this clause, as text: `0.50 USD`. Others may object to it still. */
  readonly limit?: string;
}

/** An answer, not an error: the call may not happen. */
export interface Denial {
  readonly kind: 'denied';
  readonly code: DenialCode;
  readonly message: string;
  readonly reasons: readonly Reason[];

  /** Milliseconds after which an equal call may pass, as a new call; undefined where waiting does not help. */
  readonly retryAfterMs?: number;

  /** The call that was denied, where it got as far as having an id. */
  readonly callId?: string;

  /** How the call ended that this denial repeats, where it is over: `released` did and cost nothing. */
  readonly ended?: 'settled' | 'released' | 'expired' | 'denied';
}

/** A denial with one reason. */
export function deny(
  code: DenialCode,
  message: string,
  more: Omit<Reason, 'code' | 'message'> & { retryAfterMs?: number } = {},
): Denial {
  const { retryAfterMs, ...where } = more;
  const denial: Denial = { kind: 'denied', code, message, reasons: [{ code, message, ...where }] };
  return retryAfterMs === undefined ? denial : { ...denial, retryAfterMs };
}

/** Most reasons that a denial tells: more help nobody, and every denied call keeps them. */
const MAX_REASONS = 20;

/** A reason, and when it would no longer stand. */
export type TimedReason = Reason & { readonly retryAfterMs?: number };

/**
 * One denial of several reasons: named by the first in precedence, with the first 20 kept in that order.
 * It can be retried only when all of them can, after the longest wait.
 */
export function denyAll(reasons: readonly TimedReason[], callId?: string): Denial {
  const ordered = reasons.length < 2 ? reasons : [...reasons].sort(byPrecedence);
  const [first] = ordered;
  if (first === undefined) throw new RangeError('expected at least one reason');
  const { code, message } = first;
  const retryAfterMs = longestWait(ordered);
  const told = ordered.length > MAX_REASONS ? ordered.slice(0, MAX_REASONS) : ordered;
  const kept = told.some(isTimed) ? told.map(untimed) : told;
  // Written out field by field: spreading would cost more than the rest of a decision.
  if (retryAfterMs === undefined)
    return callId === undefined
      ? { kind: 'denied', code, message, reasons: kept }
      : { kind: 'denied', code, message, reasons: kept, callId };
  return callId === undefined
    ? { kind: 'denied', code, message, reasons: kept, retryAfterMs }
    : { kind: 'denied', code, message, reasons: kept, retryAfterMs, callId };
}

const precedence = new Map(denialCodes.map((code, index) => [code, index]));

function byPrecedence(a: Reason, b: Reason): number {
  return (precedence.get(a.code) ?? 0) - (precedence.get(b.code) ?? 0);
}

/** The longest of all waits; undefined where one reason does not pass with time. */
function longestWait(reasons: readonly TimedReason[]): number | undefined {
  let longest = 0;
  for (const { retryAfterMs } of reasons) {
    if (retryAfterMs === undefined) return undefined;
    longest = Math.max(longest, retryAfterMs);
  }
  return longest;
}

function isTimed({ retryAfterMs }: TimedReason): boolean {
  return retryAfterMs !== undefined;
}

function untimed(reason: TimedReason): Reason {
  if (reason.retryAfterMs === undefined) return reason;
  const { retryAfterMs: _, ...rest } = reason;
  return rest;
}
