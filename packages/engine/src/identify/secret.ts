import { createPublicKey } from 'node:crypto';
import { types } from 'node:util';
import { ToriiError } from '../nouns/errors.ts';

/** Shortest secret of HS256, in bytes: as long as its hash, which jose does not demand. */
const MIN_SECRET_BYTES = 32;

/**
 * A copy of the secret's bytes. Throws OPTIONS_INVALID for a short one and for a published key: whoever reads a
 * public key could sign with it.
 */
export function secretBytes(secret: unknown, where: string): Buffer {
  if (typeof secret !== 'string' && !types.isUint8Array(secret)) {
    throw new ToriiError(
      'OPTIONS_INVALID',
      `\`${where}\`: expected the secret of \`HS256\` as text or as a Uint8Array`,
    );
  }
  const bytes = typeof secret === 'string' ? Buffer.from(secret, 'utf8') : Buffer.from(secret);
  if (bytes.length < MIN_SECRET_BYTES) {
    throw new ToriiError(
      'OPTIONS_INVALID',
      `\`${where}\`: expected a secret of at least ${MIN_SECRET_BYTES} bytes`,
    );
  }
  if (isPem(bytes) || isJwkText(bytes) || isDer(bytes)) {
    throw new ToriiError(
      'OPTIONS_INVALID',
      `\`${where}\`: expected a secret, got a key in PEM, JWK or DER form`,
    );
  }
  return bytes;
}

function isPem(bytes: Buffer): boolean {
  return bytes.toString('latin1').trimStart().startsWith('-----BEGIN');
}

function isJwkText(bytes: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null && ('kty' in value || 'keys' in value);
  } catch {
    return false;
  }
}

function isDer(bytes: Buffer): boolean {
  try {
    createPublicKey({ key: bytes, format: 'der', type: 'spki' });
    return true;
  } catch {
    return false;
  }
}
