import type { Clock } from './nouns/clock.ts';
import { ToriiError } from './nouns/errors.ts';

/**
 * The answer of `work`, or STORE_UNAVAILABLE once `limitMs` have passed without one. What arrives too late is handed
 * to `late`, so that nothing is left behind that nobody knows of.
 */
export function within<T>(
  clock: Clock,
  limitMs: number,
  { work, late }: { work: Promise<T>; late?: (answer: T) => void },
): Promise<T> {
  return new Promise((resolve, reject) => {
    let expired = false;
    const cancel = clock.after(limitMs, () => {
      expired = true;
      reject(new ToriiError('STORE_UNAVAILABLE', `the store did not answer within ${limitMs} ms`));
    });
    work.then(
      (answer) => {
        cancel();
        if (expired) late?.(answer);
        else resolve(answer);
      },
      (error: unknown) => {
        cancel();
        reject(error instanceof Error ? error : new ToriiError('STORE_UNAVAILABLE', 'the store failed'));
      },
    );
  });
}
