import { parseJson } from '../nouns/strict-json.ts';
import { type Denial, deny } from '../nouns/denial.ts';

/** The members of a JSON object, by own name: nothing is inherited, `__proto__` is never among them. */
export type Members = ReadonlyMap<string, unknown>;

/** A token that is well formed and proves nothing yet. */
export interface UnverifiedToken {
  readonly kind: 'unverified';
  readonly header: Members;
  readonly claims: Members;
}

/** Longest token, in characters. */
export const MAX_TOKEN_LENGTH = 8_192;

const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

// `ignoreBOM` keeps a byte order mark in the text, where it is no JSON.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Takes a compact token apart: one spelling only, no repeated keys, at most 8 KiB. Checks no signature. */
export function readToken(credential: string): UnverifiedToken | Denial {
  if (credential.length > MAX_TOKEN_LENGTH) {
    return deny('IDENTITY_INVALID', `expected a token of at most ${MAX_TOKEN_LENGTH} characters`);
  }
  const parts = COMPACT.test(credential) ? credential.split('.') : [];
  const [header, claims, signature] = parts.map(bytesOf);
  if (header === undefined || claims === undefined || signature === undefined) {
    return deny('IDENTITY_INVALID', 'expected a compact token: three base64url parts joined by full stops');
  }
  const headerMembers = membersOf(header);
  const claimMembers = membersOf(claims);
  if (headerMembers === undefined || claimMembers === undefined) {
    return deny('IDENTITY_INVALID', 'expected header and claims as plain JSON objects without repeated keys');
  }
  return { kind: 'unverified', header: headerMembers, claims: claimMembers };
}

/** Decodes the one canonical spelling: decoders differ on padding, whitespace and left-over bits. */
function bytesOf(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.toString('base64url') === part ? bytes : undefined;
}

function membersOf(bytes: Buffer): Members | undefined {
  try {
    const value = parseJson(utf8.decode(bytes));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? new Map(Object.entries(value)) : undefined;
  } catch {
    return undefined;
  }
}
