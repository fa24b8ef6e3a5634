import { OutcomeUnknownError } from '../nouns/errors.ts';
import type { Execution } from '../nouns/outcome.ts';

/** Runs the tool. What it throws is part of the answer. */
export async function execute<T>(tool: () => T | PromiseLike<T>): Promise<Execution<T>> {
  try {
    return { kind: 'returned', value: await tool() };
  } catch (error) {
    return { kind: OutcomeUnknownError.describes(error) ? 'unknown' : 'threw', error };
  }
}
