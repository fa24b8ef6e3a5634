import { z } from 'zod';
import type { WebhookPayload } from '../message.ts';
import { memorySeen, type SeenMessages } from './seen.ts';
import { judgeWebhook, type VerifyOptions, type WebhookHeaders, type WebhookRefusal } from './verify.ts';

/** A request as it arrived. */
export interface WebhookRequest {
  readonly headers: WebhookHeaders;

  /** The bytes as they came, before anything parsed them. */
  readonly rawBody: string | Uint8Array;
}

/** What a receiver does with a request. Answer `accepted` and `repeated` with 204, `refused` with 401. */
export type WebhookReceipt =
  | {
      readonly kind: 'accepted';
      readonly payload: WebhookPayload;

      /** Forgets that it was accepted: call it where dealing with it failed, and answer with 500 to be sent it again. */
      forget(): Promise<void>;
    }
  /** It was accepted before. */
  | { readonly kind: 'repeated'; readonly id: string }
  | { readonly kind: 'refused'; readonly reason: WebhookRefusal };

export interface ReceiverOptions extends VerifyOptions {
  /** Which messages were accepted. @default memorySeen() */
  readonly seen?: SeenMessages;
}

/** What stands in every message, whatever it tells. */
const inEvery = z.object({
  id: z.string().min(1),
  type: z.string(),
  event: z.string(),
  timestamp: z.string(),
});
const payloadSchema = z.custom<WebhookPayload>((value) => inEvery.safeParse(value).success);

/**
 * Receives messages of Torii: what is genuine and new is accepted, once. Throws OPTIONS_INVALID for secrets that are
 * none. The function rejects where `seen` does; then the request is not accepted.
 */
export function webhookReceiver({
  seen,
  ...options
}: ReceiverOptions): (request: WebhookRequest) => Promise<WebhookReceipt> {
  judgeWebhook('', {}, options);
  const known = seen ?? memorySeen(options.clock === undefined ? {} : { clock: options.clock });
  return async ({ headers, rawBody }) => {
    const verdict = judgeWebhook(rawBody, headers, options);
    if (verdict.kind === 'refused') return verdict;
    const payload = payloadOf(rawBody);
    // Without headers that are signed the id in the body counts, which always is; so nobody can rename a message.
    if (payload === undefined || (verdict.id !== undefined && verdict.id !== payload.id))
      return { kind: 'refused', reason: 'payload' };
    const { id } = payload;
    if (!(await known.add(id))) return { kind: 'repeated', id };
    return { kind: 'accepted', payload, forget: async () => known.remove(id) };
  };
}

function payloadOf(rawBody: string | Uint8Array): WebhookPayload | undefined {
  try {
    const text = typeof rawBody === 'string' ? rawBody : Buffer.from(rawBody).toString('utf8');
    return payloadSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
