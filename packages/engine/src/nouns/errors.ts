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

  /**
   * Whether an error leaves the outcome open: this class, an abort, a timeout or a connection that was lost, or an
   * error caused by one of them. Looks at most five causes deep and never throws.
   */
  static describes(error: unknown): boolean {
    let cause = error;
    for (let depth = 0; depth < 5 && typeof cause === 'object' && cause !== null; depth++) {
      if (has(cause, UNKNOWN) || OPEN_ENDS.has(read(cause, 'name')) || OPEN_ENDS.has(read(cause, 'code')))
        return true;
      cause = read(cause, 'cause');
    }
    return false;
  }
}

/** Names and codes of errors after which the other side may have done its work. */
const OPEN_ENDS: ReadonlySet<unknown> = new Set([
  'AbortError',
  'TimeoutError',
  'ECONNABORTED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_ABORTED',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_SOCKET',
]);

function has(value: object, key: symbol): boolean {
  try {
    return key in value;
  } catch {
    return false;
  }
}

function read(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}
