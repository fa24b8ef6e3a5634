/** Counts calls that were started and have not ended, so that closing can wait for them. */
export interface UnderWay {
  /** One more. The returned function says that it ended; saying so twice is saying it once. */
  begin(): () => void;

  /** Resolves when none is left. */
  idle(): Promise<void>;
}

/** Nothing is under way yet. */
export function underWay(): UnderWay {
  let count = 0;
  let waiting: (() => void)[] = [];
  return {
    begin() {
      let open = true;
      count++;
      return () => {
        if (!open) return;
        open = false;
        if (--count > 0) return;
        for (const resolve of waiting) resolve();
        waiting = [];
      };
    },
    idle: () => (count === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}
