import { type Store, ToriiError } from '@torii/engine';
import type { RedisServer } from '@torii/sandbox/redis';
import { isUnavailable } from '../model/operation.ts';
import { asking, charge } from '../suite/asking.ts';
import { pause } from '../suite/pause.ts';
import type { Result } from '../suite/result.ts';
import { openRedisStore, type RedisTuning, withServer } from '../suite/servers.ts';
import type { Proving } from '../suite/suite.ts';
import type { Breaking } from './disturbed.ts';

const AMOUNT = 7n;
const LIMIT = 70n;
const FITS = 10;
const ATTEMPTS = 40;
const PAUSE_MS = 5;

/** A way in which Redis loses what it knew. */
interface Loss {
  readonly name: string;
  happen(server: RedisServer, round: number): Promise<void>;
}

const losses: readonly Loss[] = [
  { name: 'FLUSHALL', happen: async (server) => void (await server.command('FLUSHALL')) },
  {
    name: 'some keys deleted',
    async happen(server) {
      const keys = await server.command('KEYS', '*:head');
      if (Array.isArray(keys)) await server.command('DEL', ...keys.map(String));
    },
  },
  {
    name: 'restarted without its file',
    happen: (server, round) => server.restart({ appenddirname: `another-${round}` }),
  },
];

/** How somebody opens a store after a loss. */
export type Opening = (url: string, tuning: RedisTuning) => Promise<Store>;

/** What is done to the server, to the process that knew, and by one that comes anew. */
export interface Forgetting {
  readonly rounds: number;
  readonly opening?: Opening;
  readonly breaking?: Breaking;
}

/**
 * Spends a budget, lets Redis forget it, and asks for more: through the process that knew, and through one that comes
 * anew. Nobody may be granted anything before an operator says that the loss is accepted.
 */
export function forgets(forgetting: Forgetting, { progress }: Proving): Promise<Result> {
  const violations: string[] = [];
  let [tried, refused] = [0, 0];
  const of = forgetting.rounds * losses.length;
  return withServer(async (server) => {
    while (tried < of) {
      const loss = losses[tried % losses.length];
      if (loss === undefined) break;
      const told = await new AfterLoss(server, forgetting, `p${tried}`).ask((round) =>
        loss.happen(server, round),
      );
      refused += told.refused;
      violations.push(...told.flaws.map((flaw) => `${loss.name}: ${flaw}`));
      progress.step(++tried, of, 'losses');
    }
    return { tried: { 'losses of all data': tried, 'calls refused after them': refused }, violations };
  });
}

class AfterLoss {
  readonly #flaws: string[] = [];
  #refused = 0;
  #asked = 0;
  #loss = '';

  constructor(
    readonly server: RedisServer,
    readonly forgetting: Forgetting,
    readonly prefix: string,
  ) {}

  async ask(lose: (round: number) => Promise<void>): Promise<{
    readonly flaws: readonly string[];
    readonly refused: number;
  }> {
    const { url } = this.server;
    const { prefix } = this;
    const { opening = openRedisStore, breaking = (sound: Store): Store => sound } = this.forgetting;
    const knew = breaking(await openRedisStore(url, { prefix }));
    for (let call = 0; call < FITS; call++) {
      if ((await this.#outcome(knew)) !== 'granted') this.#flaws.push('a budget with room granted nothing');
    }
    await lose(Number(prefix.slice(1)));

    for (let attempt = 0; attempt < ATTEMPTS || (this.#loss === '' && attempt < 10 * ATTEMPTS); attempt++) {
      await this.#mustRefuse(knew, 'the process that knew of it');
      await pause(PAUSE_MS);
    }
    await this.#comesAnew(() => opening(url, { prefix }));
    await this.#isAccepted(url);
    await knew.close();
    return { flaws: this.#flaws, refused: this.#refused };
  }

  async #isAccepted(url: string): Promise<void> {
    if (this.#loss === '') return void this.#flaws.push('nobody was told what was lost');
    const opened = openRedisStore(url, { prefix: this.prefix, acceptLoss: this.#loss });
    const store = await opened.catch((error: Error) => error);
    if (store instanceof Error)
      return void this.#flaws.push(`an accepted loss cannot be opened: ${store.message}`);
    // What is still there counts; what nobody ever charged has room whatever was lost.
    if ((await this.#outcome(store, 'never charged')) !== 'granted')
      this.#flaws.push('an accepted loss granted nothing');
    await store.close();
  }

  async #comesAnew(open: () => Promise<Store>): Promise<void> {
    try {
      const store = await open();
      await this.#mustRefuse(store, 'a process that came anew');
      await store.close();
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      this.#refused += 1;
    }
  }

  async #mustRefuse(store: Store, who: string): Promise<void> {
    const outcome = await this.#outcome(store);
    if (outcome === 'granted') this.#flaws.push(`${who} was granted what had been spent already`);
    if (outcome === 'unavailable') this.#refused += 1;
  }

  async #outcome(store: Store, key = 'hot'): Promise<'granted' | 'denied' | 'unavailable'> {
    const budget = charge(key, { amount: AMOUNT, limit: LIMIT });
    try {
      const { kind } = await store.reserve(asking(`c${this.#asked++}`, [budget]));
      return kind === 'reserved' ? 'granted' : 'denied';
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      this.#loss = lossIn(error) ?? this.#loss;
      return 'unavailable';
    }
  }
}

/** The name of the loss that an operator has to give back. */
export function lossIn(error: unknown): string | undefined {
  return ToriiError.is(error) ? /acceptLoss: '(\w+)'/.exec(error.message)?.[1] : undefined;
}
