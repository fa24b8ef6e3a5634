import { within } from '../nouns/deadline.ts';
import { isIdentifier, LONGEST_LINK_SECONDS } from '../identify/index.ts';
import type { Approval } from '../nouns/approval.ts';
import type { ApprovalCancellation, ApprovalDecision, ApprovalLink, Approvals } from '../nouns/approvals.ts';
import type { JsonObject } from '../nouns/canonical.ts';
import { deny, type Denial } from '../nouns/denial.ts';
import type { OfTenant } from '../nouns/operator.ts';
import type { Person, Principal } from '../nouns/principal.ts';
import type { Store } from '../nouns/store.ts';
import type { PersonCredential } from '../nouns/vouched-person.ts';
import type { Parts } from '../parts.ts';
import { asError, pageOf, pageRequestOf } from './approval-pages.ts';
import { storesOf } from './operate.ts';
import { cancelsAs, hasRole, isAsker, isOfTheirs, maySee, votersOf } from './who-may.ts';
import { invalid } from './whom.ts';

const MAX_COMMENT = 1_000;
const SHORTEST_LINK_MS = 1_000;
const LONGEST_LINK_MS = LONGEST_LINK_SECONDS * 1_000;

/** What people do with approvals. Who they are comes from what proves them, never from an argument. */
export function approvalsOf(parts: Parts): Approvals {
  return {
    decide: (vote) => decide(parts, vote),
    async list(query) {
      const person = await parts.identity.person(query.credential);
      if ('kind' in person) return person;
      if (person.only !== undefined) return onlyOne();
      const request = pageRequestOf(person, query);
      return 'kind' in request ? request : pageOf(parts, request);
    },
    async get({ credential, approvalId, tenant }) {
      const caller = await callerOf(parts, credential);
      if (isDenial(caller)) return caller;
      const { approval } = await lookUp(parts, approvalId, { caller, tenant });
      return approval;
    },
    cancel: (request) => cancel(parts, request),
    links: (query) => links(parts, query),
  };
}

async function decide(parts: Parts, vote: Parameters<Approvals['decide']>[0]): Promise<ApprovalDecision> {
  const { credential, approvalId, verdict, actionHash, comment, tenant } = vote;
  const person = await parts.identity.person(credential);
  if ('kind' in person) return person;
  if (verdict !== 'approve' && verdict !== 'deny')
    return deny('CALL_INVALID', 'expected the verdict `approve` or `deny`');
  const problem = commentProblem(comment);
  if (problem !== undefined) return problem;
  if (typeof actionHash !== 'string')
    return deny('CALL_INVALID', 'expected the `actionHash` of the approval as text');
  if (!hasRole(person, 'approver')) return { kind: 'refused', code: 'NOT_AN_APPROVER' };
  const voted = async (): Promise<ApprovalDecision> => {
    const { store, approval } = await homeOf(parts, approvalId, whoseOf(tenant ?? person.tenant));
    // Of one that they must not know of they are told nothing, not even that it is there.
    if (approval === undefined || !isOfTheirs(person, approval))
      return { kind: 'refused', code: 'APPROVAL_NOT_FOUND' };
    const said = saidIn(comment);
    const answer = await store.vote({
      approvalId,
      approver: person.id,
      via: person.via,
      verdict,
      actionHash,
      comment: said,
    });
    changed(parts, store, approvalId);
    return answer;
  };
  return inTime(parts, voted());
}

async function cancel(
  parts: Parts,
  { credential, approvalId, comment, tenant }: Parameters<Approvals['cancel']>[0],
): Promise<ApprovalCancellation> {
  const caller = await callerOf(parts, credential);
  if (isDenial(caller)) return caller;
  if (caller.kind === 'person' && caller.person.only !== undefined) return onlyOne();
  const problem = commentProblem(comment);
  if (problem !== undefined) return problem;
  const { store, approval } = await lookUp(parts, approvalId, { caller, tenant });
  if (approval === undefined) return { kind: 'refused', code: 'APPROVAL_NOT_FOUND' };
  const as = caller.kind === 'agent' ? 'agent' : cancelsAs(caller.person, approval);
  if (as === undefined) return { kind: 'refused', code: 'CANCEL_NOT_ALLOWED' };
  const said = saidIn(comment);
  const facts: JsonObject = {
    as,
    ...(caller.kind === 'agent'
      ? { by: caller.principal.agent }
      : { by: caller.person.id, via: caller.person.via }),
    ...(said === undefined ? {} : { comment: said }),
  };
  const answer = await inTime(parts, store.cancel({ approvalId, facts }));
  changed(parts, store, approvalId);
  return answer;
}

