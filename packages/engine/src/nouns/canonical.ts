import { isPlain } from './plain.ts';
import { isDate } from 'node:util/types';
import { ToriiError } from './errors.ts';
import type { Shapes } from './shapes.ts';

/** Values that JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export type JsonObject = { readonly [key: string]: Json };

/** Bounds on what is hashed, so that hostile input costs a bounded amount of time and memory. */
export const CANONICAL_LIMITS = { depth: 32, nodes: 10_000, characters: 262_144 } as const;

/** Printable ASCII that JSON writes as it is: most text, and quicker to recognize than to escape. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** Objects of so many keys are sorted by insertion. */
const FEW_KEYS = 20;

interface Budget {
  nodes: number;
  characters: number;
  readonly shapes: Shapes | undefined;
}

/**
 * The RFC 8785 text of a value: equal data gives equal bytes. Dates become their ISO text and undefined properties
 * are left out, as `JSON.stringify` does. Throws NOT_CANONICAL for what JSON cannot say exactly (functions, symbols,
 * bigints, NaN, lone surrogates, cycles, class instances) and for values beyond `CANONICAL_LIMITS`.
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0, { nodes: 0, characters: 0, shapes: undefined });
}

/** As `canonicalJson`, and quicker for values of our own making, whose objects have few shapes. */
export function canonicalJsonOf(shapes: Shapes, value: unknown): string {
  return write(value, 0, { nodes: 0, characters: 0, shapes });
}

function write(value: unknown, depth: number, spent: Budget): string {
  if (depth > CANONICAL_LIMITS.depth) throw refuse(`deeper than ${CANONICAL_LIMITS.depth} levels`);
  if (++spent.nodes > CANONICAL_LIMITS.nodes) throw refuse(`larger than ${CANONICAL_LIMITS.nodes} values`);
  switch (typeof value) {
    case 'string':
      return text(value, spent);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      if (!Number.isFinite(value)) throw refuse('a number that JSON cannot say');
      return JSON.stringify(value);
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return array(value, depth, spent);
      return object(value, depth, spent);
    default:
      throw refuse(`a value of type ${typeof value}`);
  }
}

function array(values: readonly unknown[], depth: number, spent: Budget): string {
  let out = '[';
  for (let index = 0; index < values.length; index++) {
    if (index > 0) out += ',';
    out += write(values[index] ?? null, depth + 1, spent);
  }
  return `${out}]`;
}

function object(value: object, depth: number, spent: Budget): string {
  if (isDate(value)) return text(isoText(value), spent);
  if (!isPlain(value)) throw refuse('an instance of a class');
  const own = Object.keys(value);
  const shape = spent.shapes?.of(own);
  const keys = shape?.keys ?? sorted(own);
  let out = '{';
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] ?? '';
    const member = (value as Record<string, unknown>)[key];
    if (member === undefined) continue;
    if (key === '__proto__') throw refuse('a `__proto__` key');
    if (out.length > 1) out += ',';
    const name = shape?.names[index];
    if (name === undefined) {
      out += `${text(key, spent)}:`;
    } else {
      count(key, spent);
      out += name;
    }
    out += write(member, depth + 1, spent);
  }
  return `${out}}`;
}

/**
 * RFC 8785 sorts by UTF-16 code units, which is how JavaScript compares text. Sorts the given list: the few keys that most
 * objects have are in order sooner than `sort` has begun.
 */
function sorted(keys: string[]): readonly string[] {
  if (keys.length > FEW_KEYS) return keys.sort();
  for (let end = 1; end < keys.length; end++) {
    const key = keys[end] ?? '';
    let at = end;
    for (let before = keys[at - 1]; before !== undefined && before > key; before = keys[at - 1]) {
      keys[at] = before;
      at -= 1;
    }
    keys[at] = key;
  }
  return keys;
}

function text(value: string, spent: Budget): string {
  count(value, spent);
  if (PLAIN.test(value)) return `"${value}"`;
  if (!value.isWellFormed()) throw refuse('text with half a surrogate pair');
  return JSON.stringify(value);
}

function count({ length }: string, spent: Budget): void {
  spent.characters += length;
  if (spent.characters > CANONICAL_LIMITS.characters)
    throw refuse(`longer than ${CANONICAL_LIMITS.characters} characters`);
}

function isoText(date: Date): string {
  if (Number.isNaN(date.getTime())) throw refuse('a date that is not one');
  return date.toISOString();
}

function refuse(what: string): ToriiError {
  return new ToriiError('NOT_CANONICAL', `expected plain JSON data, got ${what}`);
}
