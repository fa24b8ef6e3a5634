import type { IncomingMessage } from 'node:http';
import { ToriiError } from '@torii/engine';
import {
  forgetUnlessDone,
  type ReceiverOptions,
  webhookReceiver as receiverOf,
  type WebhookPayload,
  type WebhookReceipt,
} from '@torii/engine/webhooks';
import type { RequestHandler } from 'express';
import { asError } from './exchange.ts';
import { problem, rawBodyOf, send } from '@torii/engine/http';

/** Four times what Torii sends at most. */
const MAX_BYTES = 262_144;

const payloads = new WeakMap<IncomingMessage, WebhookPayload>();

/** What the message of a request says, for handlers behind `webhookReceiver`; undefined where none was accepted. */
export function webhookOf(request: IncomingMessage): WebhookPayload | undefined {
  return payloads.get(request);
}

/**
 * Lets messages of Torii through that are genuine and new, once each: `app.post('/hooks', webhookReceiver({ secrets }),
 * handler)`. Others are answered here: 401 for what is not believed, 204 for what was accepted before. A handler that
 * answers anything but 2xx gets the message again. Needs the bytes of the body: mount it before `express.json()`.
 */
export function webhookReceiver(options: ReceiverOptions): RequestHandler {
  const receive = receiverOf(options);
  return async (request, response, next) => {
    try {
      const raw = await rawBodyOf(request, MAX_BYTES);
      if (raw.kind === 'parsed') throw parsedBefore('webhookReceiver');
      if (raw.kind === 'too-large') return send(response, tooLarge());
      const receipt = await receive({ headers: request.headers, rawBody: raw.bytes });
      if (receipt.kind === 'refused') return send(response, refusal(receipt.reason));
      if (receipt.kind === 'repeated') return void response.status(204).end();
      payloads.set(request, receipt.payload);
      forgetUnlessDone(response, receipt);
    } catch (error) {
      return next(asError(error));
    }
    next();
  };
}

/** A mistake in the application, said to whoever reads its log: nothing that a sender does changes it. */
export function parsedBefore(what: string): ToriiError {
  const message = `something parsed the body before its signature could be checked; expected \`${what}\` before \`express.json()\` and the like, or behind \`express.raw({ type: '*/*' })\``;
  return new ToriiError('OPTIONS_INVALID', message);
}

function refusal(reason: Extract<WebhookReceipt, { kind: 'refused' }>['reason']): Parameters<typeof send>[1] {
  const face = { status: 401, title: 'The message is not believed' };
  return problem('WEBHOOK_REFUSED', face, {
    detail: `expected a message that Torii signed with a known secret; reason: \`${reason}\``,
  });
}

function tooLarge(): Parameters<typeof send>[1] {
  const face = { status: 413, title: 'The body is too large' };
  return problem('BODY_TOO_LARGE', face, { detail: `expected a body of at most ${MAX_BYTES} bytes` });
}
