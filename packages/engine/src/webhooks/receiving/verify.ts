import { createHmac, timingSafeEqual, verify as verifyWith } from 'node:crypto';
import { type Clock, systemClock } from '../../nouns/clock.ts';
import { ToriiError } from '../../nouns/errors.ts';
import { keyOf } from '../signing/secret.ts';
import { bodyDigest, signedBytes } from '../signing/signature.ts';

const LEGACY = /^sha256=([0-9a-f]{64})$/;
const SECONDS = /^[0-9]{1,12}$/;
const STANDARD = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;
const MOST_SIGNATURES = 16;
const TOLERANCE_SECONDS = 300;

/** Headers as Node, Express, Fastify or `fetch` give them. */
export type WebhookHeaders =
  Readonly<Record<string, string | readonly string[] | undefined>> | { get(name: string): string | null };

/** One secret, or several: what verifies with any of them is genuine, so a new one can be added before the sender changes. */
export type WebhookSecrets = string | readonly string[];

/** What a receiver believes. */
export interface VerifyOptions {
  /** `whsec_…`, `whpk_…`, or any other text: exactly as the sender has it. */
  readonly secrets: WebhookSecrets;

  /** How far the time of a Standard Webhooks message may be from now, both ways, in seconds. @default 300 */
  readonly toleranceSeconds?: number;

  /**
   * Refuses what is signed by `X-Webhook-Signature` alone, which carries no time: whoever saw such a request can send it
   * again at any time. A `whpk_` key never verifies one. @default false
   */
  readonly standardOnly?: boolean;

  /** Time, for tests. @default systemClock */
  readonly clock?: Clock;
}

/** Why a request is not believed. `too-old` and `too-new` are told of requests that are signed. */
export const webhookRefusals = [
  'unsigned',
  'malformed',
  'signature',
  'too-old',
  'too-new',
  'payload',
] as const;
export type WebhookRefusal = (typeof webhookRefusals)[number];

/** `id` is the one that was signed; undefined where the signature is over the body alone. */
export type Verdict =
  | { readonly kind: 'genuine'; readonly id: string | undefined }
  | { readonly kind: 'refused'; readonly reason: WebhookRefusal };

/**
 * Whether a request was signed with one of these secrets, compared in constant time. `signed` is the headers, or the value
 * of `X-Webhook-Signature` alone.
 *
 * Where there are headers of Standard Webhooks they have to be right: nothing falls back to `X-Webhook-Signature`. Give it
 * the body as it arrived: parsed JSON never verifies. Whatever a sender controls makes it answer false, not throw; only a
 * secret that is none throws, with OPTIONS_INVALID. A genuine request can be sent again by whoever saw it: remember the
 * `id` in the body and skip those already seen, or let `webhookReceiver` do it.
 */
export function verifyWebhook(
  rawBody: string | Uint8Array,
  signed: WebhookHeaders | string | undefined,
  secrets: WebhookSecrets | VerifyOptions,
): boolean {
  return judgeWebhook(rawBody, signed, isOptions(secrets) ? secrets : { secrets }).kind === 'genuine';
}

/** As `verifyWebhook`, with the reason. */
export function judgeWebhook(
  rawBody: string | Uint8Array,
  signed: WebhookHeaders | string | undefined,
  options: VerifyOptions,
): Verdict {
  const secrets = secretsOf(options.secrets);
  if (typeof rawBody !== 'string' && !(rawBody instanceof Uint8Array)) return refused('malformed');
  if (!isHeaders(signed)) return judgeBody(rawBody, signed, { ...options, secrets });
  const [id, seconds, signatures] = STANDARD.map((name) => headerOf(signed, name));
  if (id === undefined && seconds === undefined && signatures === undefined)
    return judgeBody(rawBody, headerOf(signed, 'x-webhook-signature'), { ...options, secrets });
  if (typeof id !== 'string' || typeof seconds !== 'string' || typeof signatures !== 'string')
    return refused('malformed');
  return judgeStandard({ rawBody, id, seconds, signatures }, { ...options, secrets });
}

