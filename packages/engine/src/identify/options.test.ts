import {
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  webcrypto,
} from 'node:crypto';
import { ToriiError } from '../nouns/errors.ts';
import { createIdentity, type Issuer, signAgentToken } from './index.ts';

const clock = { now: () => Date.UTC(2026, 10, 1), after: () => () => undefined };
const SECRET = 'canary-secret-of-thirty-two-bytes';

const ed25519 = generateKeyPairSync('ed25519');
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const ed448 = generateKeyPairSync('ed448');
const x25519 = generateKeyPairSync('x25519');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });

const jwk = (key: KeyObject): Record<string, unknown> => ({ ...key.export({ format: 'jwk' }) });
const spki = (key: KeyObject): string => key.export({ format: 'pem', type: 'spki' }).toString();
const pkcs8 = (key: KeyObject): string => key.export({ format: 'pem', type: 'pkcs8' }).toString();
const der = (key: KeyObject): Uint8Array => key.export({ format: 'der', type: 'spki' });

async function cryptoKeys(
  usages: webcrypto.KeyUsage[],
): Promise<{ publicKey: webcrypto.CryptoKey; privateKey: webcrypto.CryptoKey }> {
  const curve = { name: 'ECDSA', namedCurve: 'P-256' };
  return {
    publicKey: await webcrypto.subtle.importKey('jwk', jwk(p256.publicKey), curve, true, usages),
    privateKey: await webcrypto.subtle.importKey('jwk', jwk(p256.privateKey), curve, false, ['sign']),
  };
}

function configured(more: object): Promise<unknown> {
  const issuer = {
    issuer: 'issuer',
    audience: 'torii',
    algorithm: 'Ed25519',
    key: ed25519.publicKey,
    ...more,
  };
  return createIdentity({ issuers: [issuer as Issuer] }, clock);
}

async function problemOf(attempt: Promise<unknown>): Promise<string> {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return ToriiError.is(error) ? `${error.code} ${error.message}` : String(error);
}

const encryptedPem = ed25519.privateKey
  .export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' })
  .toString();

test.each([
  ['Ed25519', 'JWK', jwk(ed25519.publicKey)],
  ['Ed25519', 'JWK that names EdDSA', { ...jwk(ed25519.publicKey), alg: 'EdDSA', use: 'sig', kid: 'a' }],
  ['Ed25519', 'SPKI PEM', spki(ed25519.publicKey)],
  ['Ed25519', 'SPKI PEM in spaces', `\n ${spki(ed25519.publicKey)} `],
  ['Ed25519', 'KeyObject', ed25519.publicKey],
  ['ES256', 'JWK', { ...jwk(p256.publicKey), key_ops: ['verify'] }],
  ['ES256', 'SPKI PEM', spki(p256.publicKey)],
  ['ES256', 'KeyObject', p256.publicKey],
  ['HS256', 'text of 32 bytes', 'a'.repeat(31) + '1'],
  ['HS256', 'text of 32 bytes in 16 letters', 'é'.repeat(16)],
  ['HS256', '32 bytes', new Uint8Array(32).fill(7)],
])('%s takes a key as %s', async (algorithm, _form, key) => {
  await expect(configured({ algorithm, key })).resolves.toBeDefined();
});

test('ES256 takes a CryptoKey that may verify', async () => {
  const { publicKey } = await cryptoKeys(['verify']);

  await expect(configured({ algorithm: 'ES256', key: publicKey })).resolves.toBeDefined();
});

type Refused = [form: string, key: unknown, expected: string];

