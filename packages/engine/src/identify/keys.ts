import {
  createPrivateKey,
  createPublicKey,
  type JsonWebKey,
  type JsonWebKeyInput,
  KeyObject,
  webcrypto,
} from 'node:crypto';
import { types } from 'node:util';
import type { JWK } from 'jose';
import { ToriiError } from '../nouns/errors.ts';
import { secretBytes } from './secret.ts';

/** How an issuer signs. The key of the issuer fixes it; a token's header never chooses. */
export type Algorithm = 'Ed25519' | 'ES256' | 'HS256';

/** A public key (JWK, SPKI PEM, KeyObject, CryptoKey), or the secret of HS256 as text or bytes. */
export type VerificationKey = JWK | string | KeyObject | webcrypto.CryptoKey | Uint8Array;

/** A private key (JWK, PKCS #8 PEM, KeyObject, CryptoKey), or the secret of HS256 as text or bytes. */
export type SigningKey = VerificationKey;

/** RFC 9864 names the algorithm `Ed25519`; older issuers say `EdDSA`. The key is of that one curve either way. */
export const headerAlgorithms: Readonly<Record<Algorithm, string[]>> = {
  Ed25519: ['Ed25519', 'EdDSA'],
  ES256: ['ES256'],
  HS256: ['HS256'],
};

interface Side {
  readonly type: 'public' | 'private';
  readonly usage: 'verify' | 'sign';
  readonly pem: RegExp;
  readonly form: string;
  open(key: string | JsonWebKeyInput): KeyObject;
}

const publicSide: Side = {
  type: 'public',
  usage: 'verify',
  pem: /^-----BEGIN PUBLIC KEY-----\s/,
  form: 'SPKI PEM',
  open: (key) => createPublicKey(key),
};

const privateSide: Side = {
  type: 'private',
  usage: 'sign',
  pem: /^-----BEGIN PRIVATE KEY-----\s/,
  form: 'PKCS #8 PEM',
  open: (key) => createPrivateKey(key),
};

const curves = {
  Ed25519: { name: 'Ed25519', details: 'ed25519', parameters: { name: 'Ed25519' } },
  ES256: { name: 'P-256', details: 'prime256v1', parameters: { name: 'ECDSA', namedCurve: 'P-256' } },
} as const;

/** The key that verifies tokens, unable to do anything else. Throws OPTIONS_INVALID, naming `where`. */
export function verificationKey(
  algorithm: Algorithm,
  key: unknown,
  where: string,
): Promise<webcrypto.CryptoKey> {
  return algorithm === 'HS256'
    ? importSecret(key, 'verify', where)
    : importKey(algorithm, { key, side: publicSide }, where);
}

/** The key that signs tokens, unable to do anything else. Throws OPTIONS_INVALID, naming `where`. */
export function signingKey(algorithm: Algorithm, key: unknown, where: string): Promise<webcrypto.CryptoKey> {
  return algorithm === 'HS256'
    ? importSecret(key, 'sign', where)
    : importKey(algorithm, { key, side: privateSide }, where);
}

function importSecret(key: unknown, usage: 'sign' | 'verify', where: string): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey(
    'raw',
    secretBytes(key, where),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    [usage],
  );
}

async function importKey(
  algorithm: Exclude<Algorithm, 'HS256'>,
  { key, side }: { readonly key: unknown; readonly side: Side },
  where: string,
): Promise<webcrypto.CryptoKey> {
  const { name, details, parameters } = curves[algorithm];
  const opened = open(key, side, where);
  if (opened.type !== side.type)
    throw invalid(where, `expected a ${side.type} key, got a ${opened.type} one`);
  const fits = (opened.asymmetricKeyDetails?.namedCurve ?? opened.asymmetricKeyType) === details;
  const claimed = isJwk(key) ? (key.alg ?? algorithm) : algorithm;
  if (!fits || !headerAlgorithms[algorithm].includes(claimed))
    throw invalid(where, `expected a key of the curve ${name} for \`${algorithm}\``);
  return webcrypto.subtle.importKey('jwk', opened.export({ format: 'jwk' }), parameters, false, [side.usage]);
}

function open(key: unknown, side: Side, where: string): KeyObject {
  const { type, usage, form } = side;
  if (types.isKeyObject(key)) return key;
  if (types.isCryptoKey(key)) {
    if (key.type === type && !key.usages.includes(usage))
      throw invalid(where, `expected a key that may ${usage}`);
    return KeyObject.from(key);
  }
  if (typeof key === 'string') return openPem(key.trim(), side, where);
  if (isJwk(key)) return openJwk(key, side, where);
  throw invalid(where, `expected a ${type} key as JWK, ${form}, KeyObject or CryptoKey`);
}

function openPem(text: string, side: Side, where: string): KeyObject {
  const expected = `expected a ${side.type} key as ${side.form}`;
  // `createPublicKey` would quietly derive a public key from a private one or take a certificate.
  if (!side.pem.test(text)) throw invalid(where, expected);
  return readable(() => side.open(text), expected, where);
}

function openJwk(jwk: JWK, side: Side, where: string): KeyObject {
  const { kty, crv, x, y, d, use, key_ops: operations } = jwk;
  if ((d !== undefined) !== (side.type === 'private')) throw invalid(where, `expected a ${side.type} JWK`);
  if (use !== undefined && use !== 'sig') throw invalid(where, 'expected a JWK whose `use` is `sig`');
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes(side.usage))) {
    throw invalid(where, `expected a JWK whose \`key_ops\` hold \`${side.usage}\``);
  }
  const plain = { kty, crv, x, y, d } as JsonWebKey;
  return readable(() => side.open({ key: plain, format: 'jwk' }), `expected a valid ${side.type} JWK`, where);
}

function readable(parse: () => KeyObject, expected: string, where: string): KeyObject {
  try {
    return parse();
  } catch {
    // The cause is dropped: what OpenSSL says of a key may quote it.
    throw invalid(where, expected);
  }
}

function isJwk(key: unknown): key is JWK {
  return typeof key === 'object' && key !== null && 'kty' in key && typeof key.kty === 'string';
}

function invalid(where: string, expected: string): ToriiError {
  return new ToriiError('OPTIONS_INVALID', `\`${where}\`: ${expected}`);
}
