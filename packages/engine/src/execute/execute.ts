import { OutcomeUnknownError } from '../nouns/errors.ts';
import type { Execution } from '../nouns/outcome.ts';

/**
 * Runs the tool. What it throws is part of the answer: once `signal` was aborted, whatever it throws leaves the outcome
 * open. A signal that was aborted before the start runs nothing.
 */
export async function execute<T>(
  tool: () => T | PromiseLike<T>,
  signal?: AbortSignal,
): Promise<Execution<T>> {
  if (signal?.aborted === true) return { kind: 'threw', error: signal.reason };
  try {
    return { kind: 'returned', value: await tool() };
  } catch (error) {
    return { kind: isOpen(error, signal) ? 'unknown' : 'threw', error };
  }
}

function isOpen(error: unknown, signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true || OutcomeUnknownError.describes(error);
}
