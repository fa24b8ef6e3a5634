import { type ExecutionContext, HttpException } from '@nestjs/common';
import type { Denial, Waiting } from '@torii/engine';
import { headersOf, type Problem, type Refused } from '@torii/engine/http';
import type { CallOptions } from './options.ts';

const BRAND: unique symbol = Symbol.for('torii.nest.denied') as never;

/**
 * Thrown for a call that may not run, before its handler. Over HTTP its body is a problem of RFC 9457, and its headers
 * are on the response already; elsewhere `getResponse()` has the same as data.
 */
export class ToriiDeniedException extends HttpException {
  readonly [BRAND] = true;

  /** The headers that belong to the problem, among them `Content-Type` and, where waiting helps, `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    /** The whole answer, as data that JSON can say. */
    readonly answer: Denial | Waiting,
    problem: Problem,
  ) {
    super({ ...problem.body }, problem.status, { description: problem.body.title });
    this.message = problem.body.detail;
    this.headers = headersOf(problem);
  }

  /** Holds across duplicate installs of this package, where `instanceof` does not. */
  static is(value: unknown): value is ToriiDeniedException {
    return typeof value === 'object' && value !== null && BRAND in value;
  }
}

/** What is thrown for a call that may not run: what the options say, else a `ToriiDeniedException`. */
export async function exceptionFor(
  { onDenied }: CallOptions<never>,
  context: ExecutionContext,
  { answer, problem }: Omit<Refused, 'kind'>,
): Promise<unknown> {
  const instead: unknown = await onDenied?.(answer, context);
  return instead ?? new ToriiDeniedException(answer, problem);
}