const refusedKeys: Record<string, Refused[]> = {
  Ed25519: [
    ['nothing', undefined, 'expected a public key as'],
    ['null', null, 'expected a public key as'],
    ['an object', {}, 'expected a public key as'],
    ['bytes', new Uint8Array(32), 'expected a public key as'],
    ['a secret text', SECRET, 'expected a public key as SPKI PEM'],
    ['a private KeyObject', ed25519.privateKey, 'got a private one'],
    ['a private JWK', jwk(ed25519.privateKey), 'expected a public JWK'],
    ['a private PEM', pkcs8(ed25519.privateKey), 'expected a public key as SPKI PEM'],
    ['an encrypted private PEM', encryptedPem, 'expected a public key as SPKI PEM'],
    [
      'a broken PEM',
      '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----',
      'expected a public key as SPKI PEM',
    ],
    [
      'a certificate',
      spki(ed25519.publicKey).replaceAll('PUBLIC KEY', 'CERTIFICATE'),
      'expected a public key as SPKI PEM',
    ],
    ['a secret KeyObject', createSecretKey(Buffer.from(SECRET)), 'got a secret one'],
    [
      'a secret JWK',
      { kty: 'oct', k: Buffer.from(SECRET).toString('base64url') },
      'expected a valid public JWK',
    ],
    ['a P-256 key', p256.publicKey, 'expected a key of the curve Ed25519'],
    ['an Ed448 key', ed448.publicKey, 'expected a key of the curve Ed25519'],
    ['an X25519 key', x25519.publicKey, 'expected a key of the curve Ed25519'],
    ['a JWK of the wrong length', { kty: 'OKP', crv: 'Ed25519', x: 'AAAA' }, 'expected a valid public JWK'],
    ['a JWK for encryption', { ...jwk(ed25519.publicKey), use: 'enc' }, '`use`'],
    ['a JWK for another operation', { ...jwk(ed25519.publicKey), key_ops: ['sign'] }, '`key_ops`'],
    [
      'a JWK for another algorithm',
      { ...jwk(ed25519.publicKey), alg: 'HS256' },
      'expected a key of the curve Ed25519',
    ],
  ],
  ES256: [
    ['an Ed25519 key', ed25519.publicKey, 'expected a key of the curve P-256'],
    ['a P-384 key', p384.publicKey, 'expected a key of the curve P-256'],
    ['an RSA key', rsa.publicKey, 'expected a key of the curve P-256'],
    ['an RSA-PSS key', spki(pss.publicKey), 'expected a key of the curve P-256'],
    ['a private key', p256.privateKey, 'got a private one'],
    [
      'a point off the curve',
      { ...jwk(p256.publicKey), y: jwk(p256.publicKey)['x'] },
      'expected a valid public JWK',
    ],
  ],
  HS256: [
    ['31 bytes of text', 'a'.repeat(31), 'expected a secret of at least 32 bytes'],
    ['31 bytes', new Uint8Array(31), 'expected a secret of at least 32 bytes'],
    ['no text', '', 'expected a secret of at least 32 bytes'],
    ['a public PEM', spki(ed25519.publicKey), 'got a key in PEM, JWK or DER form'],
    ['a public PEM in spaces', `\n ${spki(rsa.publicKey)}`, 'got a key in PEM, JWK or DER form'],
    ['the bytes of a public PEM', Buffer.from(spki(ed25519.publicKey)), 'got a key in PEM, JWK or DER form'],
    ['a private PEM', pkcs8(ed25519.privateKey), 'got a key in PEM, JWK or DER form'],
    ['a public DER', der(ed25519.publicKey), 'got a key in PEM, JWK or DER form'],
    ['the text of a JWK', JSON.stringify(jwk(p256.publicKey)), 'got a key in PEM, JWK or DER form'],
    [
      'the text of a JWKS',
      JSON.stringify({ keys: [jwk(p256.publicKey)] }),
      'got a key in PEM, JWK or DER form',
    ],
    ['a public KeyObject', ed25519.publicKey, 'as text or as a Uint8Array'],
    ['a public JWK', jwk(ed25519.publicKey), 'as text or as a Uint8Array'],
  ],
};

describe.each(Object.entries(refusedKeys))('a key for %s', (algorithm, rows) => {
  test.each(rows)('cannot be %s', async (_form, key, expected) => {
    const problem = await problemOf(configured({ algorithm, key }));

    expect(problem).toContain('OPTIONS_INVALID `identity.issuers[0].key`: ');
    expect(problem).toContain(expected);
    expect(problem).not.toContain('canary');
  });
});

test('ES256 refuses a CryptoKey that may not verify, and a private one', async () => {
  const [{ publicKey }, { privateKey }] = await Promise.all([cryptoKeys([]), cryptoKeys(['verify'])]);

  expect(await problemOf(configured({ algorithm: 'ES256', key: publicKey }))).toContain('may verify');
  expect(await problemOf(configured({ algorithm: 'ES256', key: privateKey }))).toContain('got a private one');
});

test.each([
  ['an unknown member', { issuers: [], jwks: 'x' }, '`identity'],
  ['no issuers', {}, '`identity.issuers`: expected a list of issuers'],
  ['an empty list', { issuers: [] }, '`identity.issuers`: expected at least one issuer'],
  ['nothing', undefined, '`identity`: expected an object'],
  ['an issuer that is text', { issuers: ['issuer'] }, '`identity.issuers[0]`: expected an object'],
])('options with %s are refused', async (_title, options, expected) => {
  const problem = await problemOf(createIdentity(options as never, clock));

  expect(problem).toContain('OPTIONS_INVALID');
  expect(problem).toContain(expected);
});

