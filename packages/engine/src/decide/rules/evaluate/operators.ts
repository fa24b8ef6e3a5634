import { lowerAscii } from './ascii.ts';
import { instantAt } from './moments.ts';
import { Failure, Instant, isNumeric, kindOf, Span } from './values.ts';

/** An operation on two values that are not failures. `at` is the text of the expression, for messages. */
export type Operation = (left: unknown, right: unknown, at: string) => unknown;

const MAX_INT = 2n ** 63n - 1n;
const MIN_INT = -(2n ** 63n);

const sum = arithmetic({ int: (a, b) => a + b, double: (a, b) => a + b });
const difference = arithmetic({ int: (a, b) => a - b, double: (a, b) => a - b });
const quotient = arithmetic({ int: (a, b) => a / b, double: (a, b) => a / b });

/**
 * Whether two values are equal. Stricter than CEL: values of different kinds are a failure rather than unequal, so that
 * a text where a number was expected cannot slip through. Lists and objects are not compared.
 */
export const equal: Operation = (left, right, at) => {
  if (typeof left === 'string' && typeof right === 'string') return left === right;
  if (isNumeric(left) && isNumeric(right)) return equalNumbers(left, right, at);
  if (typeof left === 'boolean' && typeof right === 'boolean') return left === right;
  if (left === null && right === null) return true;
  if (left instanceof Instant && right instanceof Instant) return left.ms === right.ms;
  if (left instanceof Span && right instanceof Span) return left.ms === right.ms;
  return mismatch('expected two values of one kind, not lists or objects', [left, right], at);
};

/** As `equal`, for a side that is written as `null`: asking whether something is null suits values of every kind. */
export const equalNull: Operation = (left, right) => left === right;

/** Turns an operation on how two values are ordered into an operation on the values. */
export function ordering(holds: (order: number) => boolean): Operation {
  return (left, right, at) => {
    const order = compare(left, right, at);
    return typeof order === 'number' ? holds(order) : order;
  };
}

/**
 * Whether a scalar is an element of a list. In CEL an object would be asked for its keys; here it is a failure, because
 * an agent that sends an object where a list was expected would never be found in it.
 */
export const isIn: Operation = (left, right, at) =>
  Array.isArray(right) ? isElement(left, right, at) : mismatch('expected a list', [right], at);

/** As an operation on texts, or on the texts of a list, in lower case. */
export function folded(operation: Operation): Operation {
  return (left, right, at) => operation(lower(left), lower(right), at);
}

function lower(value: unknown): unknown {
  if (typeof value === 'string') return lowerAscii(value);
  return Array.isArray(value)
    ? value.map((each: unknown) => (typeof each === 'string' ? lowerAscii(each) : each))
    : value;
}

/** The sum of numbers, of texts, of a time and a duration, or of durations. */
export const add: Operation = (left, right, at) => {
  if (typeof left === 'string' && typeof right === 'string') return left + right;
  if (left instanceof Instant && right instanceof Span) return instantAt(left.ms + right.ms);
  if (left instanceof Span && right instanceof Instant) return instantAt(left.ms + right.ms);
  if (left instanceof Span && right instanceof Span) return new Span(left.ms + right.ms);
  return sum(left, right, at);
};

/** The difference of numbers, of times, of durations, or of a time and a duration. */
export const subtract: Operation = (left, right, at) => {
  if (left instanceof Instant && right instanceof Span) return instantAt(left.ms - right.ms);
  if (left instanceof Instant && right instanceof Instant) return new Span(left.ms - right.ms);
  if (left instanceof Span && right instanceof Span) return new Span(left.ms - right.ms);
  return difference(left, right, at);
};

/** The product of two numbers of one type. */
export const multiply = arithmetic({ int: (a, b) => a * b, double: (a, b) => a * b });

/** Whole numbers lose their rest; dividing by zero is a failure for all numbers. */
export const divide: Operation = (left, right, at) =>
  right === 0n ? overflow(at) : quotient(left, right, at);

