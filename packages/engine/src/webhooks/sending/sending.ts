import type { Egress, EgressAnswer } from '../../egress/index.ts';
import type { Clock } from '../../nouns/clock.ts';
import type { DeliveryRecord, Try } from '../../nouns/outbox.ts';
import type { Random } from '../../nouns/random.ts';
import type { Store } from '../../nouns/store.ts';
import { activeSecrets, type Endpoint, hostIn } from '../endpoints/endpoint.ts';
import type { Registry } from '../endpoints/registry.ts';
import { pingBody } from '../message.ts';
import { type Report, WebhookError } from '../problem.ts';
import { webhookHeaders } from '../signing/signature.ts';
import { Circuit, type Health, type Pass } from './circuit.ts';
import { Lane } from './lane.ts';
import { retryAfterMs } from './retry-after.ts';
import { retryDelay } from './retry.ts';
import { type Standing, standingOf } from './standing.ts';
import { type Outcome, Unrecorded } from './unrecorded.ts';

/** How long an endpoint may take to answer, in milliseconds. */
export const ANSWER_TIMEOUT_MS = 15_000;

/** How long a delivery waits for a process that knows its endpoint, and how often it looks for one, in milliseconds. */
const UNKNOWN_MS = 76 * 3_600_000;
const UNKNOWN_AGAIN_MS = 60_000;

/** Answers of an endpoint that is down or has too much to do. */
const SLOW: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const GONE = 410;

/**
 * What sending came to. `over`: delivered, given up, or not queued any more. `counted`: a try was made; otherwise the way
 * to the endpoint was full, its circuit open, or the try was stopped.
 */
export type Sent =
  { readonly kind: 'over' } | { readonly kind: 'later'; readonly dueAt: number; readonly counted: boolean };

/** What a test of an endpoint came to. */
export interface Pinged extends Omit<Try, 'at'> {
  /** Whether it answered 200 to 299. */
  readonly ok: boolean;
}

interface Context {
  readonly registry: Registry;
  readonly egress: Egress;
  readonly clock: Clock;
  readonly random: Random;
  readonly report: Report;
}

/** What a try was of. */
interface Recorded {
  readonly store: Store;
  readonly delivery: DeliveryRecord;
  readonly endpoint: Endpoint;
}

/** One try of one delivery, in the words that its endpoint, its queue and its log understand. */
interface Attempt extends Recorded {
  readonly circuit: Circuit;
  readonly pass: Pass;
}

type Answered = Exclude<EgressAnswer, { kind: 'stopped' }>;

/** Makes tries: each endpoint has a lane and a circuit of its own in this process. */
export class Sending {
  readonly #context: Context;
  readonly #standing: Standing;
  readonly #unrecorded = new Unrecorded();
  readonly #ways = new Map<string, { readonly lane: Lane; readonly circuit: Circuit }>();

  constructor(context: Context) {
    this.#context = context;
    this.#standing = standingOf(context.registry);
  }

  async send(store: Store, deliveryId: string, signal: AbortSignal): Promise<Sent> {
    const { clock } = this.#context;
    const delivery = await store.delivery(deliveryId);
    if (delivery?.state !== 'queued') return { kind: 'over' };
    if (delivery.dueAt > clock.now()) return later(delivery.dueAt);
    const endpoint = await this.#endpointOf(store, delivery);
    if (endpoint === undefined) return this.#unknown(store, delivery);
    const unrecorded = this.#unrecorded.of(store, delivery);
    if (unrecorded !== undefined) return this.#record({ store, delivery, endpoint }, unrecorded);
    if (endpoint.record?.state === 'disabled') return this.#bury(store, delivery, 'the endpoint is disabled');
    const { lane, circuit } = this.#wayTo(store, endpoint);
    const pass = circuit.admit(clock.now());
    if (typeof pass === 'number') return this.#turnAway(circuit, pass);
    const ran = await lane.run(async () => {
      // The circuit may have opened while this one waited its turn.
      const still = pass.probe ? pass : circuit.admit(clock.now());
      if (typeof still === 'number') return this.#turnAway(circuit, still);
      return this.#try({ store, delivery, endpoint, circuit, pass: still }, signal);
    });
    if (ran.kind === 'ran') return ran.value;
    circuit.stopped(pass);
    return later(ran.dueAt);
  }

