import type { Clock } from '../nouns/clock.ts';
import type { Store } from '../nouns/store.ts';

const EVERY_MS = 1_000;
const AT_ONCE = 200;

/** Carve-outs are looked at once in so many sweeps: what nobody spends from any more may wait some seconds. */
const SWEEPS_PER_LOOK = 5;

export interface SweeperOptions {
  /** The stores to sweep, each time. */
  readonly stores: () => Promise<readonly Store[]>;

  /** Settles carve-outs that are over and that nobody holds any of. */
  readonly settleIdle: (store: Store) => Promise<void>;
  readonly clock: Clock;
  readonly onError: (error: Error) => void;

  /** Told after holds or approvals of this store expired. */
  readonly swept: (store: Store) => void;
}

/** Expires holds and approvals once a second until it is closed. One store that fails holds up no other. */
export function startSweeper(options: SweeperOptions): { close(): Promise<void> } {
  const { stores, settleIdle, clock, onError, swept } = options;
  let closed = false;
  let sweeps = 0;
  let cancel: () => void = () => undefined;
  let running: Promise<void> = Promise.resolve();
  const safely = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      onError(error instanceof Error ? error : new Error('the sweep failed'));
    }
  };
  const sweepStore = async (store: Store): Promise<void> => {
    if ((await store.expire(AT_ONCE)) > 0) swept(store);
    if (sweeps % SWEEPS_PER_LOOK === 0) await settleIdle(store);
  };
  const sweep = async (): Promise<void> => {
    sweeps += 1;
    await safely(async () => {
      const known = await stores();
      await Promise.all(known.map((store) => safely(() => sweepStore(store))));
    });
    plan();
  };
  const plan = (): void => {
    if (closed) return;
    cancel = clock.after(EVERY_MS, () => {
      running = sweep();
    });
  };
  plan();
  return {
    async close() {
      closed = true;
      cancel();
      await running;
    },
  };
}
