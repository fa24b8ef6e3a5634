import { createHmac, timingSafeEqual } from 'node:crypto';
import { ToriiError } from '../nouns/errors.ts';

const SIGNATURE = /^sha256=([0-9a-f]{64})$/;

/**
 * The `X-Webhook-Signature` of a body: `sha256=` and the HMAC-SHA256 of its bytes in lower-case hexadecimal. The key
 * is the UTF-8 bytes of the secret as configured. Throws OPTIONS_INVALID for an empty secret.
 */
export function signWebhook(rawBody: string | Uint8Array, secret: string): string {
  return `sha256=${digest(rawBody, secret).toString('hex')}`;
}

/**
 * Whether `signature` was made from exactly these bytes with this secret, compared in constant time.
 *
 * Give it the body as it arrived: parsed JSON never verifies. Whatever a sender controls makes it answer false, not
 * throw; only an empty secret throws, with OPTIONS_INVALID. A genuine request can be sent again by whoever saw it:
 * remember the `id` in the body and skip the ones already seen.
 */
export function verifyWebhook(
  rawBody: string | Uint8Array,
  signature: string | undefined,
  secret: string,
): boolean {
  requireSecret(secret);
  if (typeof rawBody !== 'string' && !(rawBody instanceof Uint8Array)) return false;
  const claimed = typeof signature === 'string' ? SIGNATURE.exec(signature)?.[1] : undefined;
  if (claimed === undefined) return false;
  return timingSafeEqual(Buffer.from(claimed, 'hex'), digest(rawBody, secret));
}

function digest(rawBody: string | Uint8Array, secret: string): Buffer {
  requireSecret(secret);
  return createHmac('sha256', Buffer.from(secret, 'utf8')).update(rawBody).digest();
}

function requireSecret(secret: unknown): void {
  if (typeof secret === 'string' && secret !== '') return;
  throw new ToriiError('OPTIONS_INVALID', 'expected a webhook secret, got none');
}
