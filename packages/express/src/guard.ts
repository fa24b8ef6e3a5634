import type { IncomingMessage } from 'node:http';
import { type Engine, OutcomeUnknownError } from '@torii/engine';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { admit } from './admission.ts';
import type { ToriiOptions } from './options.ts';
import { settingsOf } from './settings.ts';
import { noteAtWork, toriiOf } from '@torii/engine/http';

type AnyLocals = Response extends Response<unknown, infer Locals> ? Locals : never;

/** The options of the middleware, and the engine that decides. */
export interface GuardOptions<
  Params = Request['params'],
  ResBody = Request['body'],
  ReqBody = Request['body'],
  Query = Request['query'],
  Locals extends AnyLocals = AnyLocals,
> extends ToriiOptions<Request<Params, ResBody, ReqBody, Query, Locals>, Response<ResBody, Locals>> {
  readonly torii: Engine;
}

/**
 * Guards one handler and keeps its types: `app.get('/x/:city', guard(handler, options))`. A handler that throws, or
 * passes to `next`, an `OutcomeUnknownError`, an abort or a timeout leaves its hold in place.
 */
export function guard<
  Params = Request['params'],
  ResBody = Request['body'],
  ReqBody = Request['body'],
  Query = Request['query'],
  Locals extends AnyLocals = AnyLocals,
>(
  handler: RequestHandler<Params, ResBody, ReqBody, Query, Locals>,
  { torii, ...options }: GuardOptions<Params, ResBody, ReqBody, Query, Locals>,
): RequestHandler<Params, ResBody, ReqBody, Query, Locals> {
  const settings = settingsOf(torii, options);
  return (request, response, next) =>
    admit(settings, { request, response, next }, () => {
      const told = watched(request, next);
      const ended = (): void => noteAtWork(request, false);
      const failed = (error: unknown): void => {
        ended();
        told(error ?? new Error('the handler failed without saying why'));
      };
      noteAtWork(request, true);
      try {
        const work = handler(request, response, told);
        return work === undefined ? ended() : Promise.resolve(work).then(ended, failed);
      } catch (error) {
        return failed(error);
      }
    });
}

/** The `next` of the handler, which ends its work, and sees the error that says that nobody knows what the call cost. */
function watched(request: IncomingMessage, next: NextFunction): NextFunction {
  return (error?: unknown) => {
    noteAtWork(request, false);
    if (OutcomeUnknownError.describes(error))
      toriiOf(request)?.suspend('the handler cannot say what it cost');
    next(error);
  };
}
