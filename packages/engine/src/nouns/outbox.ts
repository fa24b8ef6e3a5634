import type { EntryType, Event } from './entry.ts';

/** A message to one endpoint. The bytes are fixed when it is queued; every try sends the same. */
export interface Delivery {
  /** The same on every try. */
  readonly id: string;
  readonly endpoint: string;
  readonly event: EntryType | 'ping';
  readonly body: string;

  /** Tries since it was queued, or queued again. */
  readonly attempts: number;

  /** When to try next, milliseconds since 1970. */
  readonly dueAt: number;
}

/** What one try came to. */
export interface Try {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly durationMs: number;

  /** The status that the endpoint answered with; undefined where it did not answer. */
  readonly status: number | undefined;

  /** Why it does not count, never with a URL or a secret in it; undefined for the one that counted. */
  readonly reason: string | undefined;
}

/** `gave-up`: a dead letter, until somebody replays it. */
export const deliveryStates = ['queued', 'delivered', 'gave-up'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/** A delivery and its log. */
export interface DeliveryRecord extends Delivery {
  readonly state: DeliveryState;

  /** When it was queued first, milliseconds since 1970. */
  readonly queuedAt: number;

  /** The last tries, at most twelve, the newest last. */
  readonly tries: readonly Try[];
}

/** Where a page of deliveries ended: they are listed by when they were queued, then by id, the latest first. */
export type DeliveryPlace = Pick<DeliveryRecord, 'queuedAt' | 'id'>;

/** Which deliveries are asked for. Every part that is named has to hold. */
export interface DeliveryQuery {
  readonly endpoint?: string;
  readonly state?: DeliveryState;

  /** Queued at this time or later, and before that one: milliseconds since 1970. */
  readonly fromMs?: number;
  readonly untilMs?: number;
  readonly limit: number;

  /** Only what is listed after this. */
  readonly after?: DeliveryPlace;
}

/** A secret that signs until it is replaced, or for a while after that. */
export interface EndpointSecret {
  readonly value: string;

  /** When it stops signing, milliseconds since 1970; undefined for the current one. */
  readonly untilMs?: number;
}

/** What the store knows of an endpoint. */
export interface EndpointRecord {
  readonly id: string;

  /** Where it was made at run time. Absent for an endpoint of the options, of which only the rest is kept. */
  readonly settings?: {
    readonly url: string;
    readonly events: readonly string[];

    /** The current one first, at most two. */
    readonly secrets: readonly EndpointSecret[];
  };

  readonly state: 'active' | 'disabled' | 'removed';

  /** Why it is disabled, for people. */
  readonly reason?: string;

  /** When the failures began that no success has ended, milliseconds since 1970. */
  readonly failingSince?: number;

  /** One more with every change: two who change it at once do not undo each other. */
  readonly revision: number;
}

/** How a try ended, for the queue. */
export type Finish = { readonly tried: Try } & (
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly dueAt: number }
  | { readonly kind: 'gave-up' }
);

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

  /** Records what a try of a queued delivery came to; of any other it changes nothing. */
  finish(deliveryId: string, result: Finish): Promise<void>;

  /**
   * One delivery with its log. What was delivered is known for 72 hours after it, a dead letter for 30 days; then it may
   * be forgotten.
   */
  delivery(deliveryId: string): Promise<DeliveryRecord | undefined>;

  /** The latest first: by when they were queued first, then by id. */
  deliveries(query: DeliveryQuery): Promise<readonly DeliveryRecord[]>;

  /**
   * Queues deliveries again that were delivered or given up: same id, same bytes, tries counted anew, the log goes on.
   * One that is queued, or not known, is left out. Answers those that were queued.
   */
  requeue(deliveryIds: readonly string[], dueAt: number): Promise<readonly Delivery[]>;

  /** Every endpoint that something is known of, removed ones too, in the order of their ids. */
  endpoints(): Promise<readonly EndpointRecord[]>;

  /**
   * Keeps an endpoint and writes the events of the change, if `revision` is one more than that of the record that is
   * kept (1 for a new one). Answers whether it was.
   */
  putEndpoint(endpoint: EndpointRecord, events: readonly Event[]): Promise<boolean>;
}
