import { createHmac, timingSafeEqual } from 'node:crypto';
import { ToriiError } from '../nouns/errors.ts';

const SIGNATURE = /^v0=([0-9a-f]{64})$/;
const SECONDS = /^[0-9]{1,12}$/;

/** How far the time of a request may be from now, both ways, in seconds. */
const TOLERANCE_SECONDS = 300;

/** Shortest signing secret that is accepted, in characters: those of Slack have 32. */
const SHORTEST_SECRET = 16;

/** Headers as Node, Express, Fastify or `fetch` give them. */
export type SlackHeaders =
  Readonly<Record<string, string | readonly string[] | undefined>> | { get(name: string): string | null };

/** What a request is judged by. */
export interface VerifySlackOptions {
  /** The signing secret of the app, from its "Basic Information". */
  readonly signingSecret: string;

  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Whether Slack sent a request in the last five minutes: its signature over time and body, compared in constant time. Give
 * it the body as it arrived: a parsed form never verifies. Whatever a sender controls makes it answer false, not throw; a
 * signing secret that is none throws OPTIONS_INVALID.
 */
export function verifySlackRequest(
  rawBody: string | Uint8Array,
  headers: SlackHeaders,
  { signingSecret, now }: VerifySlackOptions,
): boolean {
  requireSigningSecret(signingSecret);
  const seconds = headerOf(headers, 'x-slack-request-timestamp');
  const claimed = SIGNATURE.exec(headerOf(headers, 'x-slack-signature') ?? '')?.[1];
  const isBody = typeof rawBody === 'string' || rawBody instanceof Uint8Array;
  if (!isBody || claimed === undefined || seconds === undefined || !SECONDS.test(seconds)) return false;
  const expected = createHmac('sha256', signingSecret).update(`v0:${seconds}:`).update(rawBody).digest();
  const isSigned = timingSafeEqual(expected, Buffer.from(claimed, 'hex'));
  // Written so that a clock that fails refuses.
  return isSigned && Math.abs(Math.floor(now / 1_000) - Number(seconds)) <= TOLERANCE_SECONDS;
}

/** Throws OPTIONS_INVALID for a signing secret that is none. */
export function requireSigningSecret(signingSecret: unknown): void {
  if (typeof signingSecret === 'string' && signingSecret.length >= SHORTEST_SECRET) return;
  const message = `\`signingSecret\`: expected the signing secret of the app, at least ${SHORTEST_SECRET} characters`;
  throw new ToriiError('OPTIONS_INVALID', message);
}

/** A header whatever the case of its name; undefined where it came more than once. */
function headerOf(headers: SlackHeaders, name: string): string | undefined {
  if (isFetchHeaders(headers)) return headers.get(name) ?? undefined;
  const key = Object.keys(headers).find((given) => given.toLowerCase() === name);
  const value = key === undefined ? undefined : headers[key];
  return typeof value === 'string' ? value : undefined;
}

function isFetchHeaders(headers: SlackHeaders): headers is { get(name: string): string | null } {
  return typeof headers.get === 'function';
}
