import { lowerAscii, upperAscii } from './ascii.ts';
import { mismatch, overflow } from './operators.ts';
import { spanOf, timeOf } from './moments.ts';
import { Failure, isNumeric, isObject } from './values.ts';

/** A function of one value that is not a failure. `at` is the text of the expression, for messages. */
export type Conversion = (value: unknown, at: string) => unknown;

/** A function of two texts. */
type TextTest = (text: string, other: string) => boolean;

const INT = /^-?\d{1,19}$/;
const DOUBLE = /^-?\d{1,40}(?:\.\d{1,40})?(?:[eE][+-]?\d{1,3})?$/;
const MAX_INT = 2n ** 63n - 1n;
const MIN_INT = -(2n ** 63n);

/** Functions of one value, by their names in CEL. */
export const CONVERSIONS: ReadonlyMap<string, Conversion> = new Map<string, Conversion>([
  ['size', size],
  ['int', toInt],
  ['double', toDouble],
  ['timestamp', textual(timeOf)],
  ['duration', textual(spanOf)],
  ['lowerAscii', textual(lowerAscii)],
  ['upperAscii', textual(upperAscii)],
]);

/** Functions of two texts, by their names in CEL. */
export const TEXT_TESTS: ReadonlyMap<string, TextTest> = new Map<string, TextTest>([
  ['startsWith', (text, start) => text.startsWith(start)],
  ['endsWith', (text, end) => text.endsWith(end)],
  ['contains', (text, part) => text.includes(part)],
]);

function textual(read: (text: string) => unknown): Conversion {
  return (value, at) => {
    if (typeof value !== 'string') return mismatch('expected a text', [value], at);
    const result = read(value);
    return result instanceof Failure ? new Failure(() => `${result.message} in ${at}`) : result;
  };
}

/** Characters of a text (code points), elements of a list, keys of an object. */
function size(value: unknown, at: string): unknown {
  if (typeof value === 'string') return BigInt(codePoints(value));
  if (Array.isArray(value)) return BigInt(value.length);
  if (isObject(value)) return BigInt(Object.keys(value).length);
  return mismatch('expected a text, a list or an object', [value], at);
}

function codePoints(text: string): number {
  let count = text.length;
  for (let index = 1; index < text.length; index++) {
    if (isHalf(text.charCodeAt(index - 1), 0xd800) && isHalf(text.charCodeAt(index), 0xdc00)) count--;
  }
  return count;
}

/** Whether a unit is the first (0xd800) or the second (0xdc00) half of a character. */
function isHalf(unit: number, half: number): boolean {
  return (unit & 0xfc00) === half;
}

/** Cuts decimals off, and reads a text of digits. */
function toInt(value: unknown, at: string): unknown {
  if (typeof value === 'string' && !INT.test(value)) return new Failure(`expected a text of digits in ${at}`);
  if (!isNumeric(value) && typeof value !== 'string')
    return mismatch('expected a number or a text', [value], at);
  if (typeof value === 'number' && !Number.isFinite(value)) return overflow(at);
  const int = BigInt(typeof value === 'number' ? Math.trunc(value) : value);
  return int > MAX_INT || int < MIN_INT ? overflow(at) : int;
}

function toDouble(value: unknown, at: string): unknown {
  if (typeof value === 'string' && !DOUBLE.test(value))
    return new Failure(`expected a text such as \`99.5\` in ${at}`);
  if (!isNumeric(value) && typeof value !== 'string')
    return mismatch('expected a number or a text', [value], at);
  const double = Number(value);
  return Number.isFinite(double) ? double : overflow(at);
}
