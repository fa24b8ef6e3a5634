import type { Store } from '@torii/engine';
import { fakeRandom } from '@torii/engine/testing';
import { Recorder } from '../model/recorder.ts';
import type { Happened } from '../model/replay.ts';
import { randomOperation } from '../overspend/random-operation.ts';
import { pause } from '../suite/pause.ts';

const TTL_MS = 86_400_000;
const PAUSE_MS = 10;

/** After so many questions they turn to other calls and other budgets, so that some are open whenever something breaks. */
const GENERATION = 100;

/** Reservations that have to be answered before a client is back. */
const ANSWERS = 5;

/** Clients that ask at random, each its own store, until they are told to stop. What they were told is kept. */
export class Askers {
  readonly #stores: readonly Store[];
  readonly #seed: number;
  readonly #record = new Recorder();
  readonly #answers: number[];
  readonly #newest: number[];
  #loops: Promise<unknown> | undefined;
  #stopped = true;
  #begun = 0;

  constructor(stores: readonly Store[], seed: number) {
    this.#stores = stores;
    this.#seed = seed;
    this.#answers = stores.map(() => 0);
    this.#newest = stores.map(() => 0);
  }

  /** Everything that was asked, and what was answered. */
  get history(): readonly Happened[] {
    return this.#record.history;
  }

  /** Begins, or goes on after `stop`. */
  begin(): void {
    this.#stopped = false;
    const first = this.#begun;
    this.#begun += this.#stores.length;
    this.#loops = Promise.all(this.#stores.map((store, client) => this.#loop(store, client, first)));
    // Whoever stops them hears of what went wrong; until then nobody listens.
    this.#loops.catch(() => undefined);
  }

  /** Resolves when the last question has come to its end. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loops;
  }

  /** Resolves when all of them are answered again, or with how many are not after so long. */
  async back(patienceMs: number): Promise<{ readonly missing: number; readonly tookMs: number }> {
    const startedAt = performance.now();
    const due = this.#answers.map((answers) => answers + ANSWERS);
    for (;;) {
      const missing = due.filter((answers, client) => (this.#answers[client] ?? 0) < answers).length;
      const tookMs = performance.now() - startedAt;
      if (missing === 0 || tookMs > patienceMs) return { missing, tookMs };
      await pause(PAUSE_MS);
    }
  }

  /** The stores that were told of entries after this one. */
  knowingMoreThan(seq: number): readonly Store[] {
    return this.#stores.filter((_, client) => (this.#newest[client] ?? 0) > seq);
  }

  async #loop(store: Store, client: number, first: number): Promise<void> {
    const random = fakeRandom(this.#seed * 1_000 + first + client + 1);
    while (!this.#stopped) {
      const generation = Math.floor(this.history.length / GENERATION);
      const names = { prefix: `g${generation}-`, agent: `bot-${generation}` };
      const operation = randomOperation(random, names, { ttlMs: TTL_MS });
      const isAnswered = await this.#record.ask(store, operation);
      if (isAnswered)
        this.#count(
          client,
          this.history.findLast((one) => one.operation === operation),
        );
      await pause(isAnswered ? 1 : PAUSE_MS);
    }
  }

  #count(client: number, happened: Happened | undefined): void {
    if (happened?.operation.kind === 'reserve') this.#answers[client] = (this.#answers[client] ?? 0) + 1;
    this.#newest[client] = Math.max(this.#newest[client] ?? 0, happened?.told?.version ?? 0);
  }
}
