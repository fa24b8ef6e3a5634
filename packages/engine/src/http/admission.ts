import type { ServerResponse } from 'node:http';
import type { CallRequest } from '../nouns/call.ts';
import { type Denial, deny } from '../nouns/denial.ts';
import type { Allowed, Mode, Permit } from '../nouns/engine.ts';
import { ToriiError } from '../nouns/errors.ts';
import type { Waiting } from '../nouns/outcome.ts';
import { isPromise, known, type Steps, take } from '../nouns/steps.ts';
import { callRequestOf, idempotencyKeyOf, UNREAD_BODY } from './call-request.ts';
import { type Exchange, isOver } from './exchange.ts';
import { stripOwnHeaders, writeAllowed } from './own-headers.ts';
import { type Problem, problemOf } from './problem.ts';
import { releaseUnused, settleAtTheEnd, toriiOf } from './settlement.ts';
import type { Settings } from './settings.ts';

/** Why a request may not reach its handler, and how HTTP says so. */
export interface Refused {
  readonly kind: 'refused';
  readonly answer: Denial | Waiting;

  /** What to send, or to throw. */
  readonly problem: Problem;
}

/**
 * What becomes of a request: its handler runs, guarded or not; somebody has to answer that it may not; or nobody waits
 * for an answer any more, and nothing is to be done.
 */
export type Admission =
  | { readonly kind: 'allowed'; readonly permit: Permit }
  | { readonly kind: 'skipped' }
  | Refused
  | { readonly kind: 'over' };

/**
 * Asks the engine about one request. Where its handler may run, the headers say so, `toriiOf` knows the call, and the
 * call ends with the response. Rejects when a function of the options does, and for a request that is guarded already.
 */
export async function admit<Req, Res>(
  settings: Settings<Req, Res>,
  exchange: Exchange<Req, Res>,
): Promise<Admission> {
  const asked = take(questionOf(settings, exchange.request));
  const question = isPromise(asked) ? await asked : asked;
  if (question === undefined) return { kind: 'skipped' };

  const answer = await authorize(settings, question, exchange.response);
  if (answer.kind === 'allowed') return take(start(settings, exchange, answer.permit));
  const isUnread =
    question.call.arguments === UNREAD_BODY && answer.kind === 'denied' && answer.code === 'CALL_INVALID';
  return take(refuse(settings, exchange, isUnread ? unreadBody : { answer }));
}

/** One request as a call, and in which mode it is asked about. */
interface Question {
  readonly call: CallRequest;
  readonly mode: Mode | undefined;
}

/** Undefined where the options skip the request. */
function* questionOf<Req, Res>(settings: Settings<Req, Res>, request: Req): Steps<Question | undefined> {
  const raw = settings.door.rawRequest(request);
  stripOwnHeaders(raw);
  if ((yield* known(settings.skip(request))) === true) return undefined;
  if (toriiOf(raw) !== undefined) throw guardedTwice();

  const call = yield* callRequestOf(settings, request);
  return { call, mode: yield* known(settings.mode(request)) };
}

function authorize<Req, Res>(
  settings: Settings<Req, Res>,
  question: Question,
  response: Res,
): Promise<Allowed | Waiting | Denial> {
  const { torii, waitMs, door } = settings;
  const { call, mode } = question;
  if (waitMs === 0) return torii.authorize(call, { mode });
  return authorizeInTime(settings, question, door.rawResponse(response));
}

/** Waits for people as long as the options say and the client does. */
async function authorizeInTime<Req, Res>(
  { torii, waitMs }: Settings<Req, Res>,
  { call, mode }: Question,
  response: ServerResponse,
): Promise<Allowed | Waiting | Denial> {
  const left = new AbortController();
  const leave = (): void => left.abort();
  response.once('close', leave);
  // Who left before this line is not told again.
  if (isOver(response)) leave();
  const answer = await torii.authorize(call, { waitMs, mode, signal: left.signal });
  response.off('close', leave);
  return answer;
}

/** Two guards would be two calls, or one that waits for itself. */
function guardedTwice(): ToriiError {
  const message =
    'this request is guarded already; expected one guard for it, on its route or for all, or a `skip` that lets it pass one of them';
  return new ToriiError('OPTIONS_INVALID', message);
}

/** Why the call does not run, and whether that is for want of a parser. */
interface Refusal {
  readonly answer: Denial | Waiting;
  readonly isBodyUnread?: boolean;
}

const unreadBody: Refusal = {
  isBodyUnread: true,
  answer: deny(
    'CALL_INVALID',
    'no parser has read the body, so nobody can say what the call does; expected a type that this route takes, such as `application/json`',
  ),
};

function* start<Req, Res>(
  settings: Settings<Req, Res>,
  exchange: Exchange<Req, Res>,
  permit: Permit,
): Steps<Admission> {
  const response = settings.door.rawResponse(exchange.response);
  try {
    yield* known(settings.onDecision?.(exchange.request, { kind: 'allowed', call: permit.call }));
    // The client may have left, or a timeout may have answered, while we were deciding.
    if (isOver(response)) {
      releaseUnused(permit);
      return { kind: 'over' };
    }
    writeAllowed(response, permit);
  } catch (error) {
    releaseUnused(permit);
    throw error;
  }
  settleAtTheEnd(settings, exchange, permit);
  return { kind: 'allowed', permit };
}

function* refuse<Req, Res>(
  settings: Settings<Req, Res>,
  { request, response }: Exchange<Req, Res>,
  { answer, isBodyUnread = false }: Refusal,
): Steps<Admission> {
  const { door, onDecision, approvalsPath } = settings;
  yield* known(onDecision?.(request, answer));
  if (isOver(door.rawResponse(response))) return { kind: 'over' };
  const hasIdempotencyKey = idempotencyKeyOf(door.rawRequest(request)) !== undefined;
  const context = { approvalsPath, hasIdempotencyKey, isBodyUnread };
  return { kind: 'refused', answer, problem: problemOf(answer, context) };
}
