import type { Denial } from '../nouns/denial.ts';
import type { Waiting } from '../nouns/outcome.ts';

const BRAND: unique symbol = Symbol.for('torii.tool-denied') as never;

/**
 * Thrown by a guarded tool whose call may not run, before anything ran, where the framework makes it the error of that
 * call and goes on with the run: the model reads `message`.
 */
export class ToriiDeniedError extends Error {
  override readonly name = 'ToriiDeniedError';
  readonly [BRAND] = true;

  constructor(
    message: string,
    /** The whole answer, as data that JSON can say. */
    readonly denial: Denial | Waiting,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** Holds across duplicate installs of this package, where `instanceof` does not. */
  static is(value: unknown): value is ToriiDeniedError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}
