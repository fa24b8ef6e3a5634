import type { Redis } from 'ioredis';
import type { Clock } from '../../nouns/clock.ts';
import { failureOf } from './failures.ts';
import { objectionTo, type Objection, type Requirements } from './gate.ts';
import type { Script } from '../script.ts';

/** How servers are looked at. */
export interface GateOptions {
  readonly requirements: Requirements;

  /** Loaded into every server that passes. A server that forgets them is told them again when it says so. */
  readonly scripts: readonly Script[];
  readonly clock: Clock;

  /** Whether the clocks are compared. A test that stands still cannot be. */
  readonly compareClocks: boolean;

  /** Set for members of a cluster. */
  readonly mayBeReplica: boolean;
}

/** How long a server that was refused is left alone before it is looked at again, in milliseconds. */
const AGAIN_MS = 1_000;

/**
 * One server that is looked at on every new connection, before it gets a call. While it is not as it should be, or is not
 * known to be, `shut` says why.
 */
export class GatedServer {
  readonly redis: Redis;
  readonly #options: GateOptions;
  readonly #verdicts = new Set<() => void>();
  #shut: string | undefined = 'redis was not looked at yet';
  #objection: Objection | undefined;
  #looking = true;
  #round = 0;
  #cancel: () => void = () => undefined;

  constructor(redis: Redis, options: GateOptions) {
    this.redis = redis;
    this.#options = options;
    redis.on('error', () => undefined);
    redis.on('ready', () => void this.#look());
    redis.on('close', () => this.#close('redis cannot answer: the connection is down'));
    redis.on('end', () => this.#close('redis cannot answer: the connection is down'));
    if (redis.status === 'ready') void this.#look();
    if (redis.status === 'end') this.#close('redis cannot answer: the connection is down');
  }

  /** Why it gets no calls; undefined while it does. */
  get shut(): string | undefined {
    return this.#shut;
  }

  /** Whether nothing is known of it yet on this connection. */
  get looking(): boolean {
    return this.#looking;
  }

  /** What is wrong with it as a server, rather than with the way to it. */
  get objection(): Objection | undefined {
    return this.#objection;
  }

  /** Resolves when it was looked at the next time, whatever came out, or its connection is lost. */
  verdict(): Promise<void> {
    return new Promise((resolve) => this.#verdicts.add(resolve));
  }

  /** Looks no more. */
  close(): void {
    this.#close('the store is closed');
  }

  #close(why: string): void {
    this.#round++;
    this.#cancel();
    this.#conclude(why, undefined);
  }

  #conclude(shut: string | undefined, objection: Objection | undefined): void {
    this.#looking = false;
    this.#shut = shut;
    this.#objection = objection;
    for (const tell of this.#verdicts) tell();
    this.#verdicts.clear();
  }

  async #look(): Promise<void> {
    const round = ++this.#round;
    this.#cancel();
    this.#looking = true;
    this.#shut = 'redis is being looked at';
    let objection: Objection | undefined;
    let shut: string | undefined;
    try {
      objection = await this.#judged();
      if (objection === undefined) await this.#load();
      else shut = `redis is not as it has to be: ${objection.message}`;
    } catch (error) {
      shut = failureOf(error).message;
    }
    // A newer connection is looked at by itself.
    if (round !== this.#round) return;
    if (shut !== undefined) this.#cancel = this.#options.clock.after(AGAIN_MS, () => void this.#look());
    this.#conclude(shut, objection);
  }

  async #judged(): Promise<Objection | undefined> {
    const { requirements, clock, compareClocks, mayBeReplica } = this.#options;
    const asked = clock.now();
    const [[seconds, micros], info] = await Promise.all([this.redis.time(), this.redis.info()]);
    const server = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
    const time = compareClocks ? { server, asked, answered: clock.now() } : undefined;
    return objectionTo({ info, time, mayBeReplica }, requirements);
  }

  async #load(): Promise<void> {
    const { scripts } = this.#options;
    if (scripts.length === 0) return;
    const known = await this.redis.script('EXISTS', ...scripts.map(({ sha }) => sha));
    const missing = scripts.filter((_, index) => !Array.isArray(known) || known[index] !== 1);
    await Promise.all(missing.map(({ source }) => this.redis.script('LOAD', source)));
  }
}
