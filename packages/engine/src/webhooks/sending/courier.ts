import type { Egress } from '../../egress/index.ts';
import type { Clock } from '../../nouns/clock.ts';
import type { Delivery } from '../../nouns/outbox.ts';
import type { Random } from '../../nouns/random.ts';
import type { Store } from '../../nouns/store.ts';
import { readEndpoints, type Endpoint, type WebhookEndpoint } from '../endpoints/endpoint.ts';
import { Registry } from '../endpoints/registry.ts';
import { type Report, safely } from '../problem.ts';
import { fanOut, placeOf } from './fan-out.ts';
import { type Pinged, type Sent, Sending } from './sending.ts';

/** What a courier works with. */
export interface CourierOptions {
  /** Those of the options, which hear of all tenants. The others are in the stores. */
  readonly endpoints: readonly WebhookEndpoint[];
  readonly egress: Egress;
  readonly clock: Clock;
  readonly random: Random;

  /** Told of every failed try as a `WebhookError`. @default nobody is told */
  readonly onError?: (error: Error) => void | Promise<void>;
}

/**
 * Delivers what the journals record, at least once: a try counts only when the store has recorded it, so a crash in
 * between repeats it with the same id and the same bytes. It has no timers of its own: others say when. Every method
 * rejects with what a store rejects with, and may be called again.
 */
export interface Courier {
  /** Ids of the endpoints of the options. */
  readonly fixed: readonly string[];

  /**
   * Writes down where endpoints begin that this store has never seen, so that not even a crash before the first look
   * loses an event. Await it after `engine.started` is recorded and before the first call. Those in `heard` were there
   * before this journal began, and hear of it from its beginning.
   */
  enroll(store: Store, heard: ReadonlySet<string>): Promise<void>;

  /** Turns what the journal of the store recorded into deliveries; answers what was queued. */
  fanOut(store: Store, signal: AbortSignal): Promise<readonly Delivery[]>;

  /** Makes one try of a delivery, if it is still queued and due. */
  send(store: Store, deliveryId: string, signal: AbortSignal): Promise<Sent>;

  /** Sends an endpoint a test, which is neither queued nor counted. Undefined for an endpoint that there is not. */
  ping(store: Store, endpointId: string): Promise<Pinged | undefined>;

  /** The endpoints of a store by id, as far as this process knows them. */
  endpoints(store: Store): Promise<ReadonlyMap<string, Endpoint>>;

  /** Somebody changed an endpoint of this store: what is known of them is read anew. */
  changed(store: Store): void;

  /** Aborts requests under way, which stay queued, waits until they have stopped, and ends connections. Safe to repeat. */
  close(): Promise<void>;
}

/** Makes a courier. Throws OPTIONS_INVALID for endpoints that are not valid. */
export function createCourier({ onError, ...options }: CourierOptions): Courier {
  const fixed = readEndpoints(options.endpoints, (url) => options.egress.refusalOf(url));
  const registry = new Registry(fixed, options.clock);
  const report = safely(onError);
  const sending = new Sending({ ...options, registry, report });
  return new StoreCourier({ registry, report, sending, egress: options.egress });
}

interface Parts {
  readonly registry: Registry;
  readonly report: Report;
  readonly sending: Sending;
  readonly egress: Egress;
}

class StoreCourier implements Courier {
  readonly #registry: Registry;
  readonly #report: Report;
  readonly #sending: Sending;
  readonly #egress: Egress;
  readonly #heard = new WeakMap<Store, ReadonlySet<string>>();

  /** One look at a store at a time: two would build the same deliveries. */
  readonly #turns = new WeakMap<Store, Promise<unknown>>();
  readonly #underWay = new Set<Promise<unknown>>();

  /** Stop what is under way. */
  readonly #stops = new Set<() => void>();
  #closed = false;

  constructor({ registry, report, sending, egress }: Parts) {
    this.#registry = registry;
    this.#report = report;
    this.#sending = sending;
    this.#egress = egress;
  }

  get fixed(): readonly string[] {
    return this.#registry.fixed;
  }

  enroll(store: Store, heard: ReadonlySet<string>): Promise<void> {
    this.#heard.set(store, heard);
    return this.#inTurn(store, async () => {
      for (const endpoint of (await this.#registry.of(store)).values()) await this.#placeOf(store, endpoint);
    });
  }

  fanOut(store: Store, signal: AbortSignal): Promise<readonly Delivery[]> {
    return this.#inTurn(store, () =>
      this.#until(signal, async (either) => {
        const queued: Delivery[] = [];
        for (const endpoint of (await this.#registry.of(store)).values()) {
          if (either.aborted) break;
          const afterSeq = await this.#placeOf(store, endpoint);
          const watch = { report: this.#report, signal: either };
          queued.push(...(await fanOut(store, endpoint, { afterSeq, ...watch })));
        }
        return queued;
      }),
    );
  }

  send(store: Store, deliveryId: string, signal: AbortSignal): Promise<Sent> {
    const send = (either: AbortSignal): Promise<Sent> => this.#sending.send(store, deliveryId, either);
    return this.#tracked(this.#until(signal, send));
  }

  ping(store: Store, endpointId: string): Promise<Pinged | undefined> {
    const { signal } = new AbortController();
    return this.#tracked(this.#until(signal, (either) => this.#sending.ping(store, endpointId, either)));
  }

  endpoints(store: Store): Promise<ReadonlyMap<string, Endpoint>> {
    return this.#registry.of(store);
  }

  changed(store: Store): void {
    this.#registry.changed(store);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const stop of this.#stops) stop();
    await Promise.allSettled(this.#underWay);
    this.#egress.close();
  }

  #placeOf(store: Store, endpoint: Endpoint): Promise<number> {
    return placeOf(store, endpoint, this.#heard.get(store)?.has(endpoint.id) ?? false);
  }

  /** Work that ends with the given signal, or when the courier closes. */
  async #until<T>(signal: AbortSignal, work: (either: AbortSignal) => Promise<T>): Promise<T> {
    // `AbortSignal.any` would keep a little of every request for as long as the courier lives.
    const either = new AbortController();
    const abort = (): void => either.abort();
    if (this.#closed || signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    this.#stops.add(abort);
    try {
      return await work(either.signal);
    } finally {
      signal.removeEventListener('abort', abort);
      this.#stops.delete(abort);
    }
  }

  #inTurn<T>(store: Store, step: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(store) ?? Promise.resolve();
    const answer = before.then(step);
    this.#turns.set(
      store,
      answer.catch(() => undefined),
    );
    return this.#tracked(answer);
  }

  #tracked<T>(work: Promise<T>): Promise<T> {
    this.#underWay.add(work);
    const over = (): void => void this.#underWay.delete(work);
    work.then(over, over);
    return work;
  }
}
