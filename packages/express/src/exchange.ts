import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpDoor } from '@torii/engine/http';
import type { NextFunction } from 'express';

/** The part of an Express request that Torii reads. Requests of every `Params`, `ReqBody` and `Query` have it. */
export interface GuardedRequest extends IncomingMessage {
  readonly baseUrl: string;
  readonly path: string;
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** One request on its way through Express. */
export interface Exchange<Req extends GuardedRequest, Res extends ServerResponse> {
  readonly request: Req;
  readonly response: Res;
  readonly next: NextFunction;
}

/** Requests and responses of Express are those of Node, with more on them. */
export const door: HttpDoor<GuardedRequest, ServerResponse> = {
  framework: 'express',
  rawRequest: (request) => request,
  rawResponse: (response) => response,
  partsOf: ({ baseUrl, path, params, query, body }) => ({ path: `${baseUrl}${path}`, params, query, body }),
};

/**
 * Something that Express takes for an error. Falsy values, `route` and `router` would make `next` go on to the handler
 * that is being guarded, so they become errors.
 */
export function asError(thrown: unknown): object {
  if (typeof thrown === 'object' && thrown !== null) return thrown;
  return new TypeError(`expected an error, got a value of type ${typeof thrown}`);
}
