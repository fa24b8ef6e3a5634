import type { ServerResponse } from 'node:http';
import {
  type Allowed,
  type CallRequest,
  type Denial,
  deny,
  type Permit,
  ToriiError,
  type Waiting,
} from '@torii/engine';
import type { NextFunction } from 'express';
import { callRequestOf, idempotencyKeyOf, UNREAD_BODY } from './call-request.ts';
import { asError, type Exchange, type GuardedRequest, isOver } from './exchange.ts';
import type { Settings } from './settings.ts';
import { stripOwnHeaders, writeAllowed } from './own-headers.ts';
import { problemOf } from './problem.ts';
import { send } from './reply.ts';
import { releaseUnused, settleAtTheEnd, toriiOf } from './settlement.ts';

/**
 * Asks the engine about one request. Answers whether its handler may run; where it may not, the request is answered,
 * or on its way to the error handlers because a function of the options failed. Never rejects.
 */
export async function admit<Req extends GuardedRequest, Res extends ServerResponse>(
  settings: Settings<Req, Res>,
  exchange: Exchange<Req, Res>,
): Promise<boolean> {
  try {
    return await ask(settings, exchange);
  } catch (error) {
    exchange.next(asError(error));
    return false;
  }
}

async function ask<Req extends GuardedRequest, Res extends ServerResponse>(
  settings: Settings<Req, Res>,
  exchange: Exchange<Req, Res>,
): Promise<boolean> {
  const { request } = exchange;
  stripOwnHeaders(request);
  if ((await settings.skip(request)) === true) return true;
  if (toriiOf(request) !== undefined) throw guardedTwice();

  const call = await callRequestOf(settings, request);
  const answer = await authorize(settings, call, exchange.response);
  if (answer.kind === 'allowed') return start(settings, exchange, answer.permit);
  const isUnread =
    call.arguments === UNREAD_BODY && answer.kind === 'denied' && answer.code === 'CALL_INVALID';
  await refuse(settings, exchange, isUnread ? unreadBody : { answer });
  return false;
}

/** Waits for people as long as the options say and the client does. */
async function authorize<Req extends GuardedRequest, Res extends ServerResponse>(
  { torii, waitMs }: Settings<Req, Res>,
  call: CallRequest,
  response: Res,
): Promise<Allowed | Waiting | Denial> {
  if (waitMs === 0) return torii.authorize(call);
  const left = new AbortController();
  const leave = (): void => left.abort();
  response.once('close', leave);
  // Who left before this line is not told again.
  if (isOver(response)) leave();
  const answer = await torii.authorize(call, { waitMs, signal: left.signal });
  response.off('close', leave);
  return answer;
}

/** Two guards would be two calls, or one that waits for itself. */
function guardedTwice(): ToriiError {
  const message =
    'this request is guarded already; expected one guard for it, on its route or by `app.use`, or a `skip` that lets it pass one of them';
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

async function start<Req extends GuardedRequest, Res extends ServerResponse>(
  settings: Settings<Req, Res>,
  exchange: Exchange<Req, Res>,
  permit: Permit,
): Promise<boolean> {
  const { request, response } = exchange;
  try {
    await settings.onDecision?.(request, { kind: 'allowed', call: permit.call });
    // The client may have left, or a timeout may have answered, while we were deciding.
    if (isOver(response)) {
      releaseUnused(permit);
      return false;
    }
    writeAllowed(response, permit);
  } catch (error) {
    releaseUnused(permit);
    throw error;
  }
  settleAtTheEnd(settings, exchange, permit);
  return true;
}

async function refuse<Req extends GuardedRequest, Res extends ServerResponse>(
  settings: Settings<Req, Res>,
  exchange: Exchange<Req, Res>,
  { answer, isBodyUnread = false }: Refusal,
): Promise<void> {
  const { request, response, next } = exchange;
  await settings.onDecision?.(request, answer);
  if (isOver(response)) return;
  if (settings.onDenied !== undefined) {
    await settings.onDenied(answer, { request, response, next: errorsOnly(next) });
    return;
  }
  const { approvalsPath } = settings;
  const hasIdempotencyKey = idempotencyKeyOf(request) !== undefined;
  send(response, problemOf(answer, { approvalsPath, hasIdempotencyKey, isBodyUnread }));
}

/** A denied request must not reach its handler by a bare `next()`. */
function errorsOnly(next: NextFunction): NextFunction {
  return (error?: unknown) => next(asError(error));
}
