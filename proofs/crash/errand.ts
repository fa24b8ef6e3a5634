import { AGENT } from '../suite/asking.ts';

/** What a worker process is told to do, as one argument of JSON. */
export interface Errand {
  readonly store: Place;

  /** Where it dies; undefined for one that does all of its work. */
  readonly death: { readonly point: string; readonly nth: number; readonly afterMs: number } | undefined;

  /** Its own calls are those of this run; before them it repeats the calls of `again`. */
  readonly run: string;
  readonly again: readonly string[];

  /** Where webhooks go. */
  readonly webhook: string;

  /** The name of a planted bug. */
  readonly broken: string | undefined;
}

/** Which store a process opens. */
export type Place =
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'redis'; readonly url: string; readonly prefix: string };

/** What the tools of the worker do, one call after the other. */
export const works = ['pays', 'pays', 'fails', 'pays-less', 'loses', 'forbidden', 'asks', 'asks'] as const;

/** What a call is for. */
export type Work = (typeof works)[number];

/** Calls of one run. */
export const CALLS_PER_RUN = 24;

/** The work of a call. */
export function workOf(index: number): Work {
  return works[index % works.length] ?? 'pays';
}

/** Micro-dollars that a call is priced at. */
export const PRICE_UNITS = 70_000n;

/** Micro-dollars that the agent has for good: enough for most calls and not for all. */
export const LIMIT_UNITS = 5_000_000n;

/** The name that the budget has in its key. */
export const LIFETIME = '"lifetime"';

/** Who may say yes. */
export const APPROVER = 'ada@example.com';

/** Proves who everybody is. */
export const issuer = {
  issuer: AGENT.issuer,
  audience: 'torii',
  algorithm: 'HS256',
  key: 'a-secret-of-the-proofs-with-more-than-32-bytes',
} as const;

/** Signs webhooks. */
export const WEBHOOK_SECRET = 'a-secret-for-webhooks';

/** The rules that the calls meet. */
export const policy = {
  id: 'house',
  tools: { allow: ['work', 'ask'] },
  budgets: [
    { scope: 'agent', window: 'lifetime', limit: '5.00 USD' },
    { scope: 'agent', window: 'rolling 24h', limit: '1000.00 USD' },
  ],
  approvals: [{ when: { tools: ['ask'] }, approvers: [APPROVER] }],
};
