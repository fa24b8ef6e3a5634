import type { Clock } from './clock.ts';
import { ToriiError } from './errors.ts';
import { isPromise, type MaybePromise } from './steps.ts';

/** Work that has to be done by a point in time. */
export interface Timed<T> {
  readonly work: PromiseLike<T>;

  /** Told of an answer that came too late, so that nothing is left behind that nobody knows of. */
  readonly late?: ((answer: T) => void) | undefined;
}

/** The answer of the work, or STORE_UNAVAILABLE once it is `untilMs` and there is none. */
export function before<T>(clock: Clock, untilMs: number, { work, late }: Timed<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let expired = false;
    const expire = (): void => {
      expired = true;
      reject(new ToriiError('STORE_UNAVAILABLE', 'the store did not answer in time'));
    };
    const cancel = clock.after(Math.max(0, untilMs - clock.now()), expire, 'somebody waits');
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

/** As `before`, with the time that one answer of the store may take. What is known at once is in time. */
export function within<T>(clock: Clock, limitMs: number, work: MaybePromise<T>): Promise<T> {
  return isPromise(work) ? before(clock, clock.now() + limitMs, { work }) : Promise.resolve(work);
}
