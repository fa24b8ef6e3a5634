import { randomBytes } from 'node:crypto';
import { type ApprovalPayload, verifyWebhook } from '@torii/engine/webhooks';
import express, { type Request } from 'express';
import { listen, type Listening } from './listen.ts';

/** A webhook as it arrived, with a signature that verified. */
export interface Received {
  readonly payload: ApprovalPayload;
  readonly rawBody: Buffer;
  readonly signature: string;
}

/** An HTTP receiver that believes only what is signed with its secret. */
export interface WebhookReceiver extends Listening {
  readonly endpoint: string;
  readonly secret: string;

  /** The genuine webhook of this event about this approval; rejects when it does not arrive in ten seconds. */
  expect(event: ApprovalPayload['event'], approvalId: string): Promise<Received>;
}

const PATH = '/webhooks/torii';
const LATEST_MS = 10_000;

/** Starts a receiver. It answers 204 to what verifies, 401 to everything else. */
export async function startReceiver(): Promise<WebhookReceiver> {
  const secret = randomBytes(24).toString('base64url');
  const seen = new Map<string, Received>();
  const waiting = new Map<string, (received: Received) => void>();

  const application = express().disable('x-powered-by');
  // The signature is over the bytes as they came: parsed and written again they could differ.
  application.post(PATH, express.raw({ type: '*/*' }), (request, response) => {
    const received = genuine(request, secret);
    if (received === undefined) {
      response.status(401).end();
      return;
    }
    const { event, approval } = received.payload;
    seen.set(`${event} ${approval.id}`, received);
    waiting.get(`${event} ${approval.id}`)?.(received);
    response.status(204).end();
  });

  const { url, close } = await listen(application);
  return {
    url,
    close,
    secret,
    endpoint: `${url}${PATH}`,
    expect(event, approvalId) {
      const key = `${event} ${approvalId}`;
      const known = seen.get(key);
      return known === undefined
        ? inTime(key, (resolve) => waiting.set(key, resolve))
        : Promise.resolve(known);
    },
  };
}

function genuine(request: Request, secret: string): Received | undefined {
  const rawBody: unknown = request.body;
  const signature = request.get('x-webhook-signature');
  if (!Buffer.isBuffer(rawBody) || !verifyWebhook(rawBody, signature, secret) || signature === undefined)
    return undefined;
  return { payload: JSON.parse(rawBody.toString('utf8')) as ApprovalPayload, rawBody, signature };
}

function inTime<T>(what: string, begin: (resolve: (value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the webhook \`${what}\` did not arrive`)), LATEST_MS);
    begin((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}
