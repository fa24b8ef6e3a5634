import {
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  HttpException,
  HttpStatus,
} from '@nestjs/common';
import { ToriiError } from '@torii/engine';
import {
  type AnswerOfNode,
  forgetUnlessDone,
  type ReceiverOptions,
  type WebhookHeaders,
  type WebhookPayload,
  webhookReceiver,
} from '@torii/engine/webhooks';

/** The part of a request of Express or Fastify that the guard reads. */
interface HookRequest {
  readonly headers: WebhookHeaders;

  /** There with `NestFactory.create(module, { rawBody: true })`. */
  readonly rawBody?: unknown;
}

const payloads = new WeakMap<object, WebhookPayload>();

/** What the message of a request says, behind the guard; undefined where none was accepted. */
export function webhookOf(request: object): WebhookPayload | undefined {
  return payloads.get(request);
}

/** What the message says, as a parameter of a handler behind the guard: `receive(@ToriiMessage() message)`. */
export const ToriiMessage = createParamDecorator((_: unknown, context: ExecutionContext) =>
  webhookOf(context.switchToHttp().getRequest<object>()),
);

/**
 * Lets messages of Torii through that are genuine and new, once each. What is not believed is answered 401, and what was
 * accepted before 204, without the handler. A handler that answers anything but 2xx gets the message again. Needs the
 * bytes of the body: `NestFactory.create(module, { rawBody: true })`.
 */
export class ToriiWebhookGuard implements CanActivate {
  readonly #receive: ReturnType<typeof webhookReceiver>;

  /** Throws OPTIONS_INVALID for secrets that are none. */
  constructor(options: ReceiverOptions) {
    this.#receive = webhookReceiver(options);
  }

  /** Nest asks it before the handler. Never answers false: it says itself why nothing runs. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<HookRequest>();
    const { headers, rawBody } = request;
    if (!(rawBody instanceof Uint8Array)) throw rawBodyMissing(headers);
    const receipt = await this.#receive({ headers, rawBody });
    if (receipt.kind === 'refused') throw refusal(receipt.reason);
    // Nest has no other way to answer well and run nothing.
    if (receipt.kind === 'repeated') throw new HttpException('', HttpStatus.NO_CONTENT);
    payloads.set(request, receipt.payload);
    forgetUnlessDone(nodeResponse(http.getResponse<object>()), receipt);
    return true;
  }
}

/** A guard for one route: `@UseGuards(webhookGuard({ secrets }))`. */
export function webhookGuard(options: ReceiverOptions): ToriiWebhookGuard {
  return new ToriiWebhookGuard(options);
}

function nodeResponse(response: object): AnswerOfNode {
  const raw: unknown = 'raw' in response ? response.raw : response;
  if (isNodeResponse(raw)) return raw;
  throw new ToriiError('OPTIONS_INVALID', 'expected the platform of Express or of Fastify');
}

function isNodeResponse(value: unknown): value is AnswerOfNode {
  return typeof value === 'object' && value !== null && 'once' in value && 'writableFinished' in value;
}

/** No body at all is a message that nobody signed; otherwise the application keeps no bytes. */
function rawBodyMissing(headers: WebhookHeaders): Error {
  const length = 'content-length' in headers ? headers['content-length'] : undefined;
  if (length === undefined || length === '0') return refusal('unsigned');
  const message =
    'nothing kept the bytes of the body; expected `NestFactory.create(module, { rawBody: true })`';
  return new ToriiError('OPTIONS_INVALID', message);
}

function refusal(reason: string): HttpException {
  const title = 'The message is not believed';
  const body = {
    type: 'urn:torii:problem:WEBHOOK_REFUSED',
    title,
    status: HttpStatus.UNAUTHORIZED,
    code: 'WEBHOOK_REFUSED',
    detail: `expected a message that Torii signed with a known secret; reason: \`${reason}\``,
  };
  return new HttpException(body, HttpStatus.UNAUTHORIZED, { description: title });
}
