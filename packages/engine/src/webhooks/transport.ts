import type { Clock } from '../nouns/clock.ts';
import type { Delivery } from '../nouns/outbox.ts';
import type { Endpoint } from './endpoint.ts';
import { signWebhook } from './signature.ts';

/** How long an endpoint may take to answer, in milliseconds. */
export const ANSWER_TIMEOUT_MS = 15_000;

/** What one try came to. `stopped` says nothing of the endpoint: we closed. */
export type Answer =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'failed'; readonly reason: string; readonly retryAfterMs?: number }
  | { readonly kind: 'gone'; readonly reason: string }
  | { readonly kind: 'stopped' };

/** Sends one request. Never rejects. */
export interface Transport {
  post(endpoint: Endpoint, delivery: Delivery): Promise<Answer>;

  /** Aborts every request under way; later ones are not sent. */
  close(): void;
}

const SECONDS = /^[0-9]{1,9}$/;

/** Posts through `fetch`: redirects are not followed and the body of the answer is not read. */
export function httpTransport(fetch: typeof globalThis.fetch, clock: Clock): Transport {
  const underWay = new Set<AbortController>();
  let closed = false;
  return {
    async post(endpoint, delivery) {
      if (closed) return { kind: 'stopped' };
      const controller = new AbortController();
      const cancelTimeout = clock.after(ANSWER_TIMEOUT_MS, () => controller.abort());
      underWay.add(controller);
      try {
        const { signal } = controller;
        const response = await fetch(endpoint.url, { ...requestOf(endpoint, delivery, clock), signal });
        response.body?.cancel().catch(() => undefined);
        return answerOf(response);
      } catch (error) {
        if (closed) return { kind: 'stopped' };
        return { kind: 'failed', reason: controller.signal.aborted ? 'no answer in time' : reasonOf(error) };
      } finally {
        cancelTimeout();
        underWay.delete(controller);
      }
    },
    close() {
      closed = true;
      for (const controller of underWay) controller.abort();
    },
  };
}

function requestOf(endpoint: Endpoint, delivery: Delivery, clock: Clock) {
  return {
    method: 'POST',
    redirect: 'manual',
    body: delivery.body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'torii-webhooks',
      'x-webhook-id': delivery.id,
      'x-webhook-event': delivery.event,
      'x-webhook-timestamp': new Date(clock.now()).toISOString(),
      'x-webhook-signature': signWebhook(delivery.body, endpoint.secret),
    },
  } as const;
}

function answerOf({ status, headers }: Response): Answer {
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  const reason = `answered ${status}`;
  if (status === 410) return { kind: 'gone', reason };
  const retryAfter = headers.get('retry-after') ?? '';
  return SECONDS.test(retryAfter)
    ? { kind: 'failed', reason, retryAfterMs: Number(retryAfter) * 1_000 }
    : { kind: 'failed', reason };
}

/** A short code: the message of a network error may quote the URL, which may hold a token. */
function reasonOf(error: unknown): string {
  const { cause, code } = (error ?? {}) as { cause?: { code?: unknown }; code?: unknown };
  const short = cause?.code ?? code;
  return typeof short === 'string' ? `could not be reached: ${short}` : 'could not be reached';
}
