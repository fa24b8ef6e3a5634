import { SignJWT } from 'jose';
import type { webcrypto } from 'node:crypto';
import * as z from 'zod';
import type { Clock } from '../nouns/clock.ts';
import type { Random } from '../nouns/random.ts';
import { IDENTIFIER_FORM, isIdentifier } from './identifier.ts';
import { signingKey, verificationKey } from './keys.ts';
import { readOptions } from './options.ts';
import { linkToken } from './token-kind.ts';
import type { TrustedKey } from './verify.ts';

/** How links to approvals are signed, and where they lead. */
export interface ApprovalLinksOptions {
  /** A secret of its own, shared by every engine that has to accept the links: at least 32 bytes, as text or bytes. */
  readonly secret: string | Uint8Array;

  /** The page that shows an approval: `https:`, or `http:` to this machine, without a query. */
  readonly url: string;
}

/** Who gets a link, to what, and for how long. */
export interface LinkTerms {
  readonly approver: string;
  readonly approvalId: string;
  readonly actionHash: string;
  readonly tenant: string;

  /** In milliseconds since 1970; rounded down to whole seconds. */
  readonly untilMs: number;
}

/** Makes links to approvals, and knows its own. */
export interface ApprovalLinks {
  /** The address with the token; undefined where no whole second is left until it ends. */
  sign(terms: LinkTerms): Promise<{ readonly url: string; readonly expiresAt: number } | undefined>;

  /** What proves the tokens that `sign` made. */
  readonly trusted: TrustedKey;
}

/** Longest life of a link, in seconds. */
export const LONGEST_LINK_SECONDS = 3_600;

/** The `iss` of links: the engine itself. */
const ISSUER = 'torii';

const linksSchema = z.strictObject({
  secret: z.unknown(),
  url: z.custom<string>(isPage, {
    error: `expected \`https:\`, or \`http:\` to this machine, without user name, query and fragment, of ${IDENTIFIER_FORM}`,
  }),
});

/** Reads the option `approvalLinks`. Rejects with OPTIONS_INVALID. */
export async function createLinks(
  options: ApprovalLinksOptions,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Promise<ApprovalLinks> {
  const { secret, url } = readOptions(linksSchema, options, 'approvalLinks');
  const where = 'approvalLinks.secret';
  const key = await signingKey('HS256', secret, where);
  return {
    trusted: trustedKey(url, await verificationKey('HS256', secret, where)),
    async sign({ approver, approvalId, actionHash, tenant, untilMs }) {
      const issuedAt = Math.floor(clock.now() / 1_000);
      const expiresAt = Math.min(Math.floor(untilMs / 1_000), issuedAt + LONGEST_LINK_SECONDS);
      if (expiresAt <= issuedAt) return undefined;
      const token = await new SignJWT({ approval: approvalId, action: actionHash, tenant })
        .setProtectedHeader({ alg: 'HS256', typ: linkToken.typ })
        .setIssuer(ISSUER)
        .setAudience(url)
        .setSubject(approver)
        .setJti(random.id('link'))
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .sign(key);
      return { url: `${url}?token=${token}`, expiresAt: expiresAt * 1_000 };
    },
  };
}

function trustedKey(url: string, key: webcrypto.CryptoKey): TrustedKey {
  return {
    issuer: ISSUER,
    audience: url,
    algorithm: 'HS256',
    key,
    maxLifetimeSeconds: LONGEST_LINK_SECONDS,
    // Engines of one installation sign and read them, and people take longer to open one than clocks differ.
    clockToleranceSeconds: 0,
  };
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

function isPage(value: unknown): boolean {
  if (!isIdentifier(value) || !URL.canParse(value)) return false;
  const { protocol, hostname, username, password } = new URL(value);
  if (username !== '' || password !== '' || /[?#]/.test(value)) return false;
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname));
}
