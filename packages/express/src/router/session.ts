import { type PersonCredential, type PersonRole, vouchedPerson } from '@torii/engine';
import type { Request } from 'express';
import { type Problem, problem } from '@torii/engine/http';
import { mediaTypeOf } from './body.ts';

/** A person who is signed in at the host. */
export interface SessionPerson {
  /** As policies name them. */
  readonly id: string;

  /** @default `approver` and `owner` */
  readonly roles?: readonly PersonRole[] | undefined;

  /** The only tenant whose approvals they may see and decide. @default all of them */
  readonly tenant?: string | undefined;
}

/** Reads the host's own session; undefined for nobody. */
export type SessionOf = (request: Request) => SessionPerson | undefined | Promise<SessionPerson | undefined>;

/** Who asks, and whether a browser may have sent that along by itself. */
export interface Credential {
  readonly credential: PersonCredential;
  readonly isAmbient: boolean;
}

/** The token if there is one, else the person of the session. Rejects for a session that names nobody that could be one. */
export async function credentialOf(
  request: Request,
  token: string | undefined,
  session: SessionOf | undefined,
): Promise<Credential> {
  // A token that is wrong must not fall back to whoever happens to be signed in.
  if (token !== undefined) return { credential: token, isAmbient: false };
  const person = (await session?.(request)) ?? undefined;
  if (person === undefined) return { credential: undefined, isAmbient: false };
  const { id, roles, tenant } = person;
  return { credential: vouchedPerson({ id, roles, tenant, via: 'session' }), isAmbient: true };
}

/**
 * The problem with a change that another site may have made the browser send; undefined for one that this site sent. Both
 * are asked for: a type that no form can have, and the browser's word on where the request comes from.
 */
export function forgeryProblem(request: Request, origins: ReadonlySet<string>): Problem | undefined {
  if (mediaTypeOf(request) !== 'application/json')
    return crossSite('expected `Content-Type: application/json`, which no form of another site can send');
  if (isOwnPage(request, origins)) return undefined;
  return crossSite('expected `Sec-Fetch-Site: same-origin`, or an `Origin` that is this host or a known one');
}

function isOwnPage(request: Request, origins: ReadonlySet<string>): boolean {
  const { origin, host } = request.headers;
  if (origin !== undefined && origins.has(origin)) return true;
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  return origin !== undefined && host !== undefined && origin === `${request.protocol}://${host}`;
}

function crossSite(detail: string): Problem {
  return problem('REQUEST_FORGED', { status: 403, title: 'The request may be forged' }, { detail });
}
