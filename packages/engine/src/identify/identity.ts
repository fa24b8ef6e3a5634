import type { Clock } from '../nouns/clock.ts';
import { type Denial, deny } from '../nouns/denial.ts';
import type { Person, Principal } from '../nouns/principal.ts';
import type { MaybePromise } from '../nouns/steps.ts';
import { type PersonCredential, VouchedPerson } from '../nouns/vouched-person.ts';
import { verificationKey } from './keys.ts';
import type { ApprovalLinks } from './links.ts';
import { type IdentityOptions, type IssuerTerms, readIdentityOptions } from './options.ts';
import { readToken } from './read-token.ts';
import { agentToken, approverToken, linkToken, type TokenKind } from './token-kind.ts';
import { verifiedCache } from './verified-cache.ts';
import { type KeyRing, type TrustedKey, verifyToken } from './verify.ts';

/** Proves who is calling and who approves. Answers a denial for anything it cannot prove, and never rejects. */
export interface Identity {
  /** The agent, owner, session and tenant of an agent token: at once where it was verified before. */
  agent(credential: string | undefined): MaybePromise<Principal | Denial>;

  /**
   * The person of an approver token, of a signed link, or that the host vouches for. An agent token is never one. A person
   * of a link may do what `only` says, and nothing else.
   */
  person(credential: PersonCredential): Promise<Person | Denial>;

  /** Issuers that vouch for agents, each with the tenant that it speaks for; undefined where it may name any. */
  readonly issuers: ReadonlyMap<string, string | undefined>;
}

/** How many verified tokens of each kind are remembered. */
const CACHE_LIMIT = 1_000;

/**
 * Builds the verifier once. Rejects with OPTIONS_INVALID for options that could not verify what they say. Without `links`
 * a link proves nobody.
 */
export async function createIdentity(
  options: IdentityOptions,
  clock: Clock,
  links?: Pick<ApprovalLinks, 'trusted'>,
): Promise<Identity> {
  const issuers = readIdentityOptions(options);
  const trusted = issuers.map(async (terms, index): Promise<TrustedKey> => {
    const key = await verificationKey(terms.algorithm, terms.key, `identity.issuers[${index}].key`);
    return { ...terms, key };
  });
  const keys = keyRing(await Promise.all(trusted));
  return {
    agent: prover(agentToken, keys, clock),
    person: personProver({
      approver: prover(approverToken, keys, clock),
      link: links && prover(linkToken, keyRing([links.trusted]), clock),
    }),
    issuers: agentIssuers(issuers),
  };
}

function agentIssuers(issuers: readonly IssuerTerms[]): Identity['issuers'] {
  const vouching = issuers.filter(({ vouchesFor }) => vouchesFor?.includes('agents') !== false);
  return new Map(vouching.map(({ issuer, tenant }) => [issuer, tenant]));
}

/** Tells links from approver tokens by what they say they are; each is then proved to be that. */
function personProver({
  approver,
  link,
}: {
  readonly approver: Prove<Person>;
  readonly link: Prove<Person> | undefined;
}): Identity['person'] {
  return async (credential) => {
    const vouched = VouchedPerson.read(credential);
    if (vouched !== undefined) return vouched;
    if (credential !== undefined && typeof credential !== 'string')
      return deny(
        'IDENTITY_INVALID',
        'expected one approver token as text, or a person that the host vouches for',
      );
    return link !== undefined && isLink(credential) ? link(credential) : approver(credential);
  };
}

function isLink(credential: string | undefined): boolean {
  if (credential === undefined) return false;
  const token = readToken(credential);
  return token.kind === 'unverified' && token.header.get('typ') === linkToken.typ;
}

type Prove<Who> = (credential: string | undefined) => MaybePromise<Who | Denial>;

function prover<Who>(kind: TokenKind<Who>, keys: KeyRing, clock: Clock): Prove<Who> {
  const cache = verifiedCache<Who>(CACHE_LIMIT);
  const prove = async (credential: string, nowMs: number): Promise<Who | Denial> => {
    try {
      const verified = await verifyToken(kind, keys, { credential, nowMs });
      if (verified.kind === 'denied') return verified;
      cache.set(credential, verified);
      return verified.who;
    } catch {
      return unverifiable();
    }
  };
  return (credential) => {
    if (credential === undefined || credential === '')
      return deny('IDENTITY_MISSING', `expected an ${kind.name} token`);
    // Doors written in JavaScript may hand over the list of a repeated header.
    if (typeof credential !== 'string')
      return deny('IDENTITY_INVALID', `expected one ${kind.name} token as text`);
    try {
      const nowMs = clock.now();
      return cache.get(credential, nowMs) ?? prove(credential, nowMs);
    } catch {
      return unverifiable();
    }
  };
}

function unverifiable(): Denial {
  return deny('IDENTITY_INVALID', 'the token cannot be verified');
}

/** A key without `kid` serves every token of its issuer that names no key of its own. */
function keyRing(trusted: readonly TrustedKey[]): KeyRing {
  const issuers = new Map<unknown, Map<unknown, TrustedKey>>();
  for (const key of trusted) {
    const keys = issuers.get(key.issuer) ?? new Map<unknown, TrustedKey>();
    issuers.set(key.issuer, keys.set(key.kid, key));
  }
  return {
    find(issuer, kid) {
      const keys = issuers.get(issuer);
      return keys?.get(kid) ?? keys?.get(undefined);
    },
  };
}
