import { DEFAULT_TENANT, type Identity, IDENTIFIER_FORM, isIdentifier } from '../identify/index.ts';
import { ToriiError } from '../nouns/errors.ts';
import type { AgentKey } from '../nouns/hold.ts';
import type { AgentName, OwnerName, SubjectName } from '../nouns/operator.ts';
import type { ChangedBy } from '../nouns/policies.ts';
import type { Subject } from '../nouns/revocation.ts';
import type { JsonObject } from '../nouns/canonical.ts';
import { bounded } from '../settle/permit.ts';

/**
 * The agent as the store knows it. Throws OPTIONS_INVALID, naming `where`: a name with a mistake would be that of
 * somebody else, whose money moves, or of nobody, who is not stopped.
 */
export function agentKeyOf(identity: Identity, name: AgentName, where: string): AgentKey {
  requireObject(name, where);
  const agent = named(name.agent, `${where}.agent`);
  return { ...ownerKeyOf(identity, name, where), agent };
}

/** Whom an operator stops. Throws OPTIONS_INVALID as `agentKeyOf` does. */
export function subjectOf(identity: Identity, name: SubjectName): Subject {
  const where = 'subject';
  requireObject(name, where);
  switch (name.kind) {
    case 'tenant':
      return { kind: 'tenant', tenant: named(name.tenant, `${where}.tenant`) };
    case 'owner':
      return { kind: 'owner', ...ownerKeyOf(identity, name, where) };
    case 'agent':
      return { kind: 'agent', ...agentKeyOf(identity, name, where) };
    case 'session': {
      const session = named(name.session, `${where}.session`);
      return { kind: 'session', ...agentKeyOf(identity, name, where), session };
    }
    default:
      throw invalid(`${where}.kind`, 'expected `tenant`, `owner`, `agent` or `session`');
  }
}

/** A name as tokens have them. Throws OPTIONS_INVALID, naming `where`. */
export function named(value: unknown, where: string): string {
  if (isIdentifier(value)) return value;
  throw invalid(where, `expected ${IDENTIFIER_FORM}`);
}

/** Who did it and why, for the journal. Throws OPTIONS_INVALID without an author. */
export function factsOf(by: ChangedBy): JsonObject {
  requireObject(by, 'by');
  const { author, note = '' } = by;
  if (typeof author !== 'string' || author === '') throw invalid('by.author', 'expected who did it, as text');
  return { author: bounded(author), note: bounded(note) };
}

/** An option that is not what it should be. */
export function invalid(where: string, expected: string): ToriiError {
  return new ToriiError('OPTIONS_INVALID', `\`${where}\`: ${expected}`);
}

function ownerKeyOf({ issuers }: Identity, name: OwnerName, where: string): Omit<AgentKey, 'agent'> {
  const owner = named(name.owner, `${where}.owner`);
  const issuer = issuerOf(issuers, name.issuer, `${where}.issuer`);
  const pinned = issuers.get(issuer);
  const tenant = named(name.tenant ?? pinned ?? DEFAULT_TENANT, `${where}.tenant`);
  if (pinned !== undefined && tenant !== pinned)
    throw invalid(`${where}.tenant`, 'expected no tenant, or the one that the issuer speaks for');
  return { issuer, tenant, owner };
}

function issuerOf(issuers: Identity['issuers'], issuer: string | undefined, where: string): string {
  const [only, ...others] = issuers.keys();
  if (issuer === undefined && only !== undefined && others.length === 0) return only;
  if (issuer !== undefined && issuers.has(issuer)) return issuer;
  throw invalid(where, 'expected a configured issuer that vouches for agents');
}

function requireObject(value: unknown, where: string): void {
  if (typeof value !== 'object' || value === null) throw invalid(where, 'expected an object');
}
