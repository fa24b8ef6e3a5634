/** What is known at once, or is promised. */
export type MaybePromise<T> = T | PromiseLike<T>;

/**
 * Work that waits only for what is not known yet: `yield* known(answer)` stands where `await answer` would. A promise costs
 * more than most steps on the path of a call, and many times that where somebody follows all of them, as
 * `AsyncLocalStorage` does.
 */
export type Steps<T> = Generator<PromiseLike<unknown>, T, unknown>;

/** The answer, at once where it is no promise. Throws what the promise rejects with. */
export function* known<T>(answer: MaybePromise<T>): Steps<T> {
  // What was promised is what comes back: `take` sees to that.
  return isPromise(answer) ? ((yield answer) as T) : answer;
}

/** Waits until whoever is running now has ended: what follows does not happen on their stack. */
export function* soon(): Steps<void> {
  yield NOW;
}

const NOW = Promise.resolve();

/** Does the steps: at once as long as nothing is promised, and from then on behind a promise. Throws what they throw. */
export function take<T>(steps: Steps<T>): T | Promise<T> {
  const first = steps.next();
  return first.done === true ? first.value : promiseOf(steps, first);
}

/**
 * As `take`, for whoever expects a promise: of what is known at once too, and what the steps throw rejects. `from` is how
 * far they were taken already.
 */
export async function promiseOf<T>(
  steps: Steps<T>,
  from: IteratorResult<PromiseLike<unknown>, T> = steps.next(),
): Promise<T> {
  let step = from;
  while (step.done !== true) {
    let answer: unknown;
    try {
      answer = await step.value;
    } catch (error) {
      step = steps.throw(error);
      continue;
    }
    step = steps.next(answer);
  }
  return step.value;
}

/** Whether `await` would wait for it. */
export function isPromise<T>(answer: MaybePromise<T>): answer is PromiseLike<T> {
  if ((typeof answer !== 'object' || answer === null) && typeof answer !== 'function') return false;
  return typeof (answer as Partial<PromiseLike<T>>).then === 'function';
}
