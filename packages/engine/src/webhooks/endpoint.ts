import { z } from 'zod';
import { sha256 } from '../nouns/digest.ts';
import type { EntryType } from '../nouns/entry.ts';
import { ToriiError } from '../nouns/errors.ts';

/** What an endpoint can be told of. */
export const webhookEvents = [
  'approval.created',
  'approval.decision_submitted',
  'approval.approved',
  'approval.denied',
  'approval.expired',
  'approval.cancelled',
] as const satisfies readonly EntryType[];

export type WebhookEvent = (typeof webhookEvents)[number];

/** Where events are sent. */
export interface WebhookEndpoint {
  /** `https:`, or `http:` to this machine (127.0.0.0/8, `[::1]`, `localhost`). Without user name and password. */
  readonly url: string;

  /** Signs every request; at least 16 characters. */
  readonly secret: string;

  /** Events to send. @default all of them */
  readonly events?: readonly WebhookEvent[];

  /** Names the endpoint in the store. Set it to move to another URL without losing the place. @default a hash of `url` */
  readonly id?: string;
}

/** An endpoint as validated, with its defaults filled in. */
export interface Endpoint {
  readonly id: string;
  readonly url: string;
  readonly secret: string;
  readonly events: ReadonlySet<EntryType>;
}

const LOOPBACK = /^(?:127(?:\.[0-9]{1,3}){3}|\[::1\]|localhost)$/;
const ID = /^[A-Za-z0-9_.-]{1,64}$/;

const endpointSchema = z.strictObject({
  url: z
    .string()
    .refine(isSendable, 'expected an `https:` URL, or `http:` to this machine, without user name'),
  secret: z.string().min(16, 'expected a secret of at least 16 characters'),
  events: z.array(z.enum(webhookEvents)).min(1, 'expected at least one event').optional(),
  id: z.string().regex(ID, 'expected 1 to 64 letters, digits or `_.-`').optional(),
});

/** Validates endpoints once. Throws OPTIONS_INVALID for the first mistake, without quoting secrets or URLs. */
export function readEndpoints(endpoints: readonly WebhookEndpoint[]): readonly Endpoint[] {
  const parsed = z.array(endpointSchema).safeParse(endpoints);
  if (!parsed.success) throw invalid(parsed.error);
  const read = parsed.data.map(fillIn);
  const ids = new Set<string>();
  for (const { id } of read) {
    if (ids.has(id)) throw new ToriiError('OPTIONS_INVALID', `two webhook endpoints have the id \`${id}\``);
    ids.add(id);
  }
  return read;
}

function fillIn({ url, secret, events = [...webhookEvents], id }: z.infer<typeof endpointSchema>): Endpoint {
  const { href } = new URL(url);
  return { id: id ?? `endpoint_${sha256(href).slice(0, 16)}`, url: href, secret, events: new Set(events) };
}

function isSendable(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
}

function invalid(error: z.ZodError): ToriiError {
  const issue = error.issues[0];
  const where = ['webhooks', ...(issue?.path ?? [])].map(String).join('.');
  return new ToriiError('OPTIONS_INVALID', `\`${where}\`: ${issue?.message ?? 'expected webhook endpoints'}`);
}
