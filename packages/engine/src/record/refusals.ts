import type { Clock } from '../nouns/clock.ts';
import type { DenialCode } from '../nouns/denial.ts';
import type { Journal } from '../nouns/store.ts';

/** Unproven callers are counted and written down together, so that they cannot fill the journal. */
const WRITTEN_EVERY_MS = 1_000;

/** Counts calls without a proven identity; the journal gets the exact counts at most once a second. */
export interface Refusals {
  count(code: DenialCode): void;

  /** Writes what is counted. */
  flush(): Promise<void>;
}

/** Counts refusals and writes them to the journal. */
export function countRefusals(journal: Journal, clock: Clock): Refusals {
  let counts = new Map<DenialCode, number>();
  let cancel: (() => void) | undefined;
  const flush = async (): Promise<void> => {
    cancel?.();
    cancel = undefined;
    if (counts.size === 0) return;
    const written = counts;
    counts = new Map();
    try {
      await journal.append([{ type: 'identity.refused', facts: Object.fromEntries(written) }]);
    } catch {
      for (const [code, count] of written) counts.set(code, (counts.get(code) ?? 0) + count);
    }
  };
  return {
    count(code) {
      counts.set(code, (counts.get(code) ?? 0) + 1);
      cancel ??= clock.after(WRITTEN_EVERY_MS, () => void flush());
    },
    flush,
  };
}
