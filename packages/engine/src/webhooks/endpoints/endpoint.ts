import { z } from 'zod';
import { sha256 } from '../../nouns/digest.ts';
import { ToriiError } from '../../nouns/errors.ts';
import type { EndpointRecord, EndpointSecret } from '../../nouns/outbox.ts';
import { approvalEvents, isWebhookEvent, type WebhookEvent, webhookEvents } from '../events.ts';
import { keyOf } from '../signing/secret.ts';

/** Where events are sent. */
export interface WebhookEndpoint {
  /** `https:`, at port 443 or 8443 of a public address; anything else only where `egress.allow` names it. */
  readonly url: string;

  /**
   * Signs every request; at least 16 characters. `whsec_…` and `whsk_…` are keys of Standard Webhooks. Two while it is
   * replaced: the current one, then the one before.
   */
  readonly secret: string | readonly [current: string, previous: string];

  /** Events to send. @default everything about approvals */
  readonly events?: readonly WebhookEvent[];

  /** Names the endpoint in the store. Set it to move to another URL without losing the place. @default a hash of `url` */
  readonly id?: string;
}

/** An endpoint as it is sent to now. */
export interface Endpoint {
  readonly id: string;
  readonly url: string;

  /** The current one first. */
  readonly secrets: readonly EndpointSecret[];
  readonly events: ReadonlySet<string>;

  /** Whether it comes from the options: then it hears of all tenants. */
  readonly fixed: boolean;

  /** What the store knows of it; undefined where it knows nothing yet. */
  readonly record: EndpointRecord | undefined;
}

const ID = /^[A-Za-z0-9_.-]{1,64}$/;
const SHORTEST_SECRET = 16;

const secret = z
  .string()
  .min(SHORTEST_SECRET, `expected a secret of at least ${SHORTEST_SECRET} characters`)
  .refine(
    canSign,
    'expected a secret that can sign: after `whsec_` at least 24 bytes in base64, after `whsk_` 32',
  );

/** The parts of an endpoint that operators choose too. */
const settings = {
  url: z.string(),
  events: z
    .array(z.enum(webhookEvents, `expected events such as \`${webhookEvents[0]}\``))
    .min(1, 'expected at least one event')
    .optional(),
  id: z.string().regex(ID, 'expected 1 to 64 letters, digits or `_.-`').optional(),
};
const settingsSchema = z.strictObject(settings);
const endpointSchema = z.strictObject({ ...settings, secret: z.union([secret, z.tuple([secret, secret])]) });

/** Says why a URL is never sent to; undefined where it may be. */
export type RefusalOf = (url: string) => string | undefined;

/** Validates endpoints once. Throws OPTIONS_INVALID for the first mistake, without quoting secrets or URLs. */
export function readEndpoints(
  endpoints: readonly WebhookEndpoint[],
  refusalOf: RefusalOf,
): readonly Endpoint[] {
  const parsed = z.array(endpointSchema).safeParse(endpoints);
  if (!parsed.success) throw mistake(parsed.error, ['webhooks']);
  const read = parsed.data.map((endpoint, index) => fixedEndpoint(endpoint, refusalOf, index));
  const ids = new Set<string>();
  for (const { id } of read) {
    if (ids.has(id)) throw new ToriiError('OPTIONS_INVALID', `two webhook endpoints have the id \`${id}\``);
    ids.add(id);
  }
  return read;
}

/** What an operator chose for an endpoint, with defaults filled in. Throws OPTIONS_INVALID as `readEndpoints` does. */
export function readSettings(
  given: { readonly url: string; readonly events?: readonly string[]; readonly id?: string },
  refusalOf: RefusalOf,
): { readonly url: string; readonly events: readonly WebhookEvent[]; readonly id: string | undefined } {
  const parsed = settingsSchema.safeParse(given);
  if (!parsed.success) throw mistake(parsed.error, ['endpoint']);
  const { url, events = [...approvalEvents], id } = parsed.data;
  return { url: sendable(url, refusalOf, 'endpoint.url'), events, id };
}

/** The endpoint of a record that was made at run time; undefined for one that only has a state. */
export function storedEndpoint(record: EndpointRecord): Endpoint | undefined {
  if (record.settings === undefined) return undefined;
  const { url, events, secrets } = record.settings;
  const known = events.filter((event) => isWebhookEvent(event));
  return { id: record.id, url, secrets, events: new Set(known), fixed: false, record };
}

/** Those that sign at this time, the current one first. */
export function activeSecrets({ secrets }: Pick<Endpoint, 'secrets'>, nowMs: number): readonly string[] {
  return secrets.filter(({ untilMs = Infinity }) => nowMs < untilMs).map(({ value }) => value);
}

/** The host of an endpoint, for the journal: the rest of its URL may hold a token. */
export function hostIn(url: string): string {
  return URL.canParse(url) ? new URL(url).host : '';
}

function fixedEndpoint(
  { url, secret: secrets, events = [...approvalEvents], id }: z.infer<typeof endpointSchema>,
  refusalOf: RefusalOf,
  index: number,
): Endpoint {
  const href = sendable(url, refusalOf, `webhooks.${index}.url`);
  const values = typeof secrets === 'string' ? [secrets] : secrets;
  return {
    id: id ?? `endpoint_${sha256(href).slice(0, 16)}`,
    url: href,
    secrets: values.map((value) => ({ value })),
    events: new Set(events),
    fixed: true,
    record: undefined,
  };
}

function sendable(url: string, refusalOf: RefusalOf, where: string): string {
  const reason = refusalOf(url);
  if (reason === undefined) return new URL(url).href;
  const hint = /^https?:/i.test(url) ? '; name its host in `egress.allow` where that is meant' : '';
  throw new ToriiError('OPTIONS_INVALID', `\`${where}\`: ${reason}${hint}`);
}

function canSign(text: string): boolean {
  try {
    return keyOf(text).kind !== 'public';
  } catch {
    return false;
  }
}

function mistake(error: z.ZodError, root: readonly string[]): ToriiError {
  const issue = error.issues[0];
  // Of a union, what is wrong with the simplest reading.
  const inner = issue?.code === 'invalid_union' ? issue.errors[0]?.[0] : undefined;
  const where = [...root, ...(issue?.path ?? []), ...(inner?.path ?? [])].map(String).join('.');
  const message = inner?.message ?? issue?.message ?? 'expected webhook endpoints';
  return new ToriiError('OPTIONS_INVALID', `\`${where}\`: ${message}`);
}
