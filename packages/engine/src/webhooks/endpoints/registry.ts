import type { Clock } from '../../nouns/clock.ts';
import type { EndpointRecord, Outbox } from '../../nouns/outbox.ts';
import { type Endpoint, storedEndpoint } from './endpoint.ts';

/** How long another process may go on with what it knows of the endpoints, in milliseconds. */
export const STALE_MS = 3_000;

type EndpointStore = Pick<Outbox, 'endpoints'>;

interface Known {
  readonly readAt: number;
  readonly endpoints: Promise<ReadonlyMap<string, Endpoint>>;
}

/**
 * The endpoints of each store: those of the options and those that were made at run time. Read anew when this process
 * changed one, and otherwise every three seconds at most.
 */
export class Registry {
  readonly #fixed: ReadonlyMap<string, Endpoint>;
  readonly #clock: Clock;
  readonly #known = new WeakMap<EndpointStore, Known>();

  constructor(fixed: readonly Endpoint[], clock: Clock) {
    this.#fixed = new Map(fixed.map((endpoint) => [endpoint.id, endpoint]));
    this.#clock = clock;
  }

  /** Ids of the endpoints of the options. */
  get fixed(): readonly string[] {
    return [...this.#fixed.keys()];
  }

  /** By id, removed ones left out. Those of the options are first, and hide others of the same id. */
  async of(store: EndpointStore): Promise<ReadonlyMap<string, Endpoint>> {
    const known = this.#known.get(store);
    const now = this.#clock.now();
    if (known !== undefined && Math.abs(now - known.readAt) < STALE_MS) return known.endpoints;
    const endpoints = store.endpoints().then((records) => this.#merged(records));
    this.#known.set(store, { readAt: now, endpoints });
    endpoints.catch(() => this.changed(store));
    return endpoints;
  }

  /** The next to ask reads them anew. */
  changed(store: EndpointStore): void {
    this.#known.delete(store);
  }

  #merged(records: readonly EndpointRecord[]): ReadonlyMap<string, Endpoint> {
    const merged = new Map(this.#fixed);
    for (const record of records) {
      const fixed = this.#fixed.get(record.id);
      const endpoint = fixed === undefined ? storedEndpoint(record) : { ...fixed, record };
      if (endpoint !== undefined && record.state !== 'removed') merged.set(record.id, endpoint);
    }
    return merged;
  }
}
