/**
 * Every reason a call is denied, in precedence: where several apply, the first one names the denial.
 * `docs/reference/denials.md` has one section for each; a test keeps the two equal.
 */
export const denialCodes = [
  'STORE_UNAVAILABLE',
  'IDENTITY_MISSING',
  'IDENTITY_INVALID',
  'TOOL_NAME_INVALID',
  'CALL_INVALID',
  'PRICE_UNKNOWN',
  'NO_POLICY',
  'TOOL_DENIED',
  'TOOL_NOT_ALLOWED',
  'ASSET_UNKNOWN',
  'PRICE_ABOVE_CAP',
  'IDEMPOTENCY_CONFLICT',
  'CALL_IN_PROGRESS',
  'CALL_ENDED',
  'BUDGET_FROZEN',
  'BUDGET_EXCEEDED',
  'RATE_EXCEEDED',
  'APPROVAL_MISMATCH',
  'APPROVAL_DENIED',
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

  /** What would have passed, as text: `0.50 USD`. */
  readonly limit?: string;
}

/** An answer, not an error: the call may not happen. */
export interface Denial {
  readonly kind: 'denied';
  readonly code: DenialCode;
  readonly message: string;
  readonly reasons: readonly Reason[];

  /** Milliseconds after which an equal call may pass, under a new id; undefined where waiting does not help. */
  readonly retryAfterMs?: number;

  /** The call that was denied, where it got as far as having an id. */
  readonly callId?: string;
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

/**
 * One denial of several reasons: named by the first in precedence, with every reason kept in that order.
 * It can be retried only when all of them can, after the longest wait.
 */
export function denyAll(reasons: readonly (Reason & { readonly retryAfterMs?: number })[]): Denial {
  const ordered = [...reasons].sort((a, b) => denialCodes.indexOf(a.code) - denialCodes.indexOf(b.code));
  const [first] = ordered;
  if (first === undefined) throw new RangeError('expected at least one reason');
  const waits = ordered.map((reason) => reason.retryAfterMs);
  const denial: Denial = {
    kind: 'denied',
    code: first.code,
    message: first.message,
    reasons: ordered.map(({ retryAfterMs: _, ...reason }) => reason),
  };
  const retryAfterMs = waits.every((wait) => wait !== undefined) ? Math.max(...waits) : undefined;
  return retryAfterMs === undefined ? denial : { ...denial, retryAfterMs };
}