test.each([
  ['issuer', undefined, 'expected 1 to 256 visible ASCII characters'],
  ['issuer', '', 'expected 1 to 256 visible ASCII characters'],
  ['issuer', 'two words', 'expected 1 to 256 visible ASCII characters'],
  ['audience', ['a', 'b'], 'expected 1 to 256 visible ASCII characters'],
  ['algorithm', 'none', 'expected `Ed25519`, `ES256` or `HS256`'],
  ['algorithm', 'RS256', 'expected `Ed25519`, `ES256` or `HS256`'],
  ['algorithm', 'EdDSA', 'expected `Ed25519`, `ES256` or `HS256`'],
  ['algorithm', 'toString', 'expected `Ed25519`, `ES256` or `HS256`'],
  ['kid', '', 'expected 1 to 64 letters'],
  ['kid', '../key', 'expected 1 to 64 letters'],
  ['kid', 'k'.repeat(65), 'expected 1 to 64 letters'],
  ['tenant', '', 'expected 1 to 256 visible ASCII characters'],
  ['tenant', null, 'expected 1 to 256 visible ASCII characters'],
  ['tenant', ['acme'], 'expected 1 to 256 visible ASCII characters'],
  ['maxLifetimeSeconds', 0, 'expected whole seconds from 1 to 31536000'],
  ['maxLifetimeSeconds', 1.5, 'expected whole seconds from 1 to 31536000'],
  ['maxLifetimeSeconds', '60', 'expected whole seconds from 1 to 31536000'],
  ['maxLifetimeSeconds', Number.POSITIVE_INFINITY, 'expected whole seconds from 1 to 31536000'],
  ['clockToleranceSeconds', -1, 'expected whole seconds from 0 to 300'],
  ['clockToleranceSeconds', 301, 'expected whole seconds from 0 to 300'],
  ['clockToleranceSeconds', Number.NaN, 'expected whole seconds from 0 to 300'],
])('`%s` of %p is refused', async (field, value, expected) => {
  expect(await problemOf(configured({ [field]: value }))).toContain(
    `\`identity.issuers[0].${field}\`: ${expected}`,
  );
});

test('an unknown member of an issuer is named', async () => {
  expect(await problemOf(configured({ algorithms: ['none'] }))).toContain(
    '`identity.issuers[0]`: expected no `algorithms`',
  );
});

test.each([
  [undefined, undefined],
  ['a', 'a'],
])('two keys of one issuer with kids %p and %p are refused', async (first, second) => {
  const issuers = [first, second].map((kid): Issuer => {
    return { issuer: 'issuer', audience: 'torii', algorithm: 'Ed25519', key: ed25519.publicKey, kid };
  });

  expect(await problemOf(createIdentity({ issuers }, clock))).toContain('`identity.issuers[1].kid`');
});

test.each([
  [['acme', undefined], 1],
  [[undefined, 'acme'], 0],
])(
  'an issuer whose keys have the tenants %p is refused, for one key could name any',
  async (tenants, silent) => {
    const issuers = tenants.map((tenant, index): Issuer => {
      const kid = `k-${index}`;
      return {
        issuer: 'issuer',
        audience: 'torii',
        algorithm: 'Ed25519',
        key: ed25519.publicKey,
        kid,
        tenant,
      };
    });

    expect(await problemOf(createIdentity({ issuers }, clock))).toContain(
      `\`identity.issuers[${silent}].tenant\`: expected a tenant, as another key of this issuer has one`,
    );
  },
);

test('a secret that is overwritten after construction still verifies', async () => {
  const secret = new Uint8Array(32).fill(7);
  const terms = { issuer: 'issuer', audience: 'torii', algorithm: 'HS256' } as const;
  const who = { agent: 'bot', owner: 'ada', session: 's-1' };
  const token = await signAgentToken({
    ...terms,
    ...who,
    key: Uint8Array.from(secret),
    expiresInSeconds: 60,
    clock,
  });
  const identity = await createIdentity({ issuers: [{ ...terms, key: secret }] }, clock);

  secret.fill(0);

  expect(await identity.agent(token)).toMatchObject({ agent: 'bot' });
});

test('a JWK is left as it was', async () => {
  const key = jwk(ed25519.publicKey);

  await configured({ key });

  expect(Object.isFrozen(key)).toBe(false);
  expect(createPublicKey({ key: key as never, format: 'jwk' }).equals(ed25519.publicKey)).toBe(true);
});
