import type { Delivery } from '../nouns/outbox.ts';

const AT_ONCE = 4;
const SIZE = 32;

interface Lane {
  readonly ids: Set<string>;
  readonly waiting: (() => void)[];
  sending: number;
}

/**
 * One lane per endpoint, so that a slow endpoint holds up only itself: four requests at once, and a few dozen
 * deliveries in memory. The rest stays in the store.
 */
export class Lanes {
  readonly #send: (delivery: Delivery) => Promise<void>;
  readonly #lanes = new Map<string, Lane>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #ended = new Set<string>();

  constructor(send: (delivery: Delivery) => Promise<void>) {
    this.#send = send;
  }

  /** Whether any delivery is in a lane. */
  get busy(): boolean {
    return this.#underWay.size > 0;
  }

  /** Waits for every delivery that is in a lane now. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  /** Whether the endpoint has all that its lane takes. */
  isFull(endpoint: string): boolean {
    return (this.#lanes.get(endpoint)?.ids.size ?? 0) >= SIZE;
  }

  /** Call before reading what is due: what ended before the reading cannot be in it. */
  forgetEnded(): void {
    this.#ended.clear();
  }

  /** Sends those that are not in a lane already, as far as there is room. Answers one promise for each. */
  take(deliveries: readonly Delivery[]): readonly Promise<void>[] {
    return deliveries.filter((delivery) => this.#admits(delivery)).map((delivery) => this.#track(delivery));
  }

  #admits({ id, endpoint }: Delivery): boolean {
    const lane = this.#lane(endpoint);
    // A delivery that ended while the due ones were read is still among them.
    if (lane.ids.has(id) || this.#ended.has(id) || this.isFull(endpoint)) return false;
    lane.ids.add(id);
    return true;
  }

  #track(delivery: Delivery): Promise<void> {
    const sent = this.#run(delivery).finally(() => this.#underWay.delete(sent));
    this.#underWay.add(sent);
    // It may reject before the caller looks at it, which would count as an unhandled rejection.
    sent.catch(() => undefined);
    return sent;
  }

  async #run(delivery: Delivery): Promise<void> {
    const lane = this.#lane(delivery.endpoint);
    if (lane.sending >= AT_ONCE) await new Promise<void>((resolve) => lane.waiting.push(resolve));
    else lane.sending++;
    try {
      await this.#send(delivery);
    } finally {
      this.#ended.add(delivery.id);
      lane.ids.delete(delivery.id);
      const next = lane.waiting.shift();
      if (next === undefined) lane.sending--;
      else next();
    }
  }

  #lane(endpoint: string): Lane {
    const lane = this.#lanes.get(endpoint) ?? { ids: new Set(), waiting: [], sending: 0 };
    this.#lanes.set(endpoint, lane);
    return lane;
  }
}
