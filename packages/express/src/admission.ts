import type { ServerResponse } from 'node:http';
import { admit as ask, send } from '@torii/engine/http';
import type { NextFunction } from 'express';
import { asError, type Exchange, type GuardedRequest } from './exchange.ts';
import type { Settings } from './settings.ts';

/**
 * Asks the engine about one request, and runs `run` where its handler may run. Where it may not, the request is answered,
 * or on its way to the error handlers because a function of the options failed. Rejects only as `run` does.
 */
export async function admit<Req extends GuardedRequest, Res extends ServerResponse>(
  settings: Settings<Req, Res>,
  exchange: Exchange<Req, Res>,
  run: () => void | Promise<void>,
): Promise<void> {
  const { request, response, next } = exchange;
  try {
    const admission = await ask(settings, exchange);
    if (admission.kind === 'over') return;
    if (admission.kind === 'refused') {
      if (settings.onDenied === undefined) send(response, admission.problem);
      else await settings.onDenied(admission.answer, { request, response, next: errorsOnly(next) });
      return;
    }
  } catch (error) {
    next(asError(error));
    return;
  }
  const work = run();
  if (work !== undefined) await work;
}

/** A denied request must not reach its handler by a bare `next()`. */
function errorsOnly(next: NextFunction): NextFunction {
  return (error?: unknown) => next(asError(error));
}
