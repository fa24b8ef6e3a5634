import type { ASTNode } from '@marcbachmann/cel-js';

import { tryMoney } from '../../../nouns/money.ts';
import { quoted } from '../../../nouns/wording.ts';
import { countOf, operandsOf } from '../language.ts';
import { isFolded } from '../letter-case.ts';
import { outlineOf } from '../outline.ts';
import { clockCost, type Cost, COSTS, foldingCost } from './costs.ts';
import { TOO_MUCH } from './effort.ts';
import { FACT_READERS, type FactReader } from './fact-readers.ts';
import type { Run } from './frame.ts';
import { CONVERSIONS, TEXT_TESTS } from './functions.ts';
import { MACRO_RUNS } from './macros.ts';
import { TIME_FIELDS, zoneOf } from './moments.ts';
import {
  add,
  divide,
  equal,
  equalNull,
  folded,
  isIn,
  mismatch,
  multiply,
  negate,
  type Operation,
  ordering,
  remainder,
  subtract,
} from './operators.ts';
import { remembered } from './remembered.ts';
import { Failure, Instant, isNumeric, isObject } from './values.ts';

/** Names of the elements at hand, outermost macro first. */
type Names = readonly string[];

/** Turns an expression that `problemIn` has nothing against into nested functions, once, before any call. */
export function prepare(node: ASTNode, names: Names = []): Run {
  const at = outlineOf(node);
  switch (node.op) {
    case 'value': {
      const value = node.args;
      return () => value;
    }
    case 'id':
      return variable(node.args, names);
    case '.':
      return field(node.args, names, at);
    case '[]':
      return both(node.args, names, { operation: element, at });
    case 'call':
      return remembered(node, call(node.args, names, at));
    case 'rcall':
      return remembered(node, method(node.args, names, at));
    case '&&':
      return chain(operandsOf(node, '&&'), names, { decisive: false, at });
    case '||':
      return chain(operandsOf(node, '||'), names, { decisive: true, at });
    case '?:':
      return choice(node.args, names, at);
    case '!_':
      return each(prepare(node.args, names), not, at);
    case '-_':
      return each(prepare(node.args, names), negate, at);
    case 'list':
      return list(node.args, names);
    case 'map':
    case '.?':
    case '[?]':
      return unknown(at);
    default:
      return binary(node.args, names, { operator: node.op, at });
  }
}

function binary(parts: readonly [ASTNode, ASTNode], names: Names, { operator, at }: Written): Run {
  const [left, right] = parts;
  const plain = OPERATIONS.get(operator);
  const operation = isNull(left) || isNull(right) ? (NULL_OPERATIONS.get(operator) ?? plain) : plain;
  if (operation === undefined) return unknown(at);
  if (isPrice(left)) return priced(right, { operation, flipped: false, at });
  if (isPrice(right)) return priced(left, { operation, flipped: true, at });
  return both(parts, names, stepOf(operator, parts, { operation, at }));
}

/** What is compared with a fact that is read in lower case is compared in lower case, wherever it comes from. */
function stepOf(name: string, parts: readonly ASTNode[], { operation, at }: Step): Step {
  const cost = COSTS.get(name);
  if (name === '+' || !parts.some(isFolded)) return { operation, at, cost };
  return {
    operation: folded(operation),
    at,
    cost: (left, right) => foldingCost(left, right) + (cost?.(left, right) ?? 0),
  };
}

/** An operator and the text that it stands in. */
interface Written {
  readonly operator: string;
  readonly at: string;
}

const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['==', equal],
  ['!=', opposite(equal)],
  ['<', ordering((order) => order < 0)],
  ['<=', ordering((order) => order <= 0)],
  ['>', ordering((order) => order > 0)],
  ['>=', ordering((order) => order >= 0)],
  ['in', isIn],
  ['+', add],
  ['-', subtract],
  ['*', multiply],
  ['/', divide],
  ['%', remainder],
]);

const NULL_OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['==', equalNull],
  ['!=', opposite(equalNull)],
]);

function opposite(operation: Operation): Operation {
  return (left, right, at) => {
    const answer = operation(left, right, at);
    return typeof answer === 'boolean' ? !answer : answer;
  };
}

interface Step {
  readonly operation: Operation;
  readonly at: string;

  /** Undefined for an operation that takes no time worth counting. */
  readonly cost?: Cost | undefined;
}

