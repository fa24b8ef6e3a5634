import type { Clock } from '../../nouns/clock.ts';
import type { Link, Place } from './connection.ts';
import { failureOf, isForgotten, isMoved, unavailable } from './failures.ts';
import type { RedisSettings } from '../options.ts';
import { ReplicatedSteps, type Step } from './replicated-steps.ts';
import type { Argument, Script, ScriptClient } from '../script.ts';

/** What a client of one slot needs. */
export interface GuardedClientOptions {
  readonly place: Place;
  readonly settings: RedisSettings;
  readonly clock: Clock;
  readonly scripts: readonly Script[];
}

/**
 * Sends steps of one slot to the server that holds it, and nothing while that server is not known to be good. Rejects with
 * STORE_UNAVAILABLE for everything, except for a script that the server has forgotten, which is not a failure.
 */
export class GuardedClient implements ScriptClient {
  readonly #link: Link;
  readonly #options: GuardedClientOptions;
  readonly #reading: ReadonlySet<string>;
  readonly #replicated: ReplicatedSteps | undefined;
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(link: Link, options: GuardedClientOptions) {
    const { settings, scripts } = options;
    this.#link = link;
    this.#options = options;
    this.#reading = new Set(scripts.filter(reads).map(({ sha }) => sha));
    this.#replicated =
      settings.durability === 'replicated'
        ? new ReplicatedSteps({
            batch: () => link.redis.pipeline(),
            replicas: settings.replicas,
            timeoutMs: settings.replicationTimeoutMs,
          })
        : undefined;
  }

  evalsha(sha: string, keyCount: number, ...args: Argument[]): Promise<unknown> {
    if (this.#replicated !== undefined && !this.#reading.has(sha))
      return this.#replicate({ name: 'evalsha', script: sha, keyCount, args });
    return this.#guarded(() => this.#link.redis.evalsha(sha, keyCount, ...args));
  }

  eval(source: string, keyCount: number, ...args: Argument[]): Promise<unknown> {
    if (this.#replicated !== undefined && !reads({ source }))
      return this.#replicate({ name: 'eval', script: source, keyCount, args });
    return this.#guarded(() => this.#link.redis.eval(source, keyCount, ...args));
  }

  /** Sends a plain command, whose first argument is its key. Waits for the server as long as a command may take. */
  async command(name: string, ...args: Argument[]): Promise<unknown> {
    await this.opened();
    return this.#guarded(() => this.#link.redis.call(name, ...args));
  }

  /** Resolves when the server may be asked, or after as long as a command may take all the same. */
  async opened(): Promise<void> {
    const { place, clock, settings } = this.#options;
    if (place.shut() === undefined) return;
    let late = false;
    let cancel: () => void = () => undefined;
    const patience = new Promise<void>((resolve) => {
      cancel = clock.after(settings.commandTimeoutMs, () => {
        late = true;
        resolve();
      });
    });
    for (;;) {
      const changed = place.changed();
      if (place.shut() === undefined || late) break;
      await Promise.race([changed, patience]);
    }
    cancel();
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay);
  }

  async #replicate(step: Step): Promise<unknown> {
    const replicated = this.#replicated;
    if (replicated === undefined) throw unavailable('no replicas were demanded');
    const [key = ''] = step.args;
    return this.#guarded(async () => {
      try {
        return await replicated.send(step);
      } catch (error) {
        if (!isMoved(error)) throw error;
        // Nothing ran, and a plain command finds out where the keys went to.
        await this.#link.redis.exists(String(key));
        return replicated.send(step);
      }
    });
  }

  #guarded(send: () => Promise<unknown>): Promise<unknown> {
    const shut = this.#options.place.shut();
    if (shut !== undefined) return Promise.reject(unavailable(shut));
    const answer = send().catch((error: unknown) => {
      throw isForgotten(error) ? new Error('NOSCRIPT the server has forgotten the script') : failureOf(error);
    });
    const done: Promise<unknown> = answer.catch(() => undefined).finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
    return answer;
  }
}

function reads({ source }: Pick<Script, 'source'>): boolean {
  return source.startsWith('#!lua flags=no-writes');
}
