import { createHmac, sign as signWith } from 'node:crypto';
import { ToriiError } from '../../nouns/errors.ts';
import { keyOf } from './secret.ts';

/** A message as it is sent: the bytes that are signed are the bytes that arrive. */
export interface WebhookMessage {
  /** The same on every try. */
  readonly id: string;
  readonly event: string;
  readonly body: string;

  /** When this try is made, milliseconds since 1970. */
  readonly atMs: number;
}

/**
 * The `X-Webhook-Signature` of a body: `sha256=` and the HMAC-SHA256 of its bytes in lower-case hexadecimal. The key
 * is the UTF-8 bytes of the secret as configured. Throws OPTIONS_INVALID for an empty secret.
 */
export function signWebhook(rawBody: string | Uint8Array, secret: string): string {
  return `sha256=${bodyDigest(rawBody, secret).toString('hex')}`;
}

/** The bytes in `X-Webhook-Signature`. Throws OPTIONS_INVALID for an empty secret. */
export function bodyDigest(rawBody: string | Uint8Array, secret: string): Buffer {
  if (typeof secret !== 'string' || secret === '')
    throw new ToriiError('OPTIONS_INVALID', 'expected a webhook secret, got none');
  return createHmac('sha256', Buffer.from(secret, 'utf8')).update(rawBody).digest();
}

/** What Standard Webhooks signs: id, seconds and body, with full stops between. */
export function signedBytes(id: string, seconds: string | number, rawBody: string | Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${id}.${seconds}.`, 'utf8'), Buffer.from(rawBody)]);
}

/**
 * Every header of a message: those of Standard Webhooks, with a signature for each secret, the current one first; and
 * `X-Webhook-*`, whose one signature is made with the **last** secret, because whoever reads only that one learns of a new
 * secret later. A `whsk_` key signs `v1a,` and leaves `X-Webhook-Signature` out: its receivers share no secret with us.
 * Throws OPTIONS_INVALID without a secret, and for one that cannot sign.
 */
export function webhookHeaders(
  { id, event, body, atMs }: WebhookMessage,
  secrets: readonly string[],
): Readonly<Record<string, string>> {
  if (secrets.length === 0) throw new ToriiError('OPTIONS_INVALID', 'expected a webhook secret, got none');
  const seconds = Math.floor(atMs / 1_000);
  const bytes = signedBytes(id, seconds, body);
  const shared = secrets.filter((secret) => keyOf(secret).kind === 'shared').at(-1);
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': secrets.map((secret) => signatureOf(bytes, secret)).join(' '),
    'x-webhook-id': id,
    'x-webhook-event': event,
    'x-webhook-timestamp': new Date(atMs).toISOString(),
    ...(shared === undefined ? {} : { 'x-webhook-signature': signWebhook(body, shared) }),
  };
}

function signatureOf(bytes: Buffer, secret: string): string {
  const read = keyOf(secret);
  switch (read.kind) {
    case 'shared':
      return `v1,${createHmac('sha256', read.key).update(bytes).digest('base64')}`;
    case 'private':
      return `v1a,${signWith(null, bytes, read.key).toString('base64')}`;
    case 'public':
      throw new ToriiError('OPTIONS_INVALID', 'expected a secret that can sign, got a public key');
  }
}
