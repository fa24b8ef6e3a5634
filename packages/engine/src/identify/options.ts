import * as z from 'zod';
import { ToriiError } from '../nouns/errors.ts';
import { IDENTIFIER_FORM, isIdentifier, isKeyId, KEY_ID_FORM } from './identifier.ts';
import type { Algorithm, VerificationKey } from './keys.ts';

/** Whose word counts about who is calling and who may approve. */
export interface IdentityOptions {
  /** At least one. No default: an engine that trusts nobody would deny every call. */
  readonly issuers: readonly Issuer[];
}

/** One key of one issuer. To rotate, list the issuer twice with different `kid`. */
export interface Issuer {
  /** The `iss` of its tokens, compared exactly. */
  readonly issuer: string;

  /** The `aud` of its tokens, a single string that names this engine, compared exactly. */
  readonly audience: string;

  /** How it signs. Fixed here: a token cannot choose. */
  readonly algorithm: Algorithm;

  /** Its public key, or the secret of HS256: at least 32 bytes. */
  readonly key: VerificationKey;

  /** Names this key. When set, only tokens with the same header `kid` are checked against it. @default any `kid` */
  readonly kid?: string | undefined;

  /**
   * Whose identity its word proves. No default where several issuers are trusted: whoever vouches for approvers can
   * approve. Once one key says it, every key has to. @default both, where there is one issuer
   */
  readonly vouchesFor?: readonly ('agents' | 'approvers')[] | undefined;

  /**
   * The one tenant whose agents it may name, and whose approvals its people see and decide: its tokens belong there, and
   * one that claims another is refused. Once one key of an issuer says it, every key of that issuer has to.
   * @default any tenant, as the token claims
   */
  readonly tenant?: string | undefined;

  /** Longest time from `iat` to `exp`, in seconds. @default 86_400 */
  readonly maxLifetimeSeconds?: number | undefined;

  /** How far the issuer's clock may be off, in seconds, at most 300. @default 5 */
  readonly clockToleranceSeconds?: number | undefined;
}

/** An issuer with its defaults filled in. Its key is not looked at yet. */
export type IssuerTerms = z.output<typeof issuerSchema>;

/** Longest lifetime that can be configured or signed: 365 days, in seconds. */
export const LONGEST_LIFETIME_SECONDS = 31_536_000;

/** An identifier, with a message that says what one is. */
export const identifierSchema = z.custom<string>(isIdentifier, { error: `expected ${IDENTIFIER_FORM}` });

/** A `kid`, with a message that says what one is. */
export const keyIdSchema = z.custom<string>(isKeyId, { error: `expected ${KEY_ID_FORM}` });

/** One of the three algorithms. */
export const algorithmSchema = z.enum(['Ed25519', 'ES256', 'HS256'], {
  error: 'expected `Ed25519`, `ES256` or `HS256`',
});

/** A lifetime of at least one second. */
export const lifetimeSchema = wholeSeconds(1, LONGEST_LIFETIME_SECONDS);

const issuerSchema = z.strictObject({
  issuer: identifierSchema,
  audience: identifierSchema,
  algorithm: algorithmSchema,
  key: z.unknown(),
  kid: keyIdSchema.optional(),
  vouchesFor: z
    .array(z.enum(['agents', 'approvers']), { error: 'expected a list of `agents` and `approvers`' })
    .min(1, { error: 'expected `agents`, `approvers` or both' })
    .optional(),
  tenant: identifierSchema.optional(),
  maxLifetimeSeconds: lifetimeSchema.default(86_400),
  clockToleranceSeconds: wholeSeconds(0, 300).default(5),
});

const identitySchema = z.strictObject({
  issuers: z
    .array(issuerSchema, { error: 'expected a list of issuers' })
    .min(1, { error: 'expected at least one issuer' }),
});

/** Reads the options. Throws OPTIONS_INVALID naming the first field that is wrong, and never its value. */
export function readIdentityOptions(options: IdentityOptions): readonly IssuerTerms[] {
  const { issuers } = readOptions(identitySchema, options, 'identity');
  const seen = new Set<string>();
  for (const [index, { issuer, kid }] of issuers.entries()) {
    const name = JSON.stringify([issuer, kid]);
    if (seen.has(name)) {
      throw new ToriiError(
        'OPTIONS_INVALID',
        `\`identity.issuers[${index}].kid\`: expected another \`kid\` for each key of an issuer`,
      );
    }
    seen.add(name);
  }
  requireWordOfEach(issuers);
  requireTenantOfEach(issuers);
  return issuers;
}

function requireWordOfEach(issuers: readonly IssuerTerms[]): void {
  const alone = new Set(issuers.map(({ issuer }) => issuer)).size < 2;
  if (alone && issuers.every(({ vouchesFor }) => vouchesFor === undefined)) return;
  const silent = issuers.findIndex(({ vouchesFor }) => vouchesFor === undefined);
  if (silent === -1) return;
  throw new ToriiError(
    'OPTIONS_INVALID',
    `\`identity.issuers[${silent}].vouchesFor\`: expected \`['agents']\`, \`['approvers']\` or both, as several issuers are trusted, or another key says it`,
  );
}

/** A key that forgets the tenant of its issuer would let it speak for all tenants. */
function requireTenantOfEach(issuers: readonly IssuerTerms[]): void {
  const pinned = new Set(issuers.filter(({ tenant }) => tenant !== undefined).map(({ issuer }) => issuer));
  const silent = issuers.findIndex(({ issuer, tenant }) => tenant === undefined && pinned.has(issuer));
  if (silent === -1) return;
  throw new ToriiError(
    'OPTIONS_INVALID',
    `\`identity.issuers[${silent}].tenant\`: expected a tenant, as another key of this issuer has one`,
  );
}

/** Validates options against a schema. Throws OPTIONS_INVALID with the path under `name`, and never a value. */
export function readOptions<T extends z.ZodType>(schema: T, options: unknown, name: string): z.output<T> {
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new ToriiError('OPTIONS_INVALID', `\`${pathText(name, issue?.path ?? [])}\`: ${problemText(issue)}`);
}

function problemText(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === 'unrecognized_keys') return `expected no \`${issue.keys.join('`, `')}\``;
  if (issue?.message.startsWith('expected') === true) return issue.message;
  return 'expected an object';
}

function pathText(name: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : `${text}.${String(part)}`),
    name,
  );
}

function wholeSeconds(least: number, most: number): z.ZodNumber {
  const error = `expected whole seconds from ${least} to ${most}`;
  return z.number({ error }).int({ error }).min(least, { error }).max(most, { error });
}
