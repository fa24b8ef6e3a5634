import { within } from '../nouns/deadline.ts';
import { isIdentifier } from '../identify/index.ts';
import {
  type Approval,
  type ApprovalPlace,
  type ApprovalQuery,
  approvalStatuses,
} from '../nouns/approval.ts';
import type { ApprovalListQuery, ApprovalPage } from '../nouns/approvals.ts';
import { sha256 } from '../nouns/digest.ts';
import { deny, type Denial } from '../nouns/denial.ts';
import { ToriiError } from '../nouns/errors.ts';
import type { Person } from '../nouns/principal.ts';
import type { Store } from '../nouns/store.ts';
import { parseJson } from '../nouns/strict-json.ts';
import type { Parts } from '../parts.ts';
import { storesOf } from './operate.ts';
import { hasRole } from './who-may.ts';

/** Most approvals of a page. */
const LONGEST_PAGE = 100;

/** The filters that the store applies itself. */
type Filters = Pick<ApprovalListQuery, 'status' | 'agent' | 'owner' | 'tool'>;

/** A page, asked for by a person whose roles were proved. */
export interface PageRequest {
  readonly person: Person;
  readonly filters: Filters;

  /** The only tenant to look at; undefined for all of them. */
  readonly tenant: string | undefined;
  readonly limit: number;
  readonly after: ApprovalPlace | undefined;
}

/** Reads what a person asks for. Answers a denial for a limit or a cursor that is none. */
export function pageRequestOf(person: Person, query: ApprovalListQuery): PageRequest | Denial {
  const { limit = LONGEST_PAGE, cursor, tenant = person.tenant } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > LONGEST_PAGE)
    return deny('CALL_INVALID', `expected \`limit\` as 1 to ${LONGEST_PAGE}`);
  const filters = filtersOf(query);
  const { status, ...names } = filters;
  const [odd] = Object.entries({ ...names, tenant }).filter(
    ([, value]) => value !== undefined && typeof value !== 'string',
  );
  if (odd !== undefined) return deny('CALL_INVALID', `expected \`${odd[0]}\` as text`);
  if (status !== undefined && !approvalStatuses.includes(status))
    return deny('CALL_INVALID', `expected \`status\` as one of \`${approvalStatuses.join('`, `')}\``);
  const request = { person, filters, tenant, limit, after: undefined };
  if (cursor === undefined) return request;
  const after = placeOf(cursor, request);
  if (after !== undefined) return { ...request, after };
  return deny('CALL_INVALID', 'expected a `cursor` that a page of the same query gave');
}

function filtersOf({ status, agent, owner, tool }: Filters): Filters {
  return {
    ...(status === undefined ? {} : { status }),
    ...(agent === undefined ? {} : { agent }),
    ...(owner === undefined ? {} : { owner }),
    ...(tool === undefined ? {} : { tool }),
  };
}

/** One page of what the person may see, of the stores that answer. */
export async function pageOf(parts: Parts, request: PageRequest): Promise<ApprovalPage> {
  const { person, tenant, limit } = request;
  const isTheirs = person.tenant === undefined || tenant === person.tenant;
  const isNobodys = tenant !== undefined && !isIdentifier(tenant);
  if (!isTheirs || isNobodys) return { kind: 'page', approvals: [] };
  const { clock, storeTimeoutMs } = parts;
  const whose = tenant === undefined ? {} : { tenant };
  const stores = await within(clock, storeTimeoutMs, storesOf(parts, whose));
  const views = viewsOf(request);
  const reads = stores.map((store) =>
    Promise.all(views.map((view) => readFrom(parts, store, { view, request }))),
  );
  const read = await answered(parts, reads);
  const horizon = read.flatMap(({ until }) => until ?? []).sort(byPlace)[0];
  const seen = new Map(read.flatMap(({ approvals }) => approvals).map((each) => [each.id, each]));
  const listed = [...seen.values()]
    .filter((each) => horizon === undefined || byPlace(each, horizon) <= 0)
    .sort(byPlace);
  const approvals = listed.slice(0, limit);
  const last = listed.length > limit ? approvals.at(-1) : horizon;
  const page = { kind: 'page', approvals } as const;
  return last === undefined ? page : { ...page, next: cursorOf(last, request) };
}

