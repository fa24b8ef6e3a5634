import type { Clock } from '../nouns/clock.ts';
import type { HoldStore } from '../nouns/store.ts';

const EVERY_MS = 1_000;
const AT_ONCE = 200;

export interface SweeperOptions {
  readonly store: HoldStore;
  readonly clock: Clock;
  readonly onError: (error: Error) => void;

  /** Told after holds or approvals expired. */
  readonly swept: () => void;
}

/** Expires holds and approvals once a second until it is closed. */
export function startSweeper({ store, clock, onError, swept }: SweeperOptions): { close(): Promise<void> } {
  let closed = false;
  let cancel: () => void = () => undefined;
  let running: Promise<void> = Promise.resolve();
  const sweep = async (): Promise<void> => {
    try {
      if ((await store.expire(AT_ONCE)) > 0) swept();
    } catch (error) {
      onError(error instanceof Error ? error : new Error('the sweep failed'));
    }
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