/** An operation on two parts. The failure of either is the failure of the whole. */
function both(parts: readonly [ASTNode, ASTNode], names: Names, { operation, at, cost }: Step): Run {
  const left = prepare(parts[0], names);
  const right = prepare(parts[1], names);
  return (frame) => {
    const first = left(frame);
    if (first instanceof Failure) return first;
    const second = right(frame);
    if (second instanceof Failure) return second;
    if (cost !== undefined && !frame.affords(cost, first, second)) return TOO_MUCH;
    return operation(first, second, at);
  };
}

function each(part: Run, operation: (value: unknown, at: string) => unknown, at: string): Run {
  return (frame) => {
    const value = part(frame);
    return value instanceof Failure ? value : operation(value, at);
  };
}

/** A part whose value an operation of this cost is about to read. */
function paid(part: Run, cost: Cost | undefined): Run {
  if (cost === undefined) return part;
  return (frame) => {
    const value = part(frame);
    if (value instanceof Failure) return value;
    return frame.affords(cost, value) ? value : TOO_MUCH;
  };
}

function not(value: unknown, at: string): unknown {
  return typeof value === 'boolean' ? !value : mismatch('expected true or false', [value], at);
}

/** Compares what the price counts as with an amount, both in micro-units of the amount's currency. */
function priced(amount: ASTNode, { operation, flipped, at }: Step & { readonly flipped: boolean }): Run {
  const [text] = amount.op === 'call' ? amount.args[1] : [];
  const money = text?.op === 'value' ? tryMoney(text.args) : undefined;
  if (money === undefined) return unknown(at);
  const currency = money.asset.slice(0, 3);
  const { units } = money;
  const failure = new Failure(`expected a price that counts as ${quoted(currency)} in ${at}`);
  return ({ facts }) => {
    const price = facts.counts(currency);
    if (price === undefined) return failure;
    return flipped ? operation(units, price, at) : operation(price, units, at);
  };
}

function variable(id: string, names: Names): Run {
  const slot = names.indexOf(id);
  if (slot >= 0) return (frame) => frame.elements[slot];
  if (id === 'arguments') return (frame) => frame.arguments();
  const read = FACT_READERS.get(id);
  return read ? ({ facts }) => read(facts) : unknown(quoted(id));
}

function field([object, key]: readonly [ASTNode, string], names: Names, at: string): Run {
  const absent = missing(at);
  const read = factReader(object, key, names);
  if (read !== undefined) return ({ facts }) => read(facts) ?? absent;
  return each(
    prepare(object, names),
    (value) => (isObject(value) ? own(value, key, absent) : notObject(value, at)),
    at,
  );
}

function factReader(object: ASTNode, key: string, names: Names): FactReader | undefined {
  if (object.op !== 'id' || names.includes(object.args)) return undefined;
  return FACT_READERS.get(`${object.args}.${key}`);
}

/** Only own fields count, so that `constructor` and its like are found only where the JSON has them. */
function own(object: Readonly<Record<string, unknown>>, key: string, absent: Failure): unknown {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  return value === undefined ? absent : value;
}

function missing(at: string): Failure {
  return new Failure(`${at} is missing`);
}

function notObject(value: unknown, at: string): Failure {
  return mismatch('expected an object', [value], at);
}

/** Lists of written values, the usual ones, are built once. */
function list(nodes: readonly ASTNode[], names: Names): Run {
  if (nodes.every((node) => node.op === 'value')) {
    const values = nodes.map((node) => node.args);
    return () => values;
  }
  const runs = nodes.map((node) => prepare(node, names));
  return (frame) => runs.map((run) => run(frame));
}

/** `list[0]` and `object["key"]`. */
function element(value: unknown, index: unknown, at: string): unknown {
  if (typeof index === 'string')
    return isObject(value) ? own(value, index, missing(at)) : notObject(value, at);
  if (!Array.isArray(value) || !isNumeric(index))
    return mismatch('expected a list and a number, or an object and a text', [value, index], at);
  const found: unknown = value[Number(index)];
  return found === undefined ? missing(at) : found;
}

function call([id, operands]: readonly [string, readonly ASTNode[]], names: Names, at: string): Run {
  const [operand] = operands;
  if (operand === undefined) return unknown(at);
  if (id === 'has') return has(operand, names, at);
  const conversion = CONVERSIONS.get(id);
  return conversion ? each(paid(prepare(operand, names), COSTS.get(id)), conversion, at) : unknown(at);
}