/** The queries whose answers together are what the person may see. */
function viewsOf({ person, filters, tenant }: PageRequest): readonly Omit<ApprovalQuery, 'limit'>[] {
  const all = tenant === undefined ? filters : { ...filters, tenant };
  if (hasRole(person, 'auditor') || hasRole(person, 'admin')) return [all];
  const { owner = person.id } = filters;
  return [
    ...(hasRole(person, 'approver') ? [{ ...all, approver: person.id }] : []),
    ...(hasRole(person, 'owner') && owner === person.id ? [{ ...all, owner }] : []),
  ];
}

/** What one store has of one view. */
interface Read {
  readonly approvals: readonly Approval[];

  /** How far it was read; undefined where nothing is left. */
  readonly until: ApprovalPlace | undefined;
}

async function readFrom(
  { clock, storeTimeoutMs }: Parts,
  store: Store,
  { view, request }: { readonly view: Omit<ApprovalQuery, 'limit'>; readonly request: PageRequest },
): Promise<Read> {
  const { limit, after } = request;
  // One more than fits says whether there is another page.
  const asked = { ...view, limit: limit + 1, ...(after === undefined ? {} : { after }) };
  const approvals = await within(clock, storeTimeoutMs, store.approvals(asked));
  const last = approvals.length > limit ? approvals.at(-1) : undefined;
  return { approvals, until: last && { createdAt: last.createdAt, id: last.id } };
}

/** What was read of the stores that answered. Rejects where none did: an empty page would say that nothing waits. */
async function answered(
  { onError }: Parts,
  reads: readonly Promise<readonly Read[]>[],
): Promise<readonly Read[]> {
  const results = await Promise.allSettled(reads);
  const failures = results.filter((result) => result.status === 'rejected');
  const [first] = failures;
  if (first !== undefined && failures.length === results.length) throw asError(first.reason);
  for (const { reason } of failures) onError(asError(reason));
  return results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
}

/** What a store rejected with. */
export function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new ToriiError('STORE_UNAVAILABLE', 'the store failed');
}

/** The latest first, then by id, as stores list them. */
function byPlace(a: ApprovalPlace, b: ApprovalPlace): number {
  if (a.createdAt !== b.createdAt) return b.createdAt - a.createdAt;
  return a.id === b.id ? 0 : a.id < b.id ? 1 : -1;
}

/** A place in the list of one query. It holds nothing secret and grants nothing: whoever makes one up sees only theirs. */
function cursorOf({ createdAt, id }: ApprovalPlace, request: PageRequest): string {
  return Buffer.from(JSON.stringify([queryName(request), createdAt, id])).toString('base64url');
}

const LONGEST_CURSOR = 1_000;
const CURSOR = /^[A-Za-z0-9_-]+$/;

function placeOf(cursor: unknown, request: PageRequest): ApprovalPlace | undefined {
  if (typeof cursor !== 'string' || cursor.length > LONGEST_CURSOR || !CURSOR.test(cursor)) return undefined;
  const told = partsOf(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (told.length !== 3) return undefined;
  const [name, createdAt, id] = told;
  if (name !== queryName(request) || typeof id !== 'string') return undefined;
  if (typeof createdAt !== 'number' || !Number.isSafeInteger(createdAt) || createdAt < 0) return undefined;
  return { createdAt, id };
}

function partsOf(text: string): readonly unknown[] {
  try {
    const told = parseJson(text);
    return Array.isArray(told) ? told : [];
  } catch {
    return [];
  }
}

/** The same for a query asked again by the same person; how long its pages are may change. */
function queryName({ person, filters, tenant }: PageRequest): string {
  const { status = null, agent = null, owner = null, tool = null } = filters;
  const roles = [...person.roles].sort();
  return sha256(JSON.stringify([person.id, roles, tenant ?? null, status, agent, owner, tool])).slice(0, 16);
}
