/** The closed list of errors that Torii throws. A denial is never among them: a denial is an answer. */
export const errorCodes = [
  'OPTIONS_INVALID',
  'POLICY_INVALID',
  'JSON_INVALID',
  'MONEY_INVALID',
  'NOT_CANONICAL',
  'STORE_IN_USE',
  'STORE_UNAVAILABLE',
  'STORE_CORRUPT',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

const BRAND: unique symbol = Symbol.for('torii.error') as never;

/** Thrown for a caller's mistake and for an outage. `docs` names the section that says what to do. */
export class ToriiError extends Error {
  override readonly name = 'ToriiError';
  readonly [BRAND] = true;
  readonly docs: string;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.docs = `docs/reference/errors.md#${code.toLowerCase()}`;
  }

  /** Holds across duplicate installs of this package, where `instanceof` does not. */
  static is(value: unknown): value is ToriiError {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

const UNKNOWN: unique symbol = Symbol.for('torii.outcome-unknown') as never;

/**
 * Thrown by a tool that cannot say whether the money was spent, for example after a lost reply.
 * The hold stays until somebody settles or releases the call.
 */
export class OutcomeUnknownError extends Error {
  override readonly name = 'OutcomeUnknownError';
  readonly [UNKNOWN] = true;

  /** Whether an error leaves the outcome open: this class, or an abort or a timeout. */
  static describes(error: unknown): boolean {
    if (typeof error !== 'object' || error === null) return false;
    if (UNKNOWN in error) return true;
    const { name } = error as { name?: unknown };
    return name === 'AbortError' || name === 'TimeoutError';
  }
}
