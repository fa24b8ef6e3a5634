/**
 * Why an operation has no value. A failure is a value among values, so nothing is thrown while a call is judged. It
 * names places of the expression and kinds of values, never the values themselves.
 */
export class Failure {
  readonly #message: string | (() => string);

  /** A message that is made each time when it is read, because most failures inside macros are never told. */
  constructor(message: string | (() => string)) {
    this.#message = message;
  }

  get message(): string {
    return typeof this.#message === 'string' ? this.#message : this.#message();
  }
}

/** A point in time. */
export class Instant {
  constructor(readonly ms: number) {}
}

/** A length of time, possibly negative. */
export class Span {
  constructor(readonly ms: number) {}
}

/** Names what a value is, for messages: `a number`, `a text`, `an object`. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Instant) return 'a time';
  if (value instanceof Span) return 'a duration';
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'boolean') return 'a boolean';
  if (isNumeric(value)) return 'a number';
  return typeof value === 'object' ? 'an object' : 'a value that is not JSON';
}

/** Whether the value is a number: CEL's `int` is a `bigint` here, its `double` and every number of JSON a `number`. */
export function isNumeric(value: unknown): value is number | bigint {
  return typeof value === 'bigint' || typeof value === 'number';
}

/** Whether the value is a JSON object. Other objects than those and lists never come out of JSON. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Instant) &&
    !(value instanceof Span) &&
    !(value instanceof Failure)
  );
}
