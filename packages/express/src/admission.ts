import type { ServerResponse } from 'node:http';
import type { Denial, Permit, Waiting } from '@torii/engine';
import type { NextFunction } from 'express';
import { callRequestOf, idempotencyKeyOf } from './call-request.ts';
import { asError, type Exchange, type GuardedRequest, isOver } from './exchange.ts';
import type { Settings } from './settings.ts';
import { stripOwnHeaders, writeAllowed } from './own-headers.ts';
import { problemOf } from './problem.ts';
import { send } from './reply.ts';
import { releaseUnused, settleAtTheEnd } from './settlement.ts';

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

  const answer = await settings.torii.authorize(await callRequestOf(settings, request));
  if (answer.kind === 'allowed') return start(settings, exchange, answer.permit);
  await refuse(settings, exchange, answer);
  return false;
}

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
  answer: Denial | Waiting,
): Promise<void> {
  const { request, response, next } = exchange;
  await settings.onDecision?.(request, answer);
  if (isOver(response)) return;
  if (settings.onDenied !== undefined) {
    await settings.onDenied(answer, { request, response, next: errorsOnly(next) });
    return;
  }
  const hasIdempotencyKey = idempotencyKeyOf(request) !== undefined;
  send(response, problemOf(answer, { approvalsPath: settings.approvalsPath, hasIdempotencyKey }));
}

/** A denied request must not reach its handler by a bare `next()`. */
function errorsOnly(next: NextFunction): NextFunction {
  return (error?: unknown) => next(asError(error));
}
