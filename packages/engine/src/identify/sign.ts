import { SignJWT } from 'jose';
import * as z from 'zod';
import { type Clock, systemClock } from '../nouns/clock.ts';
import type { PersonRole } from '../nouns/principal.ts';
import { systemRandom } from '../nouns/random.ts';
import { type Algorithm, type SigningKey, signingKey } from './keys.ts';
import { algorithmSchema, identifierSchema, keyIdSchema, lifetimeSchema, readOptions } from './options.ts';
import { rolesSchema } from './roles.ts';
import { agentToken, approverToken, CARVE_OUT } from './token-kind.ts';

/** What tokens of both kinds say. */
export interface TokenOptions {
  /** The `iss`: as configured at the engine. */
  readonly issuer: string;

  /** The `aud`: as configured at the engine. */
  readonly audience: string;

  readonly algorithm: Algorithm;

  /** The private key, or the secret of HS256. */
  readonly key: SigningKey;

  /** Names the key to an engine that knows several of this issuer. @default none */
  readonly kid?: string | undefined;

  /** Time to `exp`, in seconds. An engine refuses more than its `maxLifetimeSeconds`, by default a day. */
  readonly expiresInSeconds: number;

  /** @default the clock of the machine */
  readonly clock?: Pick<Clock, 'now'> | undefined;

  /** The `jti`. @default a random one */
  readonly id?: string | undefined;
}

/** What an agent token says. */
export interface AgentTokenOptions extends TokenOptions {
  readonly agent: string;

  /** The human who answers for the agent. */
  readonly owner: string;

  readonly session: string;

  /** @default none: the tenant that the engine pins to the issuer counts, or else `default` */
  readonly tenant?: string | undefined;

  /** Id of the carve-out that has to pay for every call of this token. @default none */
  readonly carveOut?: string | undefined;
}

/** What an approver token says. */
export interface ApproverTokenOptions extends TokenOptions {
  readonly approver: string;

  /** What else they may do, or may not. @default `approver` and `owner` */
  readonly roles?: readonly PersonRole[] | undefined;

  /** The only tenant whose approvals they see and decide. @default the one that the engine pins to the issuer, or all */
  readonly tenant?: string | undefined;
}

interface Claims {
  readonly typ: string;
  readonly subject: string;
  readonly others: Record<string, unknown>;
}

const terms = {
  issuer: identifierSchema,
  audience: identifierSchema,
  algorithm: algorithmSchema,
  key: z.unknown(),
  kid: keyIdSchema.optional(),
  expiresInSeconds: lifetimeSchema,
  clock: z.custom<Pick<Clock, 'now'>>(isClock, { error: 'expected a clock' }).optional(),
  id: identifierSchema.optional(),
};

const agentSchema = z.strictObject({
  ...terms,
  agent: identifierSchema,
  owner: identifierSchema,
  session: identifierSchema,
  tenant: identifierSchema.optional(),
  carveOut: identifierSchema.optional(),
});
const approverSchema = z.strictObject({
  ...terms,
  approver: identifierSchema,
  roles: rolesSchema.optional(),
  tenant: identifierSchema.optional(),
});

/** Signs a token for an agent, for set-ups with one issuer and for tests. Rejects with OPTIONS_INVALID. */
export async function signAgentToken(options: AgentTokenOptions): Promise<string> {
  const { agent, owner, session, tenant, carveOut, ...rest } = readOptions(agentSchema, options, 'token');
  const others = {
    act: { sub: agent },
    sid: session,
    ...(tenant === undefined ? {} : { tenant }),
    ...(carveOut === undefined ? {} : { [CARVE_OUT]: carveOut }),
  };
  return sign(rest, { typ: agentToken.typ, subject: owner, others });
}

/** Signs a token for a person who approves, for set-ups with one issuer and for tests. Rejects with OPTIONS_INVALID. */
export async function signApproverToken(options: ApproverTokenOptions): Promise<string> {
  const { approver, roles, tenant, ...rest } = readOptions(approverSchema, options, 'token');
  const others = {
    ...(roles === undefined ? {} : { roles: [...roles] }),
    ...(tenant === undefined ? {} : { tenant }),
  };
  return sign(rest, { typ: approverToken.typ, subject: approver, others });
}

async function sign(
  options: z.output<z.ZodObject<typeof terms>>,
  { typ, subject, others }: Claims,
): Promise<string> {
  const {
    issuer,
    audience,
    algorithm,
    kid,
    expiresInSeconds,
    clock = systemClock,
    id = systemRandom.id('token'),
  } = options;
  const key = await signingKey(algorithm, options.key, 'token.key');
  const issuedAt = Math.floor(clock.now() / 1_000);
  return new SignJWT(others)
    .setProtectedHeader({ alg: algorithm, typ, ...(kid === undefined ? {} : { kid }) })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(subject)
    .setJti(id)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + expiresInSeconds)
    .sign(key);
}

function isClock(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'now' in value && typeof value.now === 'function';
}