/** Whether the last field of a path is there. A path that breaks off before it is a failure. */
function has(path: ASTNode, names: Names, at: string): Run {
  if (path.op !== '.') return unknown(at);
  const [object, key] = path.args;
  const read = factReader(object, key, names);
  if (read === undefined)
    return each(
      prepare(object, names),
      (value) =>
        isObject(value) ? Object.hasOwn(value, key) && value[key] !== undefined : notObject(value, at),
      at,
    );
  return ({ facts }) => {
    const value = read(facts);
    return value instanceof Failure ? value : value !== undefined;
  };
}

function method(
  [id, receiver, operands]: readonly [string, ASTNode, readonly ASTNode[]],
  names: Names,
  at: string,
): Run {
  const [operand, body] = operands;
  if (operand !== undefined && body !== undefined) return macro(id, { receiver, operand, body }, names);
  const conversion = CONVERSIONS.get(id);
  if (conversion !== undefined) return each(paid(prepare(receiver, names), COSTS.get(id)), conversion, at);
  const test = TEXT_TESTS.get(id);
  if (test !== undefined && operand !== undefined)
    return both(
      [receiver, operand],
      names,
      stepOf(id, [receiver, operand], { operation: textual(test), at }),
    );
  const zone = zoneOf(operand?.op === 'value' ? String(operand.args) : 'UTC');
  const part = TIME_FIELDS.get(id);
  if (zone === undefined || part === undefined) return unknown(at);
  return each(
    paid(prepare(receiver, names), operand === undefined ? undefined : clockCost),
    (value) =>
      value instanceof Instant
        ? BigInt(part(new Date(value.ms + zone(value.ms))))
        : mismatch('expected a time', [value], at),
    at,
  );
}

interface MacroNodes {
  readonly receiver: ASTNode;
  readonly operand: ASTNode;
  readonly body: ASTNode;
}

function macro(id: string, { receiver, operand, body }: MacroNodes, names: Names): Run {
  const build = MACRO_RUNS.get(id);
  const at = outlineOf(receiver);
  if (build === undefined || operand.op !== 'id') return unknown(at);
  const inner = prepare(body, [...names, operand.args]);
  const range = prepare(receiver, names);
  return build({ range, body: inner, slot: names.length, parts: countOf(body), at });
}

function textual(test: (text: string, other: string) => boolean): Operation {
  return (left, right, at) =>
    typeof left === 'string' && typeof right === 'string'
      ? test(left, right)
      : mismatch('expected two texts', [left, right], at);
}

interface Decision {
  /** The operand that decides for all: false for `&&`, true for `||`. */
  readonly decisive: boolean;
  readonly at: string;
}

/** A failure waits until the end of the chain: an operand that decides outweighs it, wherever it stands. */
function chain(operands: readonly ASTNode[], names: Names, { decisive, at }: Decision): Run {
  const runs = operands.map((operand) => prepare(operand, names));
  return (frame) => {
    let failure: Failure | undefined;
    for (const run of runs) {
      const value = run(frame);
      if (value === decisive) return decisive;
      if (value instanceof Failure) failure ??= value;
      else if (value !== !decisive) failure ??= mismatch('expected true or false', [value], at);
    }
    return failure ?? !decisive;
  };
}

function choice(
  [condition, then, otherwise]: readonly [ASTNode, ASTNode, ASTNode],
  names: Names,
  at: string,
): Run {
  const decide = prepare(condition, names);
  const yes = prepare(then, names);
  const no = prepare(otherwise, names);
  return (frame) => {
    const answer = decide(frame);
    if (answer === true) return yes(frame);
    if (answer === false) return no(frame);
    return answer instanceof Failure ? answer : mismatch('expected true or false', [answer], at);
  };
}

/** For what `problemIn` should have refused: failing is safe, guessing is not. */
function unknown(at: string): Run {
  const failure = new Failure(`expected something that can be evaluated, got ${at}`);
  return () => failure;
}

function isPrice(node: ASTNode): boolean {
  return node.op === 'id' && node.args === 'price';
}

function isNull(node: ASTNode): boolean {
  return node.op === 'value' && node.args === null;
}
