import type { Clock } from './clock.ts';
import { ToriiError } from './errors.ts';
import { isPromise, type MaybePromise } from './steps.ts';

/** Work that has to be done by a point in time. */
export interface Timed<T> {
  readonly work: Promise<T>;

  /** Told of an answer that came too late, so that nothing is left behind that nobody knows of. */
  readonly late?: ((answer: T) => void) | undefined;
}

/** The answer of the work, or STORE_UNAVAILABLE once it is `untilMs` and there is none. A clock that fails is no time left. */
export function before<T>(clock: Clock, untilMs: number, timed: Timed<T>): Promise<T> {
  return answered(clock, () => Math.max(0, untilMs - clock.now()), timed);
}

/** As `before`, with the time that one answer of the store may take. What is known at once is in time. */
export function within<T>(clock: Clock, limitMs: number, work: MaybePromise<T>): Promise<T> {
  return isPromise(work)
    ? answered(clock, () => limitMs, { work: Promise.resolve(work) })
    : Promise.resolve(work);
}

function answered<T>(clock: Clock, leftMs: () => number, { work, late }: Timed<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let expired = false;
    let cancel = (): void => undefined;
    const expire = (reason: unknown): void => {
      expired = true;
      reject(failureOf(reason));
    };
    work.then(
      (answer) => {
        cancel();
        if (expired) late?.(answer);
        else resolve(answer);
      },
      (error: unknown) => {
        cancel();
        reject(failureOf(error));
      },
    );
    const tooLate = (): void =>
      expire(new ToriiError('STORE_UNAVAILABLE', 'the store did not answer in time'));
    try {
      cancel = clock.after(leftMs(), tooLate, 'somebody waits');
    } catch (error) {
      expire(error);
    }
  });
}

function failureOf(error: unknown): Error {
  return error instanceof Error ? error : new ToriiError('STORE_UNAVAILABLE', 'the store failed');
}