interface Asked extends VerifyOptions {
  readonly secrets: readonly string[];
}

function judgeStandard(
  given: {
    readonly rawBody: string | Uint8Array;
    readonly id: string;
    readonly seconds: string;
    readonly signatures: string;
  },
  { secrets, toleranceSeconds = TOLERANCE_SECONDS, clock = systemClock }: Asked,
): Verdict {
  const { rawBody, id, seconds, signatures } = given;
  if (id === '' || !SECONDS.test(seconds)) return refused('malformed');
  const bytes = signedBytes(id, seconds, rawBody);
  const claimed = signatures.split(' ').slice(0, MOST_SIGNATURES);
  if (!secrets.some((secret) => isSigned(bytes, claimed, secret))) return refused('signature');
  const age = Math.floor(clock.now() / 1_000) - Number(seconds);
  if (age > toleranceSeconds) return refused('too-old');
  return age < -toleranceSeconds ? refused('too-new') : { kind: 'genuine', id };
}

function isSigned(bytes: Buffer, claimed: readonly string[], secret: string): boolean {
  const read = keyOf(secret);
  const version = read.kind === 'shared' ? 'v1,' : 'v1a,';
  const signatures = claimed
    .filter((signature) => signature.startsWith(version))
    .map((signature) => Buffer.from(signature.slice(version.length), 'base64'));
  if (read.kind === 'public') return signatures.some((one) => verifyWith(null, bytes, read.key, one));
  if (read.kind === 'private')
    throw new ToriiError('OPTIONS_INVALID', 'expected the public key `whpk_…` of a private one');
  const expected = createHmac('sha256', read.key).update(bytes).digest();
  return signatures.some((one) => one.length === expected.length && timingSafeEqual(one, expected));
}

function judgeBody(
  rawBody: string | Uint8Array,
  signature: unknown,
  { secrets, standardOnly = false }: Asked,
): Verdict {
  // INVARIANT: a public key verifies and never signs. As text it is known to everybody, who could sign with that.
  const shared = secrets.filter((secret) => keyOf(secret).kind === 'shared');
  if (signature === undefined || standardOnly || shared.length === 0) return refused('unsigned');
  const claimed = typeof signature === 'string' ? LEGACY.exec(signature)?.[1] : undefined;
  if (claimed === undefined) return refused('malformed');
  const bytes = Buffer.from(claimed, 'hex');
  const genuine = shared.some((secret) => timingSafeEqual(bytes, bodyDigest(rawBody, secret)));
  return genuine ? { kind: 'genuine', id: undefined } : refused('signature');
}

/** Reads every secret, so that a mistake is told at the first request, whatever it holds. */
function secretsOf(secrets: WebhookSecrets): readonly string[] {
  const read = typeof secrets === 'string' ? [secrets] : isList(secrets) ? secrets : [];
  if (read.length === 0) throw new ToriiError('OPTIONS_INVALID', 'expected a webhook secret, got none');
  for (const secret of read) keyOf(secret);
  return read;
}

/** Callers without types give anything, such as the variable of an environment that is not set. */
function isList(secrets: unknown): secrets is readonly string[] {
  return Array.isArray(secrets);
}

function isOptions(secrets: WebhookSecrets | VerifyOptions): secrets is VerifyOptions {
  return typeof secrets === 'object' && secrets !== null && 'secrets' in secrets;
}

function isHeaders(signed: unknown): signed is WebhookHeaders {
  return typeof signed === 'object' && signed !== null && !Array.isArray(signed);
}

/** A header whatever the case of its name; a list where it came more than once. */
function headerOf(headers: WebhookHeaders, name: string): string | readonly string[] | undefined {
  if (isFetchHeaders(headers)) return headers.get(name) ?? undefined;
  const key = Object.keys(headers).find((given) => given.toLowerCase() === name);
  return key === undefined ? undefined : headers[key];
}

function isFetchHeaders(headers: WebhookHeaders): headers is { get(name: string): string | null } {
  return typeof headers.get === 'function';
}

function refused(reason: WebhookRefusal): Verdict {
  return { kind: 'refused', reason };
}
