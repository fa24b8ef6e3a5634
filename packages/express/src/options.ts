import type { ServerResponse } from 'node:http';
import type { Denial, Waiting } from '@torii/engine';
import type { Awaitable, HttpOptions } from '@torii/engine/http';
import type { Request, Response } from 'express';
import type { Exchange, GuardedRequest } from './exchange.ts';

/** How a request is a call. A function here that throws or rejects ends the request with `next(error)`. */
export interface ToriiOptions<
  Req extends GuardedRequest = Request,
  Res extends ServerResponse = Response,
> extends HttpOptions<Req, Res> {
  /** Answers instead of us. `next` leads to the error handlers only. @default `problemOf` */
  readonly onDenied?: (answer: Denial | Waiting, exchange: Exchange<Req, Res>) => Awaitable<void>;
}
