import { OutcomeUnknownError } from '../nouns/errors.ts';
import type { Execution } from '../nouns/outcome.ts';
import { known, type MaybePromise, type Steps } from '../nouns/steps.ts';

/**
 * Runs the tool. What it throws is part of the answer: once `signal` was aborted, whatever it throws leaves the outcome
 * open. A signal that was aborted before the start runs nothing.
 */
export function* execute<T>(tool: () => MaybePromise<T>, signal?: AbortSignal): Steps<Execution<T>> {
  if (signal?.aborted === true) return { kind: 'threw', error: signal.reason };
  try {
    return { kind: 'returned', value: yield* known(tool()) };
  } catch (error) {
    return { kind: isOpen(error, signal) ? 'unknown' : 'threw', error };
  }
}

function isOpen(error: unknown, signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true || OutcomeUnknownError.describes(error);
}
