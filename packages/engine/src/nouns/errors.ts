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
  'STORE_LOST',
  'REDIS_TOO_OLD',
  'REDIS_IS_REPLICA',
  'REDIS_EVICTS',
  'REDIS_NOT_DURABLE',
  'REDIS_TOO_FEW_REPLICAS',
  'REDIS_CLOCK_SKEWED',
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
   * error caused by one of them. Looks at most five causes deep and never throws. An abort with a reason of one's own
   * does not show in the error: hand `guard` the signal.
   */
  static describes(error: unknown): boolean {
    try {
      return isOpen(error, 5);
    } catch {
      return false;
    }
  }
}

/** Names and codes of errors after which the other side may have done its work. */
const OPEN_ENDS: ReadonlySet<unknown> = new Set([
  'AbortError',
  'CanceledError',
  'TimeoutError',
  'ECONNABORTED',
  'ECONNRESET',
  'ERR_CANCELED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_ABORTED',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_SOCKET',
]);

function isOpen(error: unknown, depth: number): boolean {
  if (depth === 0 || typeof error !== 'object' || error === null) return false;
  if (has(error, UNKNOWN)) return true;
  if (OPEN_ENDS.has(read(error, 'name')) || OPEN_ENDS.has(read(error, 'code'))) return true;
  const several = read(error, 'errors');
  const causes: readonly unknown[] = Array.isArray(several) ? several.slice(0, 20) : [];
  return [read(error, 'cause'), ...causes].some((cause) => isOpen(cause, depth - 1));
}

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
