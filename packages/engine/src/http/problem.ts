import { adviceOf } from '../nouns/advice.ts';
import type { Denial, DenialCode, Reason } from '../nouns/denial.ts';
import type { Waiting } from '../nouns/outcome.ts';
import { challenges, type Face, faces } from './faces.ts';
import { refusedRates } from './own-headers.ts';
import type { Reply } from './reply.ts';

/** The members of an `application/problem+json` answer, RFC 9457. */
export interface ProblemBody {
  /** `urn:torii:problem:` and the code. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;

  /** What whoever was denied should do now: above all, whether repeating the request is of any use. */
  readonly advice?: string;

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

/** How long a client may leave an approval to people before it asks again. */
const POLL_SECONDS = 5;

/** What a client must know that would only wait and repeat itself. */
const NEW_KEY = 'this Idempotency-Key stays denied';

/** Codes under which a call is not denied for good: the same id may pass later. All others need a new one. */
const PASSING: ReadonlySet<DenialCode> = new Set(['STORE_UNAVAILABLE', 'POLICY_STALE', 'CALL_IN_PROGRESS']);

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

function denied(denial: Denial, context: ProblemContext): Problem {
  const { code, message, reasons, retryAfterMs, callId } = denial;
  const { hasIdempotencyKey = false, isBodyUnread = false } = context;
  const face = isBodyUnread && code === 'CALL_INVALID' ? UNREAD_BODY : faces[code];
  const { title, status, statusIfRetryable = status } = face;
  const needsNewKey = hasIdempotencyKey && retryAfterMs !== undefined && !PASSING.has(code);
  const waitMs = retryAfterMs ?? (status === 503 ? 1_000 : undefined);
  const challenge = challenges[code];
  const advice = adviceOf(denial);
  return problem(
    code,
    { title, status: waitMs === undefined ? status : statusIfRetryable },
    {
      detail: message,
      advice: needsNewKey ? `${advice}: ${NEW_KEY}` : advice,
      reasons,
      ...(callId === undefined ? {} : { callId }),
      ...(waitMs === undefined ? {} : { retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)) }),
      headers: {
        ...(challenge === undefined ? {} : { 'WWW-Authenticate': challenge }),
        ...refusedRates(denial),
      },
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
