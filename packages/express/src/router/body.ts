import { TextDecoder } from 'node:util';
import { parseJson, ToriiError } from '@torii/engine';
import type { Request } from 'express';
import { type Problem, problem, rawBodyOf } from '@torii/engine/http';

/** More than any change needs, comment included. */
const MAX_BYTES = 16_384;

/** A parsed body, or the problem with it. */
export type Body =
  | { readonly kind: 'body'; readonly value: unknown }
  | { readonly kind: 'problem'; readonly problem: Problem };

/**
 * The JSON body of a request: by our own strict parser where its bytes are at hand, or as another parser left it.
 * Duplicate keys can be seen only in bytes, so mount the router before `express.json()`.
 */
export async function readJson(request: Request): Promise<Body> {
  const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (mediaTypeOf(request) !== 'application/json' || encoding !== 'identity')
    return refused(415, 'expected a body of `application/json`');
  const raw = await rawBodyOf(request, MAX_BYTES);
  if (raw.kind === 'too-large') return refused(413, `expected a body of at most ${MAX_BYTES} bytes`);
  return raw.kind === 'parsed' ? { kind: 'body', value: raw.value } : parse(raw.bytes);
}

/** As `readJson`, for a request that may do without: no body at all is an empty object. */
export async function readOptionalJson(request: Request): Promise<Body> {
  const { headers } = request;
  const isEmpty = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
  return isEmpty ? { kind: 'body', value: {} } : readJson(request);
}

/** The type of the body in lower case, without parameters. */
export function mediaTypeOf(request: Request): string | undefined {
  return request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
}

/**
 * The members of an object of exactly these names, or undefined for anything else. A member that is misspelt and ignored
 * would do something else than was asked for.
 */
export function membersOf<Name extends string>(
  value: unknown,
  names: readonly Name[],
): Readonly<Partial<Record<Name, unknown>>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const known: ReadonlySet<PropertyKey> = new Set<PropertyKey>(names);
  const isMember = (key: PropertyKey): key is Name => known.has(key);
  const members: Partial<Record<Name, unknown>> = {};
  for (const key of Reflect.ownKeys(value)) {
    if (!isMember(key)) return undefined;
    members[key] = Reflect.get(value, key);
  }
  return members;
}

function parse(bytes: Uint8Array): Body {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { kind: 'body', value: parseJson(text, { bytes: MAX_BYTES }) };
  } catch (error) {
    return refused(400, ToriiError.is(error) ? error.message : 'expected JSON in UTF-8');
  }
}

const TITLES = {
  400: 'The body is not valid',
  413: 'The body is too large',
  415: 'The body is of another type',
};

/** A problem with the body. */
export function refused(status: keyof typeof TITLES, detail: string): Body & { kind: 'problem' } {
  const code = { 400: 'BODY_INVALID', 413: 'BODY_TOO_LARGE', 415: 'BODY_TYPE_UNSUPPORTED' }[status];
  return { kind: 'problem', problem: problem(code, { status, title: TITLES[status] }, { detail }) };
}
