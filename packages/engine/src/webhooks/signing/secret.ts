import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { ToriiError } from '../../nouns/errors.ts';
import { sha256 } from '../../nouns/digest.ts';
import type { Random } from '../../nouns/random.ts';

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const KEY_BYTES = 32;
const SHORTEST_SECRET_BYTES = 24;

/** What stands before the 32 bytes of an Ed25519 key in PKCS #8. */
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A secret as the Standard Webhooks specification reads it. */
export type SigningKey =
  | { readonly kind: 'shared'; readonly key: Buffer }
  | { readonly kind: 'private'; readonly key: KeyObject }
  | { readonly kind: 'public'; readonly key: KeyObject };

/** A new secret of 256 random bits, `whsec_` and base64: whoever has it can sign. */
export function createWebhookSecret(random: Random): string {
  const bits = sha256([random.id('secret'), random.id('secret')].join('\n'));
  return `whsec_${Buffer.from(bits, 'hex').toString('base64')}`;
}

/**
 * The `whpk_` key that verifies what a `whsk_` key signs: receivers get this one. Throws OPTIONS_INVALID for any other
 * secret.
 */
export function webhookPublicKey(secret: string): string {
  const read = keyOf(secret);
  if (read.kind !== 'private') throw invalid('expected a private key such as `whsk_…`');
  const { x = '' } = createPublicKey(read.key).export({ format: 'jwk' });
  return `whpk_${Buffer.from(x, 'base64url').toString('base64')}`;
}

/**
 * The key that a secret stands for. After `whsec_` it is base64; `whsk_` and `whpk_` are Ed25519 keys, private and
 * public; any other text is its own UTF-8 bytes. Throws OPTIONS_INVALID, without the secret, where what follows the prefix
 * is no key, and for no secret at all.
 */
export function keyOf(secret: unknown): SigningKey {
  if (typeof secret !== 'string' || secret === '') throw invalid('expected a webhook secret, got none');
  const prefix = /^wh(?:sec|sk|pk)_/.exec(secret)?.[0];
  if (prefix === undefined) return { kind: 'shared', key: Buffer.from(secret, 'utf8') };
  const text = secret.slice(prefix.length);
  const bytes = Buffer.from(BASE64.test(text) ? text : '', 'base64');
  if (prefix === 'whsec_') {
    if (bytes.length >= SHORTEST_SECRET_BYTES) return { kind: 'shared', key: bytes };
    throw invalid('expected at least 24 bytes in base64 after `whsec_`');
  }
  if (prefix === 'whpk_') {
    if (bytes.length === KEY_BYTES) return { kind: 'public', key: publicKey(bytes) };
    throw invalid('expected 32 bytes in base64 after `whpk_`');
  }
  // Some tools write the public half behind the private one.
  if (bytes.length === KEY_BYTES || bytes.length === 2 * KEY_BYTES) {
    const der = Buffer.concat([ED25519_PKCS8, bytes.subarray(0, KEY_BYTES)]);
    return { kind: 'private', key: createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }) };
  }
  throw invalid('expected 32 bytes in base64 after `whsk_`');
}

function publicKey(bytes: Buffer): KeyObject {
  const x = bytes.toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}

function invalid(expected: string): ToriiError {
  return new ToriiError('OPTIONS_INVALID', expected);
}