/** The rest of an integer division; CEL has none for numbers with decimals. */
export const remainder: Operation = (left, right, at) => {
  if (typeof left !== 'bigint' || typeof right !== 'bigint')
    return mismatch('expected two whole numbers', [left, right], at);
  return right === 0n ? overflow(at) : left % right;
};

/** The number with its sign turned; the smallest whole number has no counterpart. */
export function negate(value: unknown, at: string): unknown {
  if (typeof value === 'number') return -value;
  if (typeof value !== 'bigint') return mismatch('expected a number', [value], at);
  return value === MIN_INT ? overflow(at) : -value;
}

/** Says which kinds of values an operation got instead of what it needs. */
export function mismatch(expected: string, got: readonly unknown[], at: string): Failure {
  return new Failure(() => `${expected} in ${at}, got ${got.map(kindOf).join(' and ')}`);
}

/** Says that a number is beyond what CEL counts, or not a number at all. */
export function overflow(at: string): Failure {
  return new Failure(() => `expected a number within bounds in ${at}`);
}

function isElement(left: unknown, list: readonly unknown[], at: string): unknown {
  let failure: Failure | undefined;
  for (const element of list) {
    const answer = element instanceof Failure ? element : equal(left, element, at);
    if (answer === true) return true;
    if (answer instanceof Failure) failure ??= answer;
  }
  return failure ?? false;
}

function compare(left: unknown, right: unknown, at: string): number | Failure {
  if (isNumeric(left) && isNumeric(right)) return compareNumbers(left, right, at);
  if (typeof left === 'string' && typeof right === 'string') return compareTexts(left, right);
  if (left instanceof Instant && right instanceof Instant) return left.ms - right.ms;
  if (left instanceof Span && right instanceof Span) return left.ms - right.ms;
  return mismatch('expected two numbers, texts, times or durations', [left, right], at);
}

/** Orders by code points, as CEL does; the language's own order is by halves of surrogate pairs. */
function compareTexts(left: string, right: string): number {
  if (left === right) return 0;
  const end = Math.min(left.length, right.length);
  let at = 0;
  while (at < end && left.charCodeAt(at) === right.charCodeAt(at)) at++;
  if (at === end) return left.length - right.length;
  return rank(left.charCodeAt(at)) - rank(right.charCodeAt(at));
}

/** Moves surrogates behind all other units, where the code points are that they stand for. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

interface Arithmetic {
  readonly int: (left: bigint, right: bigint) => bigint;
  readonly double: (left: number, right: number) => number;
}

/** CEL keeps whole numbers and numbers with decimals apart in calculations, and so do we. */
function arithmetic({ int, double }: Arithmetic): Operation {
  return (left, right, at) => {
    if (typeof left === 'bigint' && typeof right === 'bigint') {
      const result = int(left, right);
      return result > MAX_INT || result < MIN_INT ? overflow(at) : result;
    }
    if (typeof left === 'number' && typeof right === 'number') {
      const result = double(left, right);
      return Number.isFinite(result) ? result : overflow(at);
    }
    if (isNumeric(left) && isNumeric(right))
      return new Failure(
        () =>
          `expected numbers of one type in ${at}; beside numbers of \`arguments\` write \`2.0\`, not \`2\``,
      );
    return mismatch('expected two numbers', [left, right], at);
  };
}

function equalNumbers(left: number | bigint, right: number | bigint, at: string): boolean | Failure {
  const order = compareNumbers(left, right, at);
  return typeof order === 'number' ? order === 0 : order;
}

/** Exact also between a bigint and a number, which the language's strict equality would call unequal. */
function compareNumbers(left: number | bigint, right: number | bigint, at: string): number | Failure {
  if (!isBounded(left) || !isBounded(right)) return overflow(at);
  return left < right ? -1 : left > right ? 1 : 0;
}

function isBounded(value: number | bigint): boolean {
  return typeof value === 'bigint' || Number.isFinite(value);
}
