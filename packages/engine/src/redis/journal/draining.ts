import type { OpenLedger } from '../../nouns/ledger.ts';
import type { RedisJournal } from './journal.ts';

const AT_ONCE = 500;

/** Moves the journal of a tenant from Redis to where it is kept for good. */
export class Draining {
  readonly #ledger: OpenLedger;
  readonly #tenant: string;
  readonly #journal: RedisJournal;
  #running: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #tidied = false;

  constructor(ledger: OpenLedger, of: { readonly tenant: string; readonly journal: RedisJournal }) {
    this.#ledger = ledger;
    this.#tenant = of.tenant;
    this.#journal = of.journal;
  }

  /**
   * Keeps what is not kept yet, and takes it out of Redis afterwards. One at a time: whoever asks meanwhile waits for the
   * next one, because the one that runs may be past what was written since.
   */
  drain(): Promise<void> {
    if (this.#next !== undefined) return this.#next;
    if (this.#running === undefined) return this.#begin();
    const begin = (): Promise<void> => this.#begin();
    this.#next = this.#running.then(begin, begin);
    return this.#next;
  }

  #begin(): Promise<void> {
    this.#next = undefined;
    const running = this.#drainAll().finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }

  async #drainAll(): Promise<void> {
    await this.#tidy();
    for (;;) {
      const { seq } = await this.#ledger.head(this.#tenant);
      const entries = await this.#journal.entries({ afterSeq: seq, limit: AT_ONCE });
      if (entries.length === 0) return;
      await this.#ledger.keep(this.#tenant, entries);
      // INVARIANT: nothing leaves Redis before it is on the ledger's disk.
      await this.#journal.trim(entries);
      if (entries.length < AT_ONCE) return;
    }
  }

  /** A process that died may have kept entries and left them in Redis. */
  async #tidy(): Promise<void> {
    if (this.#tidied) return;
    const { seq } = await this.#ledger.head(this.#tenant);
    const last = this.#ledger.journal(this.#tenant).entries({ afterSeq: Math.max(0, seq - 1), limit: 1 });
    await this.#journal.trim(await last);
    this.#tidied = true;
  }
}
