import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { CallRequest } from '../nouns/call.ts';
import { known, type Steps } from '../nouns/steps.ts';
import type { RequestParts } from './exchange.ts';
import type { Settings } from './settings.ts';

const BEARER = 'bearer ';

/** The request as the engine understands it. Throws what a function of the options does. */
export function* callRequestOf<Req, Res>(settings: Settings<Req, Res>, request: Req): Steps<CallRequest> {
  const { framework, rawRequest } = settings.door;
  const key = idempotencyKeyOf(rawRequest(request));
  const call: CallRequest = {
    credential: yield* known(settings.identify(request)),
    framework,
    // No name is no tool name, so the engine denies it.
    tool: (yield* known(settings.tool(request))) ?? '',
    price: yield* known(settings.price(request)),
    // As they come: what is no payee and no effect is for the engine to deny, and must not look like none.
    payee: yield* known(settings.payee(request)),
    effect: yield* known(settings.effect(request)),
    arguments: yield* known(settings.arguments(request)),
  };
  return key === undefined ? call : { ...call, idempotencyKey: key };
}

/** The token of `Authorization: Bearer`; undefined for other schemes. */
export function bearerToken(request: IncomingMessage): string | undefined {
  const { authorization = '' } = request.headers;
  if (authorization.slice(0, BEARER.length).toLowerCase() !== BEARER) return undefined;
  let start = BEARER.length;
  while (authorization[start] === ' ') start += 1;
  return authorization.slice(start);
}

/** The `Idempotency-Key` as sent. A repeated header is joined by a comma and a space, which no key may contain. */
export function idempotencyKeyOf(request: IncomingMessage): string | undefined {
  const key = request.headers['idempotency-key'];
  return Array.isArray(key) ? key.join(', ') : key;
}

/**
 * The arguments of a request whose body nobody has read: it is not part of what policy and people see. JSON cannot say
 * a symbol, so the engine denies such a call, once it knows whose it is.
 */
export const UNREAD_BODY = Symbol('a body that no parser has read');

/** What the request asks for, as plain data: method, path, parameters, query and parsed body. Bytes become their hash. */
export function describeRequest(request: IncomingMessage, parts: RequestParts): unknown {
  const { path, params, query, body } = parts;
  if (isUnread(request, body)) return UNREAD_BODY;
  return { method: request.method, path, params, query, body: plain(body) };
}

function plain(body: unknown): unknown {
  if (body instanceof Uint8Array) return { sha256: createHash('sha256').update(body).digest('hex') };
  return body ?? null;
}

/** Express 4 parsers leave `{}` where they did not read, those of Express 5 and of Fastify undefined. */
function isUnread({ headers, readableDidRead }: IncomingMessage, body: unknown): boolean {
  const length = headers['content-length'];
  if (headers['transfer-encoding'] === undefined && (length === undefined || Number(length) === 0))
    return false;
  if (body === undefined) return true;
  if (readableDidRead || body instanceof Uint8Array) return false;
  return typeof body === 'object' && body !== null && Object.keys(body).length === 0;
}
