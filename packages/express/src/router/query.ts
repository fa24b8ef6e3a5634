import type { Request } from 'express';
import { type Problem, problem } from '@torii/engine/http';

/** What a query says, or the problem with it. */
export type Query<Name extends string> =
  | { readonly kind: 'query'; readonly values: Readonly<Partial<Record<Name, string>>> }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** A query of exactly these keys, each at most once: a filter that is misspelt and ignored would show too much. */
export function readQuery<Name extends string>(request: Request, names: readonly Name[]): Query<Name> {
  const asked = new URL(request.url, 'http://localhost').searchParams;
  const known = names.flatMap((name) => {
    const [value] = asked.getAll(name);
    return value === undefined || value === '' ? [] : [[name, value] as const];
  });
  if (known.length === asked.size) {
    const values: Partial<Record<Name, string>> = {};
    for (const [name, value] of known) values[name] = value;
    return { kind: 'query', values };
  }
  if (names.length === 0) return badQuery('expected no query');
  return badQuery(`expected at most \`${names.join('`, `')}\`, each once and with a value`);
}

/** A problem with a query. */
export function badQuery(detail: string): { readonly kind: 'problem'; readonly problem: Problem } {
  const face = { status: 400, title: 'The query is not valid' };
  return { kind: 'problem', problem: problem('QUERY_INVALID', face, { detail }) };
}

/** Most entries of a page. */
export const LONGEST_PAGE = 100;

/** A `limit` of a page; undefined for what is none. */
export function limitIn(text: string): number | undefined {
  const limit = /^[1-9][0-9]{0,2}$/.test(text) ? Number(text) : Infinity;
  return limit <= LONGEST_PAGE ? limit : undefined;
}

/** What `limitIn` accepts, for messages. */
export const LIMIT_FORM = `\`limit\` as a number of 1 to ${LONGEST_PAGE}`;

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/;

/** Milliseconds since 1970 of a time such as `2031-05-14T12:33:09Z`; undefined for what is none, also without a zone. */
export function timeIn(text: unknown): number | undefined {
  const atMs = typeof text === 'string' && ISO_TIME.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : atMs;
}

/** What `timeIn` accepts, for messages. */
export const TIME_FORM = 'an ISO 8601 time with its zone, such as `2031-05-14T12:33:09Z`';
