import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Denial } from '../nouns/denial.ts';
import type { Permit } from '../nouns/engine.ts';
import { formatMoney } from '../nouns/money.ts';
import { remembered } from './remembered.ts';

/** Headers that only Torii may say, and headers by which a caller might try to name itself. */
const OWN: ReadonlySet<string> = new Set([
  'x-policy-allowed',
  'x-tool',
  'x-cost-usd',
  'ratelimit',
  'ratelimit-policy',
  'x-agent-id',
  'x-agent-name',
  'x-agent-owner',
  'x-agent-session',
  'x-owner-id',
  'x-session-id',
  'x-approver-id',
]);

const UNIT_SECONDS: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3_600],
  ['d', 86_400],
]);

type Rate = Permit['rates'][number];

/** Takes incoming copies of our headers out of the request, so that a handler cannot believe them. */
export function stripOwnHeaders(request: IncomingMessage): void {
  // Hardly any request has one: whatever is listed is listed then.
  for (const name in request.headers) if (isOwn(name)) return stripForged(request);
}

function stripForged(request: IncomingMessage): void {
  const forged = Object.keys(request.headers).filter(isOwn);
  // Node reads `headersDistinct` out of `rawHeaders` when it is first asked, and fails on a list that was cut short.
  const { headers, headersDistinct, rawHeaders } = request;
  for (let index = rawHeaders.length - 2; index >= 0; index -= 2) {
    if (isOwn(rawHeaders[index]?.toLowerCase() ?? '')) rawHeaders.splice(index, 2);
  }
  for (const name of forged) {
    delete headers[name];
    // Requests that a test makes up, as `inject` of Fastify does, have none.
    delete headersDistinct?.[name];
  }
}

/** Says on the response what was allowed, what it may cost and how the rates stand. */
export function writeAllowed(response: ServerResponse, { call, rates }: Permit): void {
  response.setHeader('X-Policy-Allowed', 'true');
  response.setHeader('X-Tool', call.tool);
  const { asset, units } = call.price;
  if (asset.startsWith('USD/')) response.setHeader('X-Cost-Usd', dollarsOf(asset, units));
  if (rates.length > 0) writeRates(response, rates);
}

/** The fields of draft-ietf-httpapi-ratelimit-headers-11: lists of strings with parameters. */
function writeRates(response: ServerResponse, rates: readonly Rate[]): void {
  let policies = '';
  let limits = '';
  for (const rate of rates) {
    const name = nameOf(rate.policy, rate.clause);
    const comma = policies === '' ? '' : ', ';
    policies += `${comma}${name}${quotaOf(rate.limit, rate.per)}`;
    limits += `${comma}${name};r=${rate.left}${waitOf(rate)}`;
  }
  response.setHeader('RateLimit-Policy', policies);
  response.setHeader('RateLimit', limits);
}

/**
 * How the rates stand that had no room for a denied call: none is left, and `t` is the same wait as `Retry-After`, where
 * waiting helps. Nothing is said of rates that had room.
 */
export function refusedRates({ reasons, retryAfterMs }: Denial): { readonly RateLimit?: string } {
  const waits = retryAfterMs === undefined ? '' : `;t=${Math.max(1, wholeSeconds(retryAfterMs))}`;
  const limits = reasons.flatMap(({ code, policy, clause }) => {
    if (code !== 'RATE_EXCEEDED' || policy === undefined || clause === undefined) return [];
    return [`${nameOf(policy, clause)};r=0${waits}`];
  });
  return limits.length === 0 ? {} : { RateLimit: limits.join(', ') };
}

/** When the next call fits is worth saying only where none fits now. */
function waitOf({ left, resetsInMs }: Rate): string {
  return left > 0 ? '' : `;t=${wholeSeconds(resetsInMs)}`;
}

/** The limit, and the window in seconds. */
const quotaOf = remembered((limit: number, per: string): string => `;q=${limit}${windowOf(per)}`);

/** The words for a window begin with the letters that durations such as `10s` end in. */
function windowOf(per: string): string {
  const [, count = '', unit = ''] = /^([0-9]*)([smhd])/.exec(per) ?? [];
  const seconds = UNIT_SECONDS.get(unit);
  return seconds === undefined ? '' : `;w=${Number(count === '' ? 1 : count) * seconds}`;
}

/** A wait in whole seconds, rounded up, never below zero. */
export function wholeSeconds(waitMs: number): number {
  return Math.max(0, Math.ceil(waitMs / 1_000));
}

/** A Structured Fields string: policy and clause, without what would end it. */
const nameOf = remembered((policy: string, clause: string): string => {
  return `"${`${policy}.${clause}`.replaceAll(/[^A-Za-z0-9_.:@/[\]-]/g, '-')}"`;
});

/** An amount of dollars, without their name. */
const dollarsOf = remembered((asset: string, units: bigint): string => {
  return formatMoney({ asset, units }).slice(0, -' USD'.length);
});

function isOwn(name: string): boolean {
  return OWN.has(name) || name.startsWith('x-torii-');
}
