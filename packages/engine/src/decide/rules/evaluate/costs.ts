import { isObject } from './values.ts';

/** How many steps an operation takes, at least about: looked up before it is done. */
export type Cost = (left: unknown, right?: unknown) => number;

/** Steps of one element of a list, before anything is done with it. */
const ELEMENT = 8;

const AT_A_TIME = 16;

/** Steps of evaluating one part of an expression. */
const PART = 4;

/** Steps of counting one key of an object, which the platform lists first. */
const KEY = 40;

/** Steps of reading a written time, and of asking the platform for the clock of a zone. */
const TIME = 200;
const CLOCK = 1_000;

/** Steps of one turn of a macro whose body has so many parts. */
export function turnCost(parts: number): number {
  return PART * (parts + 2);
}

/** Steps of an operation, by how it is written. Whatever is not listed takes a time that no argument changes. */
export const COSTS: ReadonlyMap<string, Cost> = new Map<string, Cost>([
  ['==', equality],
  ['!=', equality],
  ['<', ordering],
  ['<=', ordering],
  ['>', ordering],
  ['>=', ordering],
  ['in', membership],
  ['+', (left, right) => lengthOf(left) + lengthOf(right)],
  ['contains', lengthOf],
  ['startsWith', (_, start) => lengthOf(start)],
  ['endsWith', (_, end) => lengthOf(end)],
  ['lowerAscii', changing],
  ['upperAscii', changing],
  ['size', (value) => (isObject(value) ? KEY * Object.keys(value).length : lengthOf(value))],
  ['timestamp', () => TIME],
  ['duration', () => TIME],
]);

/** Steps of reading a time on the clock of a named zone. */
export function clockCost(): number {
  return CLOCK;
}

/** Steps of folding the case of whatever texts stand on both sides, on top of the operation. */
export function foldingCost(left: unknown, right: unknown): number {
  return textsOf(left) + textsOf(right);
}

function textsOf(value: unknown): number {
  if (!Array.isArray(value)) return changing(value);
  return value.reduce<number>((sum, element) => sum + 2 * ELEMENT + changing(element), 0);
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' ? value.length : 0;
}

/** Letters beyond ASCII make changing the case of the others slow. */
function changing(value: unknown): number {
  return 2 * lengthOf(value);
}

/** Texts of different lengths differ at once, and others are compared many characters at a time. */
function equality(left: unknown, right: unknown): number {
  return lengthOf(left) === lengthOf(right) ? Math.floor(lengthOf(left) / AT_A_TIME) : 0;
}

function ordering(left: unknown, right: unknown): number {
  return Math.min(lengthOf(left), lengthOf(right));
}

function membership(left: unknown, right: unknown): number {
  if (!Array.isArray(right)) return 0;
  return right.reduce<number>((sum, element) => sum + ELEMENT + equality(left, element), 0);
}