async function links(
  parts: Parts,
  { approvalId, tenant, expiresInMs = LONGEST_LINK_MS }: Parameters<Approvals['links']>[0],
): Promise<readonly ApprovalLink[]> {
  const { links: signer, clock } = parts;
  if (signer === undefined) throw invalid('approvalLinks', 'expected `{ secret, url }`, to sign links with');
  if (!Number.isInteger(expiresInMs) || expiresInMs < SHORTEST_LINK_MS || expiresInMs > LONGEST_LINK_MS)
    throw invalid('expiresInMs', `expected ${SHORTEST_LINK_MS} to ${LONGEST_LINK_MS} milliseconds`);
  const { approval } = await inTime(parts, homeOf(parts, approvalId, whoseOf(tenant)));
  if (approval === undefined) return [];
  const nowMs = clock.now();
  const { actionHash, action, expiresAt } = approval;
  const untilMs = Math.min(nowMs + expiresInMs, expiresAt);
  const signed = votersOf(approval, nowMs).map(async (approver): Promise<readonly ApprovalLink[]> => {
    const link = await signer.sign({ approver, approvalId, actionHash, tenant: action.tenant, untilMs });
    return link === undefined ? [] : [{ approver, ...link }];
  });
  return (await Promise.all(signed)).flat();
}

/** Who asks about an approval: a person, or the agent that waits for it. */
type Caller =
  | { readonly kind: 'person'; readonly person: Person }
  | { readonly kind: 'agent'; readonly principal: Principal };

async function callerOf({ identity }: Parts, credential: PersonCredential): Promise<Caller | Denial> {
  const person = await identity.person(credential);
  if (!('kind' in person)) return { kind: 'person', person };
  if (typeof credential !== 'string') return person;
  const principal = await identity.agent(credential);
  return 'kind' in principal ? principal : { kind: 'agent', principal };
}

function isDenial(caller: Caller | Denial): caller is Denial {
  return caller.kind === 'denied';
}

/** An approval and its store. */
interface Home {
  readonly store: Store;
  readonly approval: Approval | undefined;
}

/** The approval, if the caller may see it. */
async function lookUp(
  parts: Parts,
  approvalId: string,
  { caller, tenant }: { readonly caller: Caller; readonly tenant: string | undefined },
): Promise<Home> {
  // An agent is of one tenant, whichever it names.
  const own = caller.kind === 'agent' ? caller.principal.tenant : (tenant ?? caller.person.tenant);
  const { store, approval } = await inTime(parts, homeOf(parts, approvalId, whoseOf(own)));
  if (approval === undefined) return { store, approval };
  const sees =
    caller.kind === 'agent'
      ? isAsker(caller.principal, approval)
      : maySee(caller.person, approval, parts.clock.now());
  return { store, approval: sees ? approval : undefined };
}

/** The store that has the approval, of that tenant if one is named. Rejects where one that does not answer may have it. */
async function homeOf(parts: Parts, approvalId: string, whose: OfTenant): Promise<Home> {
  const { tenant } = whose;
  const nobodys = tenant !== undefined && !isIdentifier(tenant);
  const stores = nobodys || typeof approvalId !== 'string' ? [] : await storesOf(parts, whose);
  const looks = await Promise.allSettled(
    stores.map(async (store): Promise<Home> => ({ store, approval: await store.approval(approvalId) })),
  );
  const isMeant = ({ approval }: Home): boolean =>
    approval !== undefined && (tenant === undefined || approval.action.tenant === tenant);
  const found = looks.find((look) => look.status === 'fulfilled' && isMeant(look.value));
  const failed = looks.find((look) => look.status === 'rejected');
  if (found?.status === 'fulfilled') return found.value;
  if (failed !== undefined) throw asError(failed.reason);
  return { store: parts.store, approval: undefined };
}

function whoseOf(tenant: string | undefined): OfTenant {
  return tenant === undefined ? {} : { tenant };
}

/** Tells those who wait, here and behind the webhooks. */
function changed({ wake, watchers }: Parts, store: Store, approvalId: string): void {
  wake(store);
  watchers.tell(approvalId);
}

function inTime<T>({ clock, storeTimeoutMs }: Parts, work: Promise<T>): Promise<T> {
  return within(clock, storeTimeoutMs, work);
}

function commentProblem(comment: unknown): Denial | undefined {
  if (comment === undefined || typeof comment === 'string') return undefined;
  return deny('CALL_INVALID', 'expected the comment to be text');
}

/** What is kept of a comment: text that can be written as UTF-8. */
function saidIn(comment: string | undefined): string | undefined {
  return comment?.slice(0, MAX_COMMENT).toWellFormed();
}

function onlyOne(): Denial {
  return deny('IDENTITY_INVALID', 'expected another credential: a link shows and decides one approval');
}
