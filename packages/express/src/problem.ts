import type { Denial, DenialCode, Reason, Waiting } from '@torii/engine';
import type { Reply } from './reply.ts';

/** The members of an `application/problem+json` answer, RFC 9457. */
export interface ProblemBody {
  /** `urn:torii:problem:` and the code. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;

  /** A denial code, `APPROVAL_REQUIRED`, or what was wrong with a request to the router. */
  readonly code: string;
  readonly reasons?: readonly Reason[];
  readonly callId?: string;
  readonly retryAfterSeconds?: number;
  readonly approvalId?: string;

  /** When the question to people ends, ISO 8601. */
  readonly expiresAt?: string;
}

/** A problem, ready to be sent. */
export interface Problem extends Reply {
  readonly body: ProblemBody;
}

/** How one code looks in HTTP. */
export interface Face {
  readonly title: string;
  readonly status: number;

  /** The status where waiting helps. @default status */
  readonly statusIfRetryable?: number;
}

/** Every denial has a face: a code without one does not compile. */
const faces: Readonly<Record<DenialCode, Face>> = {
  STORE_UNAVAILABLE: { status: 503, title: 'The store is unavailable' },
  IDENTITY_MISSING: { status: 401, title: 'An agent token is required' },
  IDENTITY_INVALID: { status: 401, title: 'The token is not valid' },
  TOOL_NAME_INVALID: { status: 400, title: 'The tool name is not valid' },
  CALL_INVALID: { status: 400, title: 'The call is not valid' },
  PRICE_UNKNOWN: { status: 403, title: 'The price is unknown' },
  NO_POLICY: { status: 403, title: 'No policy matches' },
  TOOL_DENIED: { status: 403, title: 'Policy denies the tool' },
  TOOL_NOT_ALLOWED: { status: 403, title: 'Policy does not allow the tool' },
  ASSET_UNKNOWN: { status: 403, title: 'The asset is unknown' },
  PRICE_ABOVE_CAP: { status: 403, title: 'The price is above the cap' },
  IDEMPOTENCY_CONFLICT: { status: 422, title: 'The idempotency key belongs to another request' },
  CALL_IN_PROGRESS: { status: 409, title: 'The call is in progress' },
  CALL_ENDED: { status: 409, title: 'The call has ended' },
  BUDGET_FROZEN: { status: 403, title: 'The budget is frozen' },
  BUDGET_EXCEEDED: { status: 403, statusIfRetryable: 429, title: 'The budget is used up' },
  RATE_EXCEEDED: { status: 403, statusIfRetryable: 429, title: 'The rate is used up' },
  APPROVAL_MISMATCH: { status: 403, title: 'The approval is for another action' },
  APPROVAL_DENIED: { status: 403, title: 'A person denied the call' },
  APPROVAL_EXPIRED: { status: 403, title: 'The approval expired' },
};

const CHALLENGES: Partial<Record<DenialCode, string>> = {
  IDENTITY_MISSING: 'Bearer realm="torii"',
  IDENTITY_INVALID: 'Bearer realm="torii", error="invalid_token"',
};

/** How long a client may leave an approval to people before it asks again. */
const POLL_SECONDS = 5;

/** What a client must know that would only wait and repeat itself. */
const NEW_KEY = 'this Idempotency-Key stays denied, so repeat the request with a new one';

/** Codes under which a call is not denied for good: the same id may pass later. All others need a new one. */
const PASSING: ReadonlySet<DenialCode> = new Set(['STORE_UNAVAILABLE', 'CALL_IN_PROGRESS']);

/** `CALL_INVALID` for want of a parser. */
const UNREAD_BODY: Face = { status: 415, title: 'The body was not read' };

/** Where the router shows approvals, and what the request was like. */
export interface ProblemContext {
  /** @default "/torii/approvals" */
  readonly approvalsPath?: string;

  /** Whether the request carried an `Idempotency-Key`: to ask again, it keeps that or needs another. @default false */
  readonly hasIdempotencyKey?: boolean;

  /** Whether no parser has read the body: `CALL_INVALID` is 415 then. @default false */
  readonly isBodyUnread?: boolean;
}

/** The answer of HTTP to a call that may not run, or not yet. */
export function problemOf(answer: Denial | Waiting, context: ProblemContext = {}): Problem {
  return answer.kind === 'waiting' ? approvalRequired(answer, context) : denied(answer, context);
}

/** A problem of this code, with more members and headers where it has them. */
export function problem(
  code: string,
  { title, status }: Face,
  more: Partial<ProblemBody> & { readonly detail: string; readonly headers?: Reply['headers'] },
): Problem {
  const { headers = {}, ...members } = more;
  const { retryAfterSeconds } = members;
  const retry = retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) };
  return {
    status,
    headers: { 'Content-Type': 'application/problem+json', ...retry, ...headers },
    body: { type: `urn:torii:problem:${code}`, title, status, code, ...members },
  };
}

function denied({ code, message, reasons, retryAfterMs, callId }: Denial, context: ProblemContext): Problem {
  const { hasIdempotencyKey = false, isBodyUnread = false } = context;
  const face = isBodyUnread && code === 'CALL_INVALID' ? UNREAD_BODY : faces[code];
  const { title, status, statusIfRetryable = status } = face;
  const needsNewKey = hasIdempotencyKey && retryAfterMs !== undefined && !PASSING.has(code);
  const waitMs = retryAfterMs ?? (status === 503 ? 1_000 : undefined);
  const challenge = CHALLENGES[code];
  return problem(
    code,
    { title, status: waitMs === undefined ? status : statusIfRetryable },
    {
      detail: needsNewKey ? `${message}; ${NEW_KEY}` : message,
      reasons,
      ...(callId === undefined ? {} : { callId }),
      ...(waitMs === undefined ? {} : { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)) }),
      ...(challenge === undefined ? {} : { headers: { 'WWW-Authenticate': challenge } }),
    },
  );
}

function approvalRequired({ callId, approval }: Waiting, context: ProblemContext): Problem {
  const { approvalsPath = '/torii/approvals', hasIdempotencyKey = false } = context;
  const { tool, price } = approval.action;
  const repeat = hasIdempotencyKey
    ? 'the request with the same Idempotency-Key'
    : 'exactly the same request in the same session';
  return problem(
    'APPROVAL_REQUIRED',
    { status: 403, title: 'A person has to approve' },
    {
      detail: `a person has to approve \`${tool}\` for ${price}; once it is approved, repeat ${repeat}`,
      callId,
      retryAfterSeconds: POLL_SECONDS,
      approvalId: approval.id,
      expiresAt: new Date(approval.expiresAt).toISOString(),
      headers: { Location: `${approvalsPath}/${encodeURIComponent(approval.id)}` },
    },
  );
}
