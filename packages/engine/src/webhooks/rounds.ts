import type { Clock } from '../nouns/clock.ts';
import type { Random } from '../nouns/random.ts';
import type { Delivery } from '../nouns/outbox.ts';
import type { Endpoint } from './endpoint.ts';
import { beginning, fanOut, type WebhookStore } from './fan-out.ts';
import { Lanes } from './lanes.ts';
import { type Report, WebhookError } from './problem.ts';
import { retryDelay } from './retry.ts';
import { type Answer, httpTransport, type Transport } from './transport.ts';

const PAGE = 128;
const WIDEST_PAGE = 8_192;
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
}

/** One look at the store at a time: the journal becomes deliveries, and what is due is sent. */
export class Rounds {
  readonly #options: RoundsOptions;
  readonly #endpoints: ReadonlyMap<string, Endpoint>;
  readonly #transport: Transport;
  readonly #lanes = new Lanes((delivery) => this.#send(delivery));
  readonly #closing = new AbortController();
  #enrolled = false;
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
    return this.#inTurn(() => this.#enroll());
  }

  /** Starts what can be sent now. Each promise ends when that try is recorded, and rejects if it cannot be. */
  launch(): Promise<readonly Promise<void>[]> {
    return this.#inTurn(async () => {
      if (this.#closing.signal.aborted) return [];
      await this.#enroll();
      const watch = { report: this.#options.report, closing: this.#closing.signal };
      for (const endpoint of this.#endpoints.values()) await fanOut(this.#options.store, endpoint, watch);
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

  async #enroll(): Promise<void> {
    if (this.#enrolled) return;
    const { store, startAfterSeq } = this.#options;
    let start = startAfterSeq;
    for (const id of this.#endpoints.keys()) {
      if ((await store.cursor(id)) > 0) continue;
      start ??= await beginning(store);
      if (start > 0) await store.enqueue(id, start, []);
    }
    this.#enrolled = true;
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
