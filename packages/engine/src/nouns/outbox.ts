import type { EntryType } from './entry.ts';

/** A message to one endpoint. The bytes are fixed when it is queued; every try sends the same. */
export interface Delivery {
  /** The same on every try. */
  readonly id: string;
  readonly endpoint: string;
  readonly event: EntryType;
  readonly body: string;
  readonly attempts: number;

  /** When to try next, milliseconds since 1970. */
  readonly dueAt: number;
}

/** The durable queue of webhooks: the journal is the source, each endpoint has a cursor into it. */
export interface Outbox {
  /** How far the journal was turned into deliveries for an endpoint. 0 for one never seen. */
  cursor(endpoint: string): Promise<number>;

  /** Queues deliveries and moves the endpoint's cursor in one step. A delivery id that is known is not queued again. */
  enqueue(endpoint: string, cursor: number, deliveries: readonly Delivery[]): Promise<void>;

  /** Deliveries that are due and neither delivered nor given up, the longest due first. */
  due(limit: number): Promise<readonly Delivery[]>;

  /** When the next delivery is due, or undefined when none is queued. */
  nextDue(): Promise<number | undefined>;

  /** Records what a try came to. */
  finish(
    deliveryId: string,
    result:
      | { readonly kind: 'delivered' }
      | { readonly kind: 'retry'; readonly dueAt: number }
      | { readonly kind: 'gave-up' },
  ): Promise<void>;
}
