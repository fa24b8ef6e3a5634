import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ExecutionContext } from '@nestjs/common';
import { ToriiError } from '@torii/engine';
import { type HttpDoor, type HttpOptions, type Settings, settingsOf } from '@torii/engine/http';
import type { AnyGuardedOptions, Ask, HttpRequest, ToriiModuleOptions } from './options.ts';

/** What the platform hands to handlers: the response of Express is that of Node, the reply of Fastify has it. */
export interface HttpResponse {
  header(name: string, value: string): unknown;
}

/** The request of the platform. What `switchToHttp` answers is the same, and is made anew each time. */
export function requestOf(context: ExecutionContext): HttpRequest {
  return context.getArgByIndex<HttpRequest>(0);
}

/** The response of Express, or the reply of Fastify. */
export function responseOf(context: ExecutionContext): HttpResponse {
  return context.getArgByIndex<HttpResponse>(1);
}

/** Throws OPTIONS_INVALID for a platform that is not made of Node's requests. */
export function rawRequest(context: ExecutionContext): IncomingMessage {
  const request: object = requestOf(context);
  if (isNodeRequest(request)) return request;
  if ('raw' in request && isNodeRequest(request.raw)) return request.raw;
  throw unknownPlatform();
}

function rawResponse(context: ExecutionContext): ServerResponse {
  const response: object = responseOf(context);
  if (isNodeResponse(response)) return response;
  if ('raw' in response && isNodeResponse(response.raw)) return response.raw;
  throw unknownPlatform();
}

/** By what is read of them: `inject` of Fastify has requests of its own. */
function isNodeRequest(value: unknown): value is IncomingMessage {
  return typeof value === 'object' && value !== null && 'headers' in value && 'rawHeaders' in value;
}

function isNodeResponse(value: unknown): value is ServerResponse {
  return typeof value === 'object' && value !== null && 'once' in value && 'writableEnded' in value;
}

function unknownPlatform(): ToriiError {
  return new ToriiError('OPTIONS_INVALID', 'expected the platform of Express or of Fastify');
}

/** The path as the client sent it: middleware of Express may have rewritten `url`. */
function pathOf(request: HttpRequest): string {
  const url = 'originalUrl' in request ? String(request.originalUrl) : request.url;
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

/** What Fastify's parsers of queries and forms make inherits from an empty object of theirs, which JSON does not know. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const prototype: object | null = Object.getPrototypeOf(value) as object | null;
  const isBare =
    prototype !== null && Object.getPrototypeOf(prototype) === null && !('constructor' in prototype);
  return isBare ? { ...value } : value;
}

const door: HttpDoor<ExecutionContext, ExecutionContext> = {
  framework: 'nest',
  rawRequest,
  rawResponse,
  partsOf: (context) => {
    const request = requestOf(context);
    const { params, query, body } = request;
    return { path: pathOf(request), params: plain(params), query: plain(query), body: plain(body) };
  },
};

/** Of one handler: its options, and where they say nothing, those of the module. */
export type HandlerOptions = AnyGuardedOptions & Pick<ToriiModuleOptions, 'torii'>;

/** What `request` is for the functions of the options. */
export type RequestOf = (context: ExecutionContext) => object;

/** How the requests of one handler are calls. `outputOf` knows what it returned, where it is known. */
export function httpSettings(
  options: HandlerOptions,
  outputOf: (context: ExecutionContext) => { readonly value: unknown } | undefined,
): Settings<ExecutionContext, ExecutionContext> {
  const { charged } = options;
  return settingsOf(door, options.torii, {
    ...questionsOf(options, requestOf),
    ...(options.waitMs === undefined ? {} : { waitMs: options.waitMs }),
    ...(options.approvalsPath === undefined ? {} : { approvalsPath: options.approvalsPath }),
    ...(options.succeeded === undefined ? {} : { succeeded: options.succeeded }),
    ...(charged === undefined
      ? {}
      : {
          charged: (context) => {
            const output = outputOf(context);
            return output === undefined ? undefined : charged(output.value, context);
          },
        }),
  });
}

/** The options as questions about a context, with what they ask first: its request or its message. */
export function questionsOf(
  options: AnyGuardedOptions,
  subjectOf: RequestOf,
): HttpOptions<ExecutionContext, ExecutionContext> {
  const { tool, price, payee, effect, identify, skip, mode, onDecision } = options;
  const ask =
    <T>(question: Ask<object, T>) =>
    (context: ExecutionContext) =>
      question(subjectOf(context), context);
  return {
    tool: typeof tool === 'function' ? ask(tool) : tool,
    price: typeof price === 'function' ? ask(price) : price,
    ...(payee === undefined ? {} : { payee: typeof payee === 'function' ? ask(payee) : payee }),
    ...(effect === undefined ? {} : { effect: typeof effect === 'function' ? ask(effect) : effect }),
    ...(identify === undefined ? {} : { identify: ask(identify) }),
    ...(options.arguments === undefined ? {} : { arguments: ask(options.arguments) }),
    ...(skip === undefined ? {} : { skip: ask(skip) }),
    ...(mode === undefined ? {} : { mode: typeof mode === 'function' ? ask(mode) : mode }),
    ...(onDecision === undefined
      ? {}
      : { onDecision: (context, verdict) => onDecision(subjectOf(context), verdict, context) }),
  };
}
