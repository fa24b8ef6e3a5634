import { generateKeyPairSync, type KeyObject, webcrypto } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { ToriiError } from '../nouns/errors.ts';
import { type AgentTokenOptions, createIdentity, signAgentToken, signApproverToken } from './index.ts';

const NOW_SECONDS = Date.UTC(2026, 10, 1) / 1_000;
const clock = { now: () => NOW_SECONDS * 1_000 + 999, after: () => () => undefined };

const ed25519 = generateKeyPairSync('ed25519');
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const SECRET = 'canary-secret-of-thirty-two-bytes';

const jwk = (key: KeyObject): Record<string, unknown> => ({ ...key.export({ format: 'jwk' }) });
const pkcs8 = (key: KeyObject): string => key.export({ format: 'pem', type: 'pkcs8' }).toString();

const terms = {
  issuer: 'issuer',
  audience: 'torii',
  algorithm: 'Ed25519',
  key: ed25519.privateKey,
  expiresInSeconds: 60,
  clock,
} as const;
const agent: AgentTokenOptions = { ...terms, agent: 'bot', owner: 'ada@example.com', session: 's-1' };

async function problemOf(attempt: Promise<unknown>): Promise<string> {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return ToriiError.is(error) ? `${error.code} ${error.message}` : String(error);
}

test('an agent token says who, for whom, in which session, and for how long', async () => {
  const token = await signAgentToken({ ...agent, kid: 'key-1', id: 'token-1' });

  expect(decodeProtectedHeader(token)).toEqual({ alg: 'Ed25519', typ: 'torii-agent+jwt', kid: 'key-1' });
  expect(decodeJwt(token)).toEqual({
    iss: 'issuer',
    aud: 'torii',
    sub: 'ada@example.com',
    act: { sub: 'bot' },
    sid: 's-1',
    jti: 'token-1',
    iat: NOW_SECONDS,
    exp: NOW_SECONDS + 60,
  });
});

test('an agent token says the tenant where there is one', async () => {
  expect(decodeJwt(await signAgentToken({ ...agent, tenant: 'acme' }))).toMatchObject({ tenant: 'acme' });
  expect(decodeJwt(await signAgentToken({ ...agent, tenant: undefined }))).not.toHaveProperty('tenant');
});

test('an approver token says who', async () => {
  const token = await signApproverToken({ ...terms, approver: 'grace', id: 'token-1' });

  expect(decodeProtectedHeader(token)).toEqual({ alg: 'Ed25519', typ: 'torii-approver+jwt' });
  expect(decodeJwt(token)).toEqual({
    iss: 'issuer',
    aud: 'torii',
    sub: 'grace',
    jti: 'token-1',
    iat: NOW_SECONDS,
    exp: NOW_SECONDS + 60,
  });
});

test('two tokens differ, because each has an id of its own', async () => {
  expect(await signAgentToken(agent)).not.toBe(await signAgentToken(agent));
});

test.each([
  ['JWK of Ed25519', 'Ed25519', { key: jwk(ed25519.privateKey), other: ed25519.publicKey }],
  ['PKCS #8 PEM of Ed25519', 'Ed25519', { key: pkcs8(ed25519.privateKey), other: ed25519.publicKey }],
  ['KeyObject of Ed25519', 'Ed25519', { key: ed25519.privateKey, other: ed25519.publicKey }],
  ['JWK of ES256', 'ES256', { key: jwk(p256.privateKey), other: p256.publicKey }],
  ['PKCS #8 PEM of ES256', 'ES256', { key: pkcs8(p256.privateKey), other: p256.publicKey }],
  ['KeyObject of ES256', 'ES256', { key: p256.privateKey, other: p256.publicKey }],
  ['text of HS256', 'HS256', { key: SECRET, other: Buffer.from(SECRET) }],
  ['bytes of HS256', 'HS256', { key: Buffer.from(SECRET), other: SECRET }],
] as const)('the %s signs, and its other half verifies', async (_form, algorithm, { key, other }) => {
  const identity = await createIdentity(
    { issuers: [{ issuer: 'issuer', audience: 'torii', algorithm, key: other }] },
    clock,
  );

  const token = await signAgentToken({ ...agent, algorithm, key: key as AgentTokenOptions['key'] });

  expect(await identity.agent(token)).toMatchObject({ agent: 'bot' });
});

test('a CryptoKey signs although it cannot be exported', async () => {
  const pair = (await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
  const issuer = { issuer: 'issuer', audience: 'torii', algorithm: 'ES256', key: pair.publicKey } as const;
  const identity = await createIdentity({ issuers: [issuer] }, clock);

  const token = await signAgentToken({ ...agent, algorithm: 'ES256', key: pair.privateKey });

  expect(await identity.agent(token)).toMatchObject({ agent: 'bot' });
});

test.each([
  ['issuer', '', '`token.issuer`: expected 1 to 256 visible ASCII characters'],
  ['audience', undefined, '`token.audience`: expected 1 to 256'],
  ['agent', 'two words', '`token.agent`: expected 1 to 256'],
  ['owner', '', '`token.owner`: expected 1 to 256'],
  ['session', 7, '`token.session`: expected 1 to 256'],
  ['tenant', '', '`token.tenant`: expected 1 to 256'],
  ['id', 'ü', '`token.id`: expected 1 to 256'],
  ['kid', 'a b', '`token.kid`: expected 1 to 64'],
  ['algorithm', 'none', '`token.algorithm`: expected `Ed25519`'],
  ['expiresInSeconds', 0, '`token.expiresInSeconds`: expected whole seconds'],
  ['expiresInSeconds', Number.NaN, '`token.expiresInSeconds`: expected whole seconds'],
  ['clock', {}, '`token.clock`: expected a clock'],
  ['scope', 'all', '`token`: expected no `scope`'],
  ['key', ed25519.publicKey, '`token.key`: expected a private key, got a public one'],
  ['key', jwk(ed25519.publicKey), '`token.key`: expected a private JWK'],
  ['key', p256.privateKey, '`token.key`: expected a key of the curve Ed25519'],
  ['key', SECRET, '`token.key`: expected a private key as PKCS #8 PEM'],
  ['key', { ...jwk(ed25519.privateKey), d: 'canary' }, '`token.key`: expected a valid private JWK'],
])('a token whose `%s` is %p is not signed', async (field, value, expected) => {
  const problem = await problemOf(signAgentToken({ ...agent, [field]: value }));

  expect(problem).toContain(`OPTIONS_INVALID ${expected}`);
  expect(problem).not.toContain('canary');
});

test('an approver token for nobody is not signed', async () => {
  expect(await problemOf(signApproverToken({ ...terms, approver: '' }))).toContain('`token.approver`');
});

test('a clock that does not know the time signs nothing', async () => {
  await expect(signAgentToken({ ...agent, clock: { now: () => Number.NaN } })).rejects.toThrow();
});
