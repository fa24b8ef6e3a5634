import type { DenialCode } from '../nouns/denial.ts';

/** How one code looks in HTTP. */
export interface Face {
  readonly title: string;
  readonly status: number;

  /** The status where waiting helps. @default status */
  readonly statusIfRetryable?: number;
}

/** Every denial has a face: a code without one does not compile. */
export const faces: Readonly<Record<DenialCode, Face>> = {
  STORE_UNAVAILABLE: { status: 503, title: 'The store is unavailable' },
  IDENTITY_MISSING: { status: 401, title: 'An agent token is required' },
  IDENTITY_INVALID: { status: 401, title: 'The token is not valid' },
  REVOKED: { status: 403, title: 'The caller was revoked' },
  TOOL_NAME_INVALID: { status: 400, title: 'The tool name is not valid' },
  CALL_INVALID: { status: 400, title: 'The call is not valid' },
  PRICE_UNKNOWN: { status: 403, title: 'The price is unknown' },
  NO_POLICY: { status: 403, title: 'No policy matches' },
  TOOL_DENIED: { status: 403, title: 'Policy denies the tool' },
  TOOL_NOT_ALLOWED: { status: 403, title: 'Policy does not allow the tool' },
  EFFECT_NOT_ALLOWED: { status: 403, title: 'Policy does not allow the effect' },
  ELEVATION_REFUSED: { status: 403, title: 'The session cannot be elevated to this call' },
  PAYEE_UNKNOWN: { status: 403, title: 'The payee is unknown' },
  MERCHANT_DENIED: { status: 403, title: 'Policy denies the merchant' },
  MERCHANT_NOT_ALLOWED: { status: 403, title: 'Policy does not allow the merchant' },
  NETWORK_DENIED: { status: 403, title: 'Policy denies the network' },
  NETWORK_NOT_ALLOWED: { status: 403, title: 'Policy does not allow the network' },
  CATEGORY_DENIED: { status: 403, title: 'Policy denies the category' },
  CATEGORY_NOT_ALLOWED: { status: 403, title: 'Policy does not allow the category' },
  PAYMENT_NOT_ALLOWED: { status: 403, title: 'Policy does not allow the payment' },
  RULE_DENIED: { status: 403, title: 'A rule denies the call' },
  RULE_FAILED: { status: 403, title: 'A rule could not be evaluated' },
  ASSET_UNKNOWN: { status: 403, title: 'The asset is unknown' },
  PRICE_ABOVE_CAP: { status: 403, title: 'The price is above the cap' },
  SCHEDULE_BLOCKED: { status: 403, title: 'Calls are blocked at this time' },
  SCHEDULE_CLOSED: { status: 403, title: 'Calls are not open at this time' },
  POLICY_STALE: { status: 503, title: 'The policies are changing' },
  IDEMPOTENCY_CONFLICT: { status: 422, title: 'The idempotency key belongs to another request' },
  CALL_IN_PROGRESS: { status: 409, title: 'The call is in progress' },
  CALL_ENDED: { status: 409, title: 'The call has ended' },
  BUDGET_FROZEN: { status: 403, title: 'The budget is frozen' },
  BUDGET_EXCEEDED: { status: 403, statusIfRetryable: 429, title: 'The budget is used up' },
  WALLET_INSUFFICIENT: { status: 403, title: 'The wallet does not cover the price' },
  RATE_EXCEEDED: { status: 403, statusIfRetryable: 429, title: 'The rate is used up' },
  APPROVAL_MISMATCH: { status: 403, title: 'The approval is for another action' },
  APPROVAL_DENIED: { status: 403, title: 'A person denied the call' },
  APPROVAL_CANCELLED: { status: 403, title: 'The approval was cancelled' },
  APPROVAL_EXPIRED: { status: 403, title: 'The approval expired' },
};

/** What 401 asks for in `WWW-Authenticate`. */
export const challenges: Partial<Record<DenialCode, string>> = {
  IDENTITY_MISSING: 'Bearer realm="torii"',
  IDENTITY_INVALID: 'Bearer realm="torii", error="invalid_token"',
};
