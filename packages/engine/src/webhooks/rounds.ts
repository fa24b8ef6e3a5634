import type { Clock } from '../nouns/clock.ts';
import type { Random } from '../nouns/random.ts';
import type { Delivery } from '../nouns/outbox.ts';
import type { Endpoint } from './endpoint.ts';
import { fanOut, newest, type WebhookStore } from './fan-out.ts';
import { Lanes } from './lanes.ts';
import { type Report, WebhookError } from './problem.ts';
import { retryDelay } from './retry.ts';
import { type Answer, httpTransport, type Transport } from './transport.ts';

const PAGE = 128;
const WIDEST_PAGE = 8_192;

/** No journal begins with an approval, which comes after the hold of its call: after its first entry is at its beginning. */
const FIRST = 1;
const NOT_CONFIGURED: Answer = { kind: 'failed', reason: 'the endpoint is not configured' };

/** What a round needs, with defaults filled in. */
export interface RoundsOptions {
  readonly store: WebhookStore;
  readonly endpoints: readonly Endpoint[];
  readonly clock: Clock;
  readonly random: Random;
  readonly fetch: typeof globalThis.fetch;
  readonly report: Report;
  readonly startAfterSeq: number | undefined;
  readonly heard: ReadonlySet<string>;
}

/** One look at the store at a time: the journal becomes deliveries, and what is due is sent. */
export class Rounds {
  readonly #options: RoundsOptions;
  readonly #endpoints: ReadonlyMap<string, Endpoint>;
  readonly #transport: Transport;
  readonly #lanes = new Lanes((delivery) => this.#send(delivery));
  readonly #closing = new AbortController();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: RoundsOptions) {
    this.#options = options;
    this.#endpoints = new Map(options.endpoints.map((endpoint) => [endpoint.id, endpoint]));
    this.#transport = httpTransport(options.fetch, options.clock);
  }

  /** Whether requests are under way. */
  get busy(): boolean {
    return this.#lanes.busy;
  }

  /** Writes down where endpoints begin that the store has never seen. */
  enroll(): Promise<void> {
    return this.#inTurn(async () => {
      for (const id of this.#endpoints.keys()) await this.#placeOf(id);
    });
  }

  /** Starts what can be sent now. Each promise ends when that try is recorded, and rejects if it cannot be. */
  launch(): Promise<readonly Promise<void>[]> {
    return this.#inTurn(async () => {
      if (this.#closing.signal.aborted) return [];
      const watch = { report: this.#options.report, closing: this.#closing.signal };
      for (const [id, endpoint] of this.#endpoints) {
        const afterSeq = await this.#placeOf(id);
        await fanOut(this.#options.store, endpoint, { afterSeq, ...watch });
      }
      return this.#sendDue();
    });
  }

  /** Aborts what is under way and waits for it. An aborted delivery stays queued as it was. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#transport.close();
    await this.#turn;
    await this.#lanes.settled();
  }

  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const answer = this.#turn.then(step);
    this.#turn = answer.catch(() => undefined);
    return answer;
  }

  /** How far the endpoint is. Where the store has never seen it, or has lost its place, it begins, and that is written. */
  async #placeOf(id: string): Promise<number> {
    const { store } = this.#options;
    const known = await store.cursor(id);
    if (known > 0) return known;
    const start = await this.#beginningOf(id);
    if (start > 0) await store.enqueue(id, start, []);
    return start;
  }

  /**
   * After the newest `engine.started`, so that a journal of years is not sent to an endpoint, and nothing is missed that
   * this engine recorded before the first look; one that was there before the journal hears all of it. Places that were
   * lost with the data of the store begin where it was rebuilt.
   */
  async #beginningOf(id: string): Promise<number> {
    const { store, startAfterSeq, heard } = this.#options;
    if (heard.has(id)) return Math.max(FIRST, await newest(store, ['store.rebuilt']));
    return startAfterSeq ?? newest(store, ['engine.started', 'store.rebuilt']);
  }

  /** Reads on past the deliveries of endpoints whose lanes are full, so that they hide nobody else's. */
  async #sendDue(): Promise<readonly Promise<void>[]> {
    const sends: Promise<void>[] = [];
    for (let limit = PAGE; ; limit *= 4) {
      this.#lanes.forgetEnded();
      const due = await this.#options.store.due(limit);
      if (this.#closing.signal.aborted) return sends;
      sends.push(...this.#lanes.take(due));
      const full = [...this.#endpoints.keys()].every((endpoint) => this.#lanes.isFull(endpoint));
      if (full || due.length < limit || limit >= WIDEST_PAGE) return sends;
    }
  }

  async #send(delivery: Delivery): Promise<void> {
    const endpoint = this.#endpoints.get(delivery.endpoint);
    const answer = endpoint === undefined ? NOT_CONFIGURED : await this.#transport.post(endpoint, delivery);
    if (answer.kind === 'stopped') return;
    if (answer.kind === 'delivered') return this.#options.store.finish(delivery.id, answer);
    await this.#recordFailure(delivery, answer);
  }

  async #recordFailure(delivery: Delivery, answer: Answer & { kind: 'failed' | 'gone' }): Promise<void> {
    const { store, clock, random, report } = this.#options;
    const tries = delivery.attempts + 1;
    const about = { endpoint: delivery.endpoint, deliveryId: delivery.id, tries, reason: answer.reason };
    const delay = answer.kind === 'gone' ? undefined : retryDelay(tries, random, answer.retryAfterMs);
    if (delay === undefined) {
      await store.finish(delivery.id, { kind: 'gave-up' });
      report(new WebhookError({ kind: 'gave-up', ...about }));
    } else {
      const nextTryAt = clock.now() + delay;
      await store.finish(delivery.id, { kind: 'retry', dueAt: nextTryAt });
      report(new WebhookError({ kind: 'try-failed', ...about, nextTryAt }));
    }
  }
}
