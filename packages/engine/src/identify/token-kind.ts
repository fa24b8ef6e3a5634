import { type Denial, deny } from '../nouns/denial.ts';
import type { Person, Principal } from '../nouns/principal.ts';
import { IDENTIFIER_FORM, isIdentifier } from './identifier.ts';
import type { IssuerTerms } from './options.ts';
import type { Members } from './read-token.ts';
import { DEFAULT_ROLES, isRoles, ROLES_FORM } from './roles.ts';

/** Who vouches for a token: its issuer, and the tenant that this issuer speaks for. */
export type Voucher = Pick<IssuerTerms, 'issuer' | 'tenant'>;

/** The tenant of agents whose token and issuer name none. */
export const DEFAULT_TENANT = 'default';

/** Names the carve-out that pays for the calls of a delegated agent, besides all that policy charges: it only narrows. */
export const CARVE_OUT = 'carve_out';

/** A kind of token: who it proves. A token of one kind is never of another, because `typ` differs. */
export interface TokenKind<Who> {
  readonly name: 'agent' | 'approver' | 'approval link';

  /** What an issuer must vouch for. */
  readonly vouching: 'agents' | 'approvers';

  /** The header `typ`, compared exactly. */
  readonly typ: string;

  /** Who the claims of a verified token prove. */
  read(claims: Members, voucher: Voucher): Who | Denial;
}

/** Says which agent calls, for which owner, in which session and of which tenant. */
export const agentToken: TokenKind<Principal> = {
  name: 'agent',
  vouching: 'agents',
  typ: 'torii-agent+jwt',
  read(claims, { issuer, tenant: pinned }) {
    const actor = actorOf(claims.get('act'));
    if (actor === undefined) {
      return deny(
        'IDENTITY_INVALID',
        'expected `act` as an object that holds only `sub`: delegation chains are not supported',
      );
    }
    const [agent, owner, session] = [actor, claims.get('sub'), claims.get('sid')];
    if (!isIdentifier(agent)) return mistaken('act.sub');
    if (!isIdentifier(owner)) return mistaken('sub');
    if (!isIdentifier(session)) return mistaken('sid');
    const tenant = claims.has('tenant') ? claims.get('tenant') : (pinned ?? DEFAULT_TENANT);
    if (!isIdentifier(tenant)) return mistaken('tenant');
    if (pinned !== undefined && tenant !== pinned) return otherTenant();
    const principal = { agent, owner, session, tenant, issuer };
    if (!claims.has(CARVE_OUT)) return Object.freeze(principal);
    const carveOut = claims.get(CARVE_OUT);
    return isIdentifier(carveOut) ? Object.freeze({ ...principal, carveOut }) : mistaken(CARVE_OUT);
  },
};

/** Says which person decides, and what else they may do. */
export const approverToken: TokenKind<Person> = {
  name: 'approver',
  vouching: 'approvers',
  typ: 'torii-approver+jwt',
  read(claims, { issuer, tenant: pinned }) {
    if (claims.has('act'))
      return deny(
        'IDENTITY_INVALID',
        'expected an approver token without `act`: nobody approves for another',
      );
    const id = claims.get('sub');
    if (!isIdentifier(id)) return mistaken('sub');
    const roles = claims.has('roles') ? claims.get('roles') : DEFAULT_ROLES;
    if (!isRoles(roles)) return deny('IDENTITY_INVALID', `expected \`roles\` as ${ROLES_FORM}`);
    const tenant = claims.has('tenant') ? claims.get('tenant') : pinned;
    if (tenant !== undefined && !isIdentifier(tenant)) return mistaken('tenant');
    if (pinned !== undefined && tenant !== pinned) return otherTenant();
    const person: Person = { id, issuer, roles: Object.freeze([...roles]), via: 'token' };
    return Object.freeze(tenant === undefined ? person : { ...person, tenant });
  },
};

/** Says which person may see and decide one approval of one action, and nothing else. */
export const linkToken: TokenKind<Person> = {
  name: 'approval link',
  vouching: 'approvers',
  typ: 'torii-approval-link+jwt',
  read(claims, { issuer }) {
    const [id, approvalId, actionHash, tenant] = [
      claims.get('sub'),
      claims.get('approval'),
      claims.get('action'),
      claims.get('tenant'),
    ];
    if (!isIdentifier(id)) return mistaken('sub');
    if (!isIdentifier(approvalId)) return mistaken('approval');
    if (!isIdentifier(actionHash)) return mistaken('action');
    if (!isIdentifier(tenant)) return mistaken('tenant');
    const only = Object.freeze({ approvalId, actionHash });
    return Object.freeze({ id, issuer, roles: LINK_ROLES, via: 'link', tenant, only });
  },
};

const LINK_ROLES: Person['roles'] = Object.freeze(['approver']);

function actorOf(act: unknown): unknown {
  if (typeof act !== 'object' || act === null || Array.isArray(act)) return undefined;
  const [[name, actor] = [], ...others] = Object.entries(act) as [string, unknown][];
  return name === 'sub' && others.length === 0 ? actor : undefined;
}

function otherTenant(): Denial {
  return deny('IDENTITY_INVALID', 'expected no `tenant`, or the one that the issuer speaks for');
}

function mistaken(claim: string): Denial {
  return deny('IDENTITY_INVALID', `expected \`${claim}\` as ${IDENTIFIER_FORM}`);
}
