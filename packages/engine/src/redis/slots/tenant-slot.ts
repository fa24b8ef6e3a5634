import type { Clock } from '../../nouns/clock.ts';
import { ToriiError } from '../../nouns/errors.ts';
import { askEpoch, lossOf, type SlotState } from './epoch.ts';
import { unavailable } from '../connection/failures.ts';
import type { GuardedClient } from '../connection/guarded-client.ts';
import type { SlotKeys } from '../keys.ts';
import type { ScriptClient, Slot } from '../script.ts';
import type { SuspectSlot } from './suspicion.ts';
import { EXAMINE } from '../scripts/epoch.ts';

/** What a slot is opened with. */
export interface TenantSlotOptions {
  readonly keys: SlotKeys;
  readonly clock: Clock;

  /** Milliseconds since 1970 where a test says the time. */
  readonly now: (() => number) | undefined;

  /** A client for these keys. */
  readonly client: () => Promise<GuardedClient>;

  /** Finds the data of the slot, or begins it. Throws STORE_LOST where data is missing. */
  readonly open: (slot: TenantSlot) => Promise<SlotState>;

  /** Told before anybody is served from it: what others have to know of it, and it of others. */
  readonly opened: (slot: Slot) => Promise<void>;

  /** Restores lost data; undefined where there is nothing to restore it from. */
  readonly restore: ((slot: TenantSlot, lost: SlotState) => Promise<SlotState>) | undefined;
}

/** How long to wait before a slot that is closed is looked at again, in milliseconds. */
const AGAIN_MS = 1_000;

/**
 * The data of one tenant. It opens when it is first needed, and closes when the server turns out not to have what this
 * process was answered before; then every step rejects until the data was looked at again, or was restored.
 */
export class TenantSlot implements SuspectSlot {
  readonly keys: SlotKeys;
  readonly client: ScriptClient;
  readonly now?: () => number;
  readonly #options: TenantSlotOptions;
  #guarded: GuardedClient | undefined;
  #epoch = '';
  #floor = 0;
  #suspect = 0;
  #state: 'new' | 'open' | 'shut' = 'new';
  #why = '';
  #opening: Promise<void> | undefined;
  #examining = false;
  #closed = false;
  #cancel: () => void = () => undefined;

  constructor(options: TenantSlotOptions) {
    this.#options = options;
    this.keys = options.keys;
    if (options.now !== undefined) this.now = options.now;
    this.client = {
      evalsha: (sha, keyCount, ...args) => this.#reached((client) => client.evalsha(sha, keyCount, ...args)),
      eval: (source, keyCount, ...args) => this.#reached((client) => client.eval(source, keyCount, ...args)),
    };
  }

  get epoch(): string {
    return this.#epoch;
  }

  get suspect(): number {
    return this.#suspect;
  }

  /** Whether it is known, without asking, that nothing of its data is missing. */
  isUnsuspected(): boolean {
    return this.#state === 'open' && this.#suspect === 0;
  }

  floor(): number {
    return this.#floor;
  }

  seen(version: number): void {
    if (version > this.#floor) this.#floor = version;
  }

  /** Opens the slot where it is not open yet. Rejects while it is closed. */
  ready(): Promise<void> | undefined {
    if (this.#state === 'open') return undefined;
    if (this.#state === 'shut') return Promise.reject(unavailable(this.#why));
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** Told that the server does not have the data that was asked about. */
  fenced(): void {
    if (this.#state !== 'open') return;
    this.#shut('redis does not have the data that was opened; it is being looked at');
    void this.#examine();
  }

  /** Waits until the server may be asked, at most as long as a command may take. */
  async reachable(): Promise<void> {
    await (await this.#reach()).opened();
  }

  /** Looks at it no more. */
  close(): void {
    this.#closed = true;
    this.#cancel();
    this.#shut('the store is closed');
  }

  #reached(send: (client: GuardedClient) => Promise<unknown>): Promise<unknown> {
    return this.#guarded === undefined ? this.#reach().then(send) : send(this.#guarded);
  }

  async #reach(): Promise<GuardedClient> {
    this.#guarded ??= await this.#options.client();
    return this.#guarded;
  }

  #shut(why: string): void {
    this.#state = 'shut';
    this.#why = why;
  }

  async #open(): Promise<void> {
    await this.reachable();
    const state = await this.#options.open(this);
    await this.#options.opened(this.#unopened(state));
    this.#adopt(state);
  }

  /** The data as it was found, for whom it need not be open. */
  #unopened({ epoch, seq }: SlotState): Slot {
    const { client, keys, now } = this;
    let floor = seq;
    const seen = (version: number): void => void (floor = Math.max(floor, version));
    const slot = { client, keys, epoch, floor: () => floor, seen };
    return now === undefined ? slot : { ...slot, now };
  }

  #adopt({ epoch, seq, suspect }: SlotState): void {
    this.#epoch = epoch;
    this.#floor = seq;
    this.#suspect = suspect;
    if (!this.#closed) this.#state = 'open';
  }

  async #examine(): Promise<void> {
    if (this.#examining) return;
    this.#examining = true;
    try {
      const state = await this.#followed(await askEpoch(this, EXAMINE, [this.#epoch, this.#floor]));
      // Whatever else was lost with the data has to be told anew.
      await this.#options.opened(this.#unopened(state));
      this.#adopt(state);
    } catch (error) {
      this.#why = ToriiError.is(error) ? error.message : 'the data of redis could not be looked at';
    } finally {
      this.#examining = false;
    }
    if (this.#state === 'shut' && !this.#closed)
      this.#cancel = this.#options.clock.after(AGAIN_MS, () => void this.#examine());
  }

  /** What the server holds, as far as that stands for what was opened. */
  async #followed(state: SlotState): Promise<SlotState> {
    switch (state.kind) {
      case 'found':
      case 'begun':
        return state;
      case 'other':
        if (state.rebuilt) return state;
        throw unavailable(
          'redis holds other data than this process opened; start the process anew to use it',
        );
      default:
        if (this.#options.restore === undefined) throw lossOf(state);
        return this.#followed(await this.#options.restore(this, state));
    }
  }
}