  async ping(store: Store, id: string, signal: AbortSignal): Promise<Pinged | undefined> {
    const { registry, clock, random } = this.#context;
    const endpoint = (await registry.of(store)).get(id);
    if (endpoint === undefined) return undefined;
    const at = clock.now();
    const message = random.id('msg');
    const body = pingBody(message, at, store.tenant);
    const answer = await this.#post(endpoint, { id: message, event: 'ping', body }, signal);
    const stopped = { kind: 'failed', reason: 'the engine is closing' } as const;
    const { at: _, ...tried } = triedOf(answer.kind === 'stopped' ? stopped : answer, at, clock.now());
    return { ok: tried.reason === undefined, ...tried };
  }

  /** What this process knows may be old: nothing becomes a dead letter of which that was just changed elsewhere. */
  async #endpointOf(store: Store, { endpoint: id }: DeliveryRecord): Promise<Endpoint | undefined> {
    const { registry } = this.#context;
    const known = (await registry.of(store)).get(id);
    if (known !== undefined && known.record?.state !== 'disabled') return known;
    registry.changed(store);
    return (await registry.of(store)).get(id);
  }

  /** Those who wait come back one after another, and not all in the moment in which the circuit lets one through. */
  #turnAway(circuit: Circuit, notBefore: number): Sent {
    return later(notBefore + this.#context.random.below(circuit.spreadMs() + 1));
  }

  async #try(attempt: Attempt, signal: AbortSignal): Promise<Sent> {
    const { clock } = this.#context;
    const { delivery, endpoint, circuit, pass } = attempt;
    const at = clock.now();
    const answer = await this.#post(endpoint, delivery, signal).catch((error: unknown) => {
      circuit.stopped(pass);
      throw error;
    });
    if (answer.kind === 'stopped') {
      circuit.stopped(pass);
      return later(delivery.dueAt);
    }
    const turned = circuit.ended(pass, healthOf(answer), clock.now());
    if (turned !== undefined) await this.#turned(attempt, turned);
    const askedMs = answer.kind === 'answered' ? retryAfterMs(answer.headers['retry-after'], clock.now()) : 0;
    const outcome = { tried: triedOf(answer, at, clock.now()), askedMs };
    this.#unrecorded.keep(attempt.store, delivery, outcome);
    return this.#record(attempt, outcome);
  }

  async #record(attempt: Recorded, { tried, askedMs }: Outcome): Promise<Sent> {
    const { store, delivery, endpoint } = attempt;
    const { clock, random } = this.#context;
    if (tried.reason === undefined) {
      await store.finish(delivery.id, { kind: 'delivered', tried });
      this.#unrecorded.forget(store, delivery);
      await this.#standing.took(store, endpoint);
      return { kind: 'over' };
    }
    const delay = tried.status === GONE ? undefined : retryDelay(delivery.attempts + 1, random, askedMs);
    const dueAt = clock.now() + (delay ?? 0);
    if (delay === undefined) await this.#giveUp(attempt, tried, tried.reason);
    else await this.#retryLater(store, delivery, { dueAt, tried });
    this.#unrecorded.forget(store, delivery);
    if (tried.status === GONE) await this.#standing.disable(store, endpoint, 'it answered 410');
    else await this.#standing.failed(store, endpoint, clock.now());
    return delay === undefined ? { kind: 'over' } : { kind: 'later', dueAt, counted: true };
  }

  /** Tells that the circuit opened or closed. A store that cannot take that must not keep the try from being recorded. */
  async #turned({ store, endpoint }: Attempt, turned: 'opened' | 'closed'): Promise<void> {
    const facts = { of: 'webhook', endpoint: endpoint.id, host: hostIn(endpoint.url) };
    try {
      await store.append([{ type: `circuit.${turned}`, facts }]);
    } catch (error) {
      this.#context.report(error);
    }
  }

  /** Another process may know it: one that was started with newer options. */
  async #unknown(store: Store, delivery: DeliveryRecord): Promise<Sent> {
    const now = this.#context.clock.now();
    const record = (await store.endpoints()).find(({ id }) => id === delivery.endpoint);
    if (record?.state === 'removed') return this.#bury(store, delivery, 'the endpoint was removed');
    // It stays due while nobody tries it, also one that was replayed long after it was queued first.
    if (now - delivery.dueAt < UNKNOWN_MS) return later(now + UNKNOWN_AGAIN_MS);
    return this.#bury(store, delivery, 'the endpoint is not configured');
  }

  /** A dead letter without a request. */
  async #bury(store: Store, delivery: DeliveryRecord, reason: string): Promise<Sent> {
    const tried = { at: this.#context.clock.now(), durationMs: 0, status: undefined, reason };
    await store.finish(delivery.id, { kind: 'gave-up', tried });
    this.#tell(delivery, delivery.attempts, reason);
    return { kind: 'over' };
  }

  async #retryLater(
    store: Store,
    delivery: DeliveryRecord,
    { dueAt, tried }: { readonly dueAt: number; readonly tried: Try },
  ): Promise<void> {
    await store.finish(delivery.id, { kind: 'retry', dueAt, tried });
    const { id, endpoint, attempts } = delivery;
    const about = { endpoint, deliveryId: id, tries: attempts + 1, reason: tried.reason ?? '' };
    this.#context.report(new WebhookError({ kind: 'try-failed', ...about, nextTryAt: dueAt }));
  }

  async #giveUp({ store, delivery, endpoint }: Recorded, tried: Try, reason: string): Promise<void> {
    const { id, event, attempts } = delivery;
    const facts = { endpoint: endpoint.id, delivery: id, event, tries: attempts + 1, reason };
    // The entry comes first: after a crash in between it is written twice, rather than never. What tells that something
    // was not delivered is not told again when that is not delivered either: two endpoints would tell it to each other.
    if (!event.startsWith('webhook.')) await store.append([{ type: 'webhook.gave_up', facts }]);
    await store.finish(id, { kind: 'gave-up', tried });
    this.#tell(delivery, attempts + 1, reason);
  }

  #tell({ id, endpoint }: DeliveryRecord, tries: number, reason: string): void {
    const about = { endpoint, deliveryId: id, tries, reason };
    this.#context.report(new WebhookError({ kind: 'gave-up', ...about }));
  }

  async #post(
    endpoint: Endpoint,
    { id, event, body }: Pick<DeliveryRecord, 'id' | 'event' | 'body'>,
    signal: AbortSignal,
  ): Promise<EgressAnswer> {
    const { egress, clock } = this.#context;
    const atMs = clock.now();
    const signed = webhookHeaders({ id, event, body, atMs }, activeSecrets(endpoint, atMs));
    const headers = { ...signed, 'user-agent': 'torii-webhooks' };
    return egress.post(endpoint.url, { headers, body, timeoutMs: ANSWER_TIMEOUT_MS, signal });
  }

  /** Endpoints of the options are the same whoever's delivery it is; others belong to a tenant. */
  #wayTo(store: Store, { id, fixed }: Endpoint): { readonly lane: Lane; readonly circuit: Circuit } {
    const key = JSON.stringify(fixed ? [id] : [id, store.tenant ?? '']);
    const { clock, random } = this.#context;
    const way = this.#ways.get(key) ?? { lane: new Lane(clock, random), circuit: new Circuit() };
    this.#ways.set(key, way);
    return way;
  }
}

function healthOf(answer: Answered): Health {
  return answer.kind === 'answered' && !SLOW.has(answer.status) ? 'well' : 'slow';
}

function triedOf(answer: Answered, at: number, endedAt: number): Try {
  const durationMs = Math.max(0, endedAt - at);
  if (answer.kind !== 'answered') return { at, durationMs, status: undefined, reason: answer.reason };
  const { status } = answer;
  const isTaken = status >= 200 && status < 300;
  return { at, durationMs, status, reason: isTaken ? undefined : `answered ${status}` };
}

function later(dueAt: number): Sent {
  return { kind: 'later', dueAt, counted: false };
}
