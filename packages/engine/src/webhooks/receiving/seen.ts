import { type Clock, systemClock } from '../../nouns/clock.ts';

const KEPT_MS = 7 * 86_400_000;
const LIMIT = 100_000;

/** Remembers which messages were accepted. Several processes that receive need one in common. */
export interface SeenMessages {
  /** Remembers an id in one step; answers whether it is new. One that rejects leaves the request to be sent again. */
  add(id: string): boolean | Promise<boolean>;

  /** Forgets an id: its message was not dealt with after all. */
  remove(id: string): void | Promise<void>;
}

/**
 * Remembers in this process, until it ends. An id is kept for `keptMs`, by default seven days, longer than its message is
 * tried; of more than `limit`, by default 100,000, the oldest are forgotten first.
 */
export function memorySeen({
  keptMs = KEPT_MS,
  limit = LIMIT,
  clock = systemClock,
}: { readonly keptMs?: number; readonly limit?: number; readonly clock?: Clock } = {}): SeenMessages {
  const seenAt = new Map<string, number>();
  const forget = (): void => {
    for (const [id, at] of seenAt) {
      if (seenAt.size <= limit && clock.now() - at < keptMs) return;
      seenAt.delete(id);
    }
  };
  return {
    add(id) {
      forget();
      if (seenAt.has(id)) return false;
      seenAt.set(id, clock.now());
      forget();
      return true;
    },
    remove: (id) => void seenAt.delete(id),
  };
}
