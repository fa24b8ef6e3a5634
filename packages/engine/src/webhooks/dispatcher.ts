import type { Clock } from '../nouns/clock.ts';
import type { Random } from '../nouns/random.ts';
import { type Alarm, alarmOf } from './alarm.ts';
import { readEndpoints, type WebhookEndpoint } from './endpoint.ts';
import type { WebhookStore } from './fan-out.ts';
import { type Report, safely } from './problem.ts';
import { Rounds } from './rounds.ts';

const SOON_MS = 50;
const OUTAGE_PAUSE_MS = 5_000;
const BUSY_LOOK_MS = 1_000;
const IDLE_LOOK_MS = 60_000;

/** What a dispatcher works with. */
export interface DispatcherOptions {
  readonly store: WebhookStore;
  readonly endpoints: readonly WebhookEndpoint[];
  readonly clock: Clock;
  readonly random: Random;

  /** Sends the requests. @default the global `fetch` */
  readonly fetch?: typeof globalThis.fetch;

  /** Told of every failed try as a `WebhookError`, and of outages of the store. @default nobody is told */
  readonly onError?: (error: Error) => void | Promise<void>;

  /** The entry after which endpoints begin that the store has never seen. @default the newest `engine.started` */
  readonly startAfterSeq?: number;

  /** Ids of endpoints that were there before this journal began: they hear of it from its beginning. @default none */
  readonly heard?: ReadonlySet<string>;
}

/**
 * Delivers what the journal records, at least once: a try counts only when the store has recorded it, so a crash in
 * between repeats it with the same id and the same bytes.
 */
export interface Dispatcher {
  /**
   * Writes down where new endpoints begin, so that not even a crash before the first look loses an event. Await it
   * after `engine.started` is recorded and before the first call. Otherwise the first look does it, as it
   * does where the store has lost the place of an endpoint.
   */
  enroll(): Promise<void>;

  /** Looks once and waits for what it sent; answers how many tries that were. Rejects if the store does not answer. */
  tick(): Promise<number>;

  /** Looks now, whenever a delivery is due, and at least once a minute, until closed. Never rejects or throws. */
  start(): void;

  /** Something was written: look soon. Does nothing unless started and given endpoints. */
  wake(): void;

  /** Aborts requests under way, which stay queued, and waits until they have stopped. Safe to repeat. */
  close(): Promise<void>;
}

/** Makes a dispatcher that is not started. Throws OPTIONS_INVALID for endpoints that are not valid. */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  return new LoopingDispatcher(options);
}

class LoopingDispatcher implements Dispatcher {
  readonly #store: WebhookStore;
  readonly #clock: Clock;
  readonly #report: Report;
  readonly #rounds: Rounds;
  readonly #alarm: Alarm;
  readonly #hasEndpoints: boolean;
  #state: 'idle' | 'started' | 'closed' = 'idle';
  #looking = false;
  #pausedUntil = 0;

  constructor(given: DispatcherOptions) {
    const { fetch = globalThis.fetch, onError, startAfterSeq, heard = new Set(), ...options } = given;
    const endpoints = readEndpoints(options.endpoints);
    this.#store = options.store;
    this.#clock = options.clock;
    this.#report = safely(onError);
    const asked = { ...options, endpoints, fetch, startAfterSeq, heard };
    this.#rounds = new Rounds({ ...asked, report: this.#report });
    this.#alarm = alarmOf(options.clock, () => void this.#look());
    this.#hasEndpoints = endpoints.length > 0;
  }

  async enroll(): Promise<void> {
    await this.#rounds.enroll();
  }

  async tick(): Promise<number> {
    const sends = await this.#rounds.launch();
    const results = await Promise.allSettled(sends);
    const unrecorded = results.find((result) => result.status === 'rejected');
    if (unrecorded !== undefined) throw unrecorded.reason;
    return sends.length;
  }

  start(): void {
    if (this.#state !== 'idle' || !this.#hasEndpoints) return;
    this.#state = 'started';
    this.#lookIn(0);
  }

  wake(): void {
    if (this.#state === 'started') this.#lookIn(SOON_MS);
  }

  async close(): Promise<void> {
    this.#state = 'closed';
    this.#alarm.cancel();
    await this.#rounds.close();
  }

  #lookIn(delayMs: number): void {
    if (this.#state !== 'started') return;
    this.#alarm.set(Math.max(this.#clock.now() + delayMs, this.#pausedUntil));
  }

  async #look(): Promise<void> {
    if (this.#looking) return this.#lookIn(SOON_MS);
    this.#looking = true;
    try {
      for (const sent of await this.#rounds.launch()) this.#follow(sent);
      this.#lookIn(await this.#nextLook());
    } catch (error) {
      this.#pause(error);
    } finally {
      this.#looking = false;
    }
  }

  #follow(sent: Promise<void>): void {
    sent.then(
      () => this.#lookIn(SOON_MS),
      (error: unknown) => this.#pause(error),
    );
  }

  #pause(error: unknown): void {
    if (this.#state === 'closed') return;
    this.#report(error);
    this.#pausedUntil = this.#clock.now() + OUTAGE_PAUSE_MS;
    this.#alarm.cancel();
    this.#lookIn(0);
  }

  /** While requests are under way the store names those as the next due, and cannot say what comes after them. */
  async #nextLook(): Promise<number> {
    const wait = ((await this.#store.nextDue()) ?? Infinity) - this.#clock.now();
    if (wait <= 0) return this.#rounds.busy ? BUSY_LOOK_MS : SOON_MS;
    return Math.min(wait, this.#rounds.busy ? BUSY_LOOK_MS : IDLE_LOOK_MS);
  }
}
