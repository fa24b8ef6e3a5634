import type { DeliveryPlace, DeliveryRecord, DeliveryState } from './outbox.ts';
import type { OfTenant } from './operator.ts';
import type { ChangedBy } from './policies.ts';

/** An endpoint by its id, with its tenant where every tenant has a store of its own. */
export interface EndpointName extends OfTenant {
  readonly id: string;
}

/** An endpoint as operators see it. Never with a secret. */
export interface EndpointStatus {
  readonly id: string;

  /** Where it is sent to. Its path may hold a token: show `host` to whoever need not know it. */
  readonly url: string;
  readonly host: string;
  readonly events: readonly string[];

  /** Whether it comes from the options of the engine: then only its state can be changed here. */
  readonly fixed: boolean;
  readonly state: 'active' | 'disabled';

  /** Why it is disabled, for people. */
  readonly reason?: string;

  /** When the failures began that no success has ended, milliseconds since 1970. */
  readonly failingSince?: number;

  /** When the secret before the current one stops signing, milliseconds since 1970; absent where there is only one. */
  readonly previousSecretUntil?: number;
}

/** An endpoint and the secret that was just made for it. Nobody is told the secret again. */
export interface EndpointWithSecret {
  readonly endpoint: EndpointStatus;

  /** `whsec_` and base64; undefined where the endpoint keeps the one it has. */
  readonly secret: string | undefined;
}

/** What an endpoint is to be. */
export interface EndpointSettings extends OfTenant {
  /** Letters, digits and `_.-`, at most 64. One that exists is changed. @default a new one */
  readonly id?: string;

  /** As in the options of the engine: `https:` to a public address, or what `egress.allow` names. */
  readonly url: string;

  /** @default everything about approvals */
  readonly events?: readonly string[];
}

/** What a test of an endpoint came to. What the endpoint says is not told. */
export interface PingAnswer {
  /** Whether it answered 200 to 299. */
  readonly ok: boolean;
  readonly status: number | undefined;

  /** Why it is not ok, without its URL. */
  readonly reason: string | undefined;
  readonly durationMs: number;
}

/** Deliveries by their ids, or all of an endpoint that were queued from a time on and before another one. */
export type Replay = OfTenant &
  (
    | { readonly ids: readonly string[] }
    | {
        readonly endpoint: string;

        /** Milliseconds since 1970. */
        readonly fromMs: number;
        readonly untilMs: number;

        /** @default ['gave-up'] */
        readonly states?: readonly Exclude<DeliveryState, 'queued'>[];
      }
  );

/**
 * Who is told, and what became of it. Methods throw OPTIONS_INVALID for what is no endpoint or no author, and reject with
 * STORE_UNAVAILABLE when the store cannot answer. Without a `tenant` they are about the store as opened. Every change is
 * an entry of the journal, without secrets, and with the host of the URL alone.
 */
export interface Webhooks {
  readonly endpoints: {
    /** By id, those of the options too. */
    list(query?: OfTenant): Promise<readonly EndpointStatus[]>;

    /** Makes an endpoint with a secret of its own, which hears of what happens from now on, or changes one. */
    save(settings: EndpointSettings, by: ChangedBy): Promise<EndpointWithSecret>;

    /**
     * Gives an endpoint another secret; the one before signs too for `overlapMs`, by default a day. Undefined for one that
     * there is not, and for one of the options.
     */
    rotate(
      endpoint: EndpointName & { readonly overlapMs?: number },
      by: ChangedBy,
    ): Promise<EndpointWithSecret | undefined>;

    /** Sends to it again. What became a dead letter meanwhile waits for `replay`. Answers whether it was disabled. */
    enable(endpoint: EndpointName, by: ChangedBy): Promise<boolean>;

    /** What is due for it becomes a dead letter from now on. Answers whether it was active. */
    disable(endpoint: EndpointName, by: ChangedBy): Promise<boolean>;

    /** Forgets its URL and secrets. Answers whether it was there; one of the options stays. */
    remove(endpoint: EndpointName, by: ChangedBy): Promise<boolean>;
  };

  /** Sends a signed request of the event `ping` now. Undefined for an endpoint that there is not. */
  ping(endpoint: EndpointName): Promise<PingAnswer | undefined>;

  /** The latest first, at most 100. */
  deliveries(
    query?: OfTenant & {
      readonly endpoint?: string;
      readonly state?: DeliveryState;

      /** Queued at this time or later, and before that one: milliseconds since 1970. */
      readonly fromMs?: number;
      readonly untilMs?: number;
      readonly limit?: number;

      /** Only what is listed after this one: the last of the page before. */
      readonly after?: DeliveryPlace;
    },
  ): Promise<readonly DeliveryRecord[]>;

  /** One delivery with its log. */
  delivery(delivery: OfTenant & { readonly id: string }): Promise<DeliveryRecord | undefined>;

  /** Queues deliveries again that are over: same id, same bytes. Answers the ids of those that were queued. */
  replay(which: Replay, by: ChangedBy): Promise<readonly string[]>;
}
