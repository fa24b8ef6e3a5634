import type { webcrypto } from 'node:crypto';
import { errors, jwtVerify } from 'jose';
import { type Denial, deny } from '../nouns/denial.ts';
import { IDENTIFIER_FORM, isIdentifier, isKeyId, KEY_ID_FORM } from './identifier.ts';
import { headerAlgorithms } from './keys.ts';
import type { IssuerTerms } from './options.ts';
import { type Members, readToken } from './read-token.ts';
import type { TokenKind } from './token-kind.ts';
import type { Verified } from './verified-cache.ts';

/** One key of one issuer, ready to verify. */
export interface TrustedKey extends Omit<IssuerTerms, 'key'> {
  readonly key: webcrypto.CryptoKey;
}

/** Finds the key that a token must have been signed with. */
export interface KeyRing {
  find(issuer: unknown, kid: unknown): TrustedKey | undefined;
}

/** A credential and the time at which it is judged, in milliseconds since 1970. */
export interface Presented {
  readonly credential: string;
  readonly nowMs: number;
}

const headerNames: ReadonlySet<string> = new Set(['alg', 'kid', 'typ']);

/** Claims that narrow a token in ways this version does not enforce. Ignoring them would widen it. */
const unenforced = ['authorization_details', 'cnf'];

/**
 * Verifies one token of one kind. The only caller of `jwtVerify`, which left to its defaults accepts tokens without
 * `exp`, `aud` or `iss`. Whatever is wrong is a denial that quotes nothing of the token.
 */
export async function verifyToken<Who>(
  kind: TokenKind<Who>,
  keys: KeyRing,
  presented: Presented,
): Promise<Verified<Who> | Denial> {
  const token = readToken(presented.credential);
  if (token.kind === 'denied') return token;

  const problem = headerProblem(token.header, kind);
  if (problem !== undefined) return refuse(problem);

  // Unverified `iss` and `kid` only choose the key; the signature and jose's `issuer` then prove the choice.
  const trusted = keys.find(token.claims.get('iss'), token.header.get('kid'));
  if (trusted === undefined) return refuse('expected the `iss` and `kid` of a configured issuer');

  if (trusted.vouchesFor?.includes(kind.vouching) === false)
    return refuse(`expected the token of an issuer that vouches for ${kind.vouching}`);

  const claims = await verifiedClaims(trusted, kind.typ, presented);
  if (typeof claims === 'string') return refuse(claims);

  const mistake = claimsProblem(claims, trusted, presented.nowMs);
  if (mistake !== undefined) return refuse(mistake);

  const who = kind.read(claims, trusted);
  return isDenial(who) ? who : { kind: 'verified', who, ...validity(claims, trusted) };
}

function headerProblem(header: Members, { name, typ }: TokenKind<unknown>): string | undefined {
  if (header.get('typ') !== typ) return `expected an ${name} token: its header \`typ\` is \`${typ}\``;
  if ([...header.keys()].some((member) => !headerNames.has(member)))
    return 'expected nothing but `alg`, `kid` and `typ` in the header';
  if (header.has('kid') && !isKeyId(header.get('kid'))) return `expected a \`kid\` of ${KEY_ID_FORM}`;
  return undefined;
}

async function verifiedClaims(
  trusted: TrustedKey,
  typ: string,
  { credential, nowMs }: Presented,
): Promise<Members | string> {
  try {
    const { payload } = await jwtVerify(credential, trusted.key, {
      algorithms: headerAlgorithms[trusted.algorithm],
      typ,
      issuer: trusted.issuer,
      audience: trusted.audience,
      requiredClaims: ['exp', 'iat', 'jti', 'sub'],
      clockTolerance: trusted.clockToleranceSeconds,
      currentDate: new Date(nowMs),
    });
    return new Map<string, unknown>(Object.entries(payload));
  } catch (error) {
    return problemOf(error);
  }
}

/** What jose objected to, in our words: its own may quote claims. */
function problemOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'the token expired';
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return 'expected a signature by the key of the issuer';
  if (error instanceof errors.JOSEAlgNotAllowed) return "expected the header `alg` of the issuer's key";
  if (!(error instanceof errors.JWTClaimValidationFailed)) return 'the token cannot be verified';
  if (error.reason === 'missing') return `expected the claim \`${error.claim}\``;
  if (error.claim === 'nbf' && error.reason === 'check_failed') return 'the token is not valid yet';
  return `expected another value of the claim \`${error.claim}\``;
}

/** What jose leaves open: one audience, whole seconds, an issue time that is past, a short life. */
function claimsProblem(claims: Members, trusted: TrustedKey, nowMs: number): string | undefined {
  const [issuedAt, expiresAt, notBefore] = [
    claims.get('iat'),
    claims.get('exp'),
    claims.has('nbf') ? claims.get('nbf') : 0,
  ];
  if (claims.get('aud') !== trusted.audience) return 'expected `aud` as a single string';
  if (!isTime(issuedAt) || !isTime(expiresAt) || !isTime(notBefore)) {
    return 'expected `iat`, `exp` and `nbf` as whole seconds since 1970';
  }
  if (issuedAt > Math.floor(nowMs / 1_000) + trusted.clockToleranceSeconds)
    return 'expected an `iat` that is not in the future';
  if (expiresAt <= issuedAt) return 'expected an `exp` after `iat`';
  if (expiresAt - issuedAt > trusted.maxLifetimeSeconds)
    return `expected a token that lives at most ${trusted.maxLifetimeSeconds} seconds`;
  if (!isIdentifier(claims.get('jti'))) return `expected \`jti\` as ${IDENTIFIER_FORM}`;
  const narrowing = unenforced.find((claim) => claims.has(claim));
  return narrowing === undefined
    ? undefined
    : `expected a token without \`${narrowing}\`, which this version cannot enforce`;
}

/** The tolerance is left out of the end: a token past its `exp` is verified anew each time. */
function validity(
  claims: Members,
  { clockToleranceSeconds }: TrustedKey,
): { fromMs: number; untilMs: number } {
  const from = Math.max(Number(claims.get('iat')), Number(claims.get('nbf') ?? 0)) - clockToleranceSeconds;
  return { fromMs: from * 1_000, untilMs: Number(claims.get('exp')) * 1_000 };
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isDenial(value: unknown): value is Denial {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'denied';
}

function refuse(message: string): Denial {
  return deny('IDENTITY_INVALID', message);
}
