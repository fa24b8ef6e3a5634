import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a request asks for, wherever its framework keeps it. */
export interface RequestParts {
  /** The whole path, without the query. */
  readonly path: string;
  readonly params: unknown;
  readonly query: unknown;

  /** What a parser made of the body. Undefined, or an empty object, where none has read it. */
  readonly body: unknown;
}

/** How a framework is read: all that is not the same in every one that serves HTTP. */
export interface HttpDoor<Req, Res> {
  /** The framework by the name that `match.frameworks` of policies knows, such as `express`. */
  readonly framework: string;

  /** The request of Node. */
  readonly rawRequest: (request: Req) => IncomingMessage;

  /** The response of Node. */
  readonly rawResponse: (response: Res) => ServerResponse;
  readonly partsOf: (request: Req) => RequestParts;
}

/** One request and its response, as their framework hands them to handlers. */
export interface Exchange<Req, Res> {
  readonly request: Req;
  readonly response: Res;
}

/** Whether nobody waits for an answer any more, or somebody else has begun one. */
export function isOver(response: ServerResponse): boolean {
  const { destroyed, headersSent, socket } = response;
  return destroyed || headersSent || socket?.destroyed === true;
}
