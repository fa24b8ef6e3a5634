import type { ASTNode } from '@marcbachmann/cel-js';

import { effects, isEffect } from '../../nouns/effect.ts';
import { tryMoney } from '../../nouns/money.ts';
import { listed, quoted } from '../../nouns/wording.ts';
import { spanOf, timeOf, zoneOf } from './evaluate/moments.ts';
import { Failure } from './evaluate/values.ts';
import { at, CALLS, fieldsOf, MACROS, METHODS, operandsOf, VARIABLE_NAMES } from './language.ts';

/** Deepest nesting of an expression. */
const MAX_DEPTH = 64;

const EFFECT_EXAMPLE = 'effect in ["destructive", "admin"]';

const MAX_INT = 2n ** 63n - 1n;

/**
 * Where a part of an expression stands. Inside the body of a macro over arguments, nothing may grow with the arguments
 * except the element at hand; inside the body of a macro over a written list, no further macro may stand.
 */
interface Place {
  readonly inside: 'nothing' | 'arguments' | 'list';
  readonly own: string | undefined;
  readonly outer: readonly string[];
  readonly depth: number;
}

const TOP: Place = { inside: 'nothing', own: undefined, outer: [], depth: 0 };

/**
 * What an expression says that a rule may not say, or undefined. An expression without a problem takes time that grows
 * at most linearly with the arguments of the call:
 *
 * - Outside macros every part is evaluated at most once, and every function reads its operands at most once. (Looking
 *   for a text in a text is the exception, so the text looked for must not come from the arguments.)
 * - A macro goes over a part of the arguments, or of its own element when it is inside another macro. Its body sees the
 *   element and values of bounded size only, so each element costs at most its own size; elements do not overlap.
 * - A macro over a list that is written out goes over at most as many elements as the text has characters, and stands
 *   neither inside another macro nor around one.
 */
export function problemIn(node: ASTNode): string | undefined {
  return visit(node, TOP);
}

function visit(node: ASTNode, place: Place): string | undefined {
  if (place.depth > MAX_DEPTH) return at(node, `expected at most ${MAX_DEPTH} levels of nesting`);
  const inner = { ...place, depth: place.depth + 1 };
  switch (node.op) {
    case 'value':
      return literal(node, node.args);
    case 'id':
      return name(node, node.args, place);
    case '.':
      return field(node, node.args, inner);
    case 'call':
      return call(node, node.args, inner);
    case 'rcall':
      return method(node, node.args, inner);
    case 'in':
      return isEffectFact(node.args[0])
        ? writtenEffects(node.args[1])
        : (visit(node.args[0], inner) ?? inOperand(node.args[1], inner));
    case '&&':
    case '||':
      return first(operandsOf(node, node.op), inner);
    case '!_':
    case '-_':
      return visit(node.args, inner);
    case 'list':
      return at(node, 'expected a list only after `in` or before a macro');
    case 'map':
    case '.?':
    case '[?]':
      return at(node, 'expected no `{...}` and no optional access');
    case '==':
    case '!=':
      return equality(node.args, inner);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return comparison(node.args, inner);
    default:
      return first(node.args, inner);
  }
}

function first(nodes: readonly ASTNode[], place: Place): string | undefined {
  for (const node of nodes) {
    const problem = visit(node, place);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function literal(node: ASTNode, value: unknown): string | undefined {
  if (typeof value === 'bigint' && value > MAX_INT) return at(node, 'expected a whole number below 2^63');
  if (typeof value !== 'object' || value === null) return undefined;
  return at(node, 'expected a text, a number, `true`, `false` or `null`');
}

function name(node: ASTNode, id: string, place: Place): string | undefined {
  if (id === place.own) return undefined;
  if (place.outer.includes(id) || (id === 'arguments' && place.inside === 'arguments'))
    return at(
      node,
      `expected the body of a macro to read only its own element ${quoted(place.own ?? '')} and facts other than \`arguments\``,
    );
  if (!VARIABLE_NAMES.includes(id)) return at(node, `expected one of ${listed(VARIABLE_NAMES, 20)}`);
  if (id === 'price') return at(node, 'expected `price` to be compared, as in `price > money("0.50 USD")`');
  if (id === 'effect') return at(node, `expected ${quoted(id)} beside effects, as in \`${EFFECT_EXAMPLE}\``);
  const fields = fieldsOf(id);
  return fields && at(node, `expected a field: ${listed(fields.map((each) => `${id}.${each}`))}`);
}

function field(node: ASTNode, [object, key]: readonly [ASTNode, string], place: Place): string | undefined {
  const fields = object.op === 'id' && object.args !== place.own ? fieldsOf(object.args) : undefined;
  if (fields === undefined) return visit(object, place);
  return fields.includes(key) ? undefined : at(node, `expected one of the fields ${listed(fields)}`);
}

/** The effect stands only beside written effects: beside another text it would never match, and protect nobody. */
function equality(parts: readonly [ASTNode, ASTNode], place: Place): string | undefined {
  const [left, right] = parts;
  if (isEffectFact(left)) return writtenEffects(right);
  return isEffectFact(right) ? writtenEffects(left) : comparison(parts, place);
}

function writtenEffects(node: ASTNode): string | undefined {
  const odd = (node.op === 'list' ? node.args : [node]).find(
    (each) => each.op !== 'value' || !isEffect(each.args),
  );
  return odd && at(odd, `expected one of the effects ${listed(effects)}`);
}

function isEffectFact(node: ASTNode): boolean {
  return node.op === 'id' && node.args === 'effect';
}

/** A price and an amount stand only beside each other, so nothing else can be compared with either by accident. */
function comparison([left, right]: readonly [ASTNode, ASTNode], place: Place): string | undefined {
  if (isPrice(left) && isAmount(right)) return amount(right);
  if (isAmount(left) && isPrice(right)) return amount(left);
  if (isPrice(left)) return at(right, 'expected an amount such as `money("0.50 USD")` beside `price`');
  if (isPrice(right)) return at(left, 'expected an amount such as `money("0.50 USD")` beside `price`');
  return first([left, right], place);
}

function amount(node: ASTNode): string | undefined {
  const [text] = node.op === 'call' ? node.args[1] : [];
  if (text?.op === 'value' && typeof text.args === 'string' && tryMoney(text.args) !== undefined)
    return undefined;
  return at(node, 'expected a written amount such as `money("0.50 USD")`');
}

function isPrice(node: ASTNode): boolean {
  return node.op === 'id' && node.args === 'price';
}

function isAmount(node: ASTNode): boolean {
  return node.op === 'call' && node.args[0] === 'money';
}

function call(
  node: ASTNode,
  [id, operands]: readonly [string, readonly ASTNode[]],
  place: Place,
): string | undefined {
  const counts = CALLS.get(id);
  if (counts === undefined) return at(node, `expected one of the functions ${listed([...CALLS.keys()], 20)}`);
  const [operand] = operands;
  if (!counts.includes(operands.length) || operand === undefined)
    return at(node, `expected one argument of ${quoted(id)}`);
  if (id === 'money')
    return at(node, 'expected `money(...)` only beside `price`, as in `price > money("0.50 USD")`');
  if (id === 'has' && operand.op !== '.') return at(node, 'expected a field, as in `has(arguments.amount)`');
  return visit(operand, place) ?? momentProblem(id, operand);
}

function momentProblem(id: string, operand: ASTNode): string | undefined {
  if (operand.op !== 'value' || typeof operand.args !== 'string') return undefined;
  const read = id === 'timestamp' ? timeOf : id === 'duration' ? spanOf : undefined;
  const answer = read?.(operand.args);
  return answer instanceof Failure ? at(operand, answer.message) : undefined;
}

function method(
  node: ASTNode,
  [id, receiver, operands]: readonly [string, ASTNode, readonly ASTNode[]],
  place: Place,
): string | undefined {
  const counts = METHODS.get(id);
  if (counts === undefined) return at(node, `expected one of the methods ${listed([...METHODS.keys()], 30)}`);
  if (!counts.includes(operands.length))
    return at(node, `expected ${counts.join(' or ')} arguments of ${quoted(id)}`);
  const [operand, body] = operands;
  if (MACROS.has(id) && operand !== undefined && body !== undefined)
    return macro(receiver, { element: operand, body }, place);
  return visit(receiver, place) ?? first(operands, place) ?? operandProblem(id, operand, place);
}

function operandProblem(id: string, operand: ASTNode | undefined, place: Place): string | undefined {
  if (operand === undefined || id === 'startsWith' || id === 'endsWith') return undefined;
  if (id === 'contains')
    return isBounded(operand, place)
      ? undefined
      : at(operand, 'expected `contains` to look for a text that does not come from `arguments`');
  if (operand.op === 'value' && typeof operand.args === 'string' && zoneOf(operand.args) !== undefined)
    return undefined;
  return at(operand, 'expected a written time zone such as `"Europe/Berlin"`');
}

/** Whether the size of a value does not grow with the arguments. */
function isBounded(node: ASTNode, place: Place): boolean {
  switch (node.op) {
    case 'value':
      return true;
    case 'id':
      return node.args !== 'arguments' && (node.args !== place.own || place.inside === 'list');
    case '.':
      return isBounded(node.args[0], place);
    case 'rcall':
      return !MACROS.has(node.args[0]) && isBounded(node.args[1], place);
    default:
      return false;
  }
}

interface Macro {
  readonly element: ASTNode;
  readonly body: ASTNode;
}

function macro(range: ASTNode, { element, body }: Macro, place: Place): string | undefined {
  const taken = [...VARIABLE_NAMES, ...place.outer, place.own];
  if (element.op !== 'id' || taken.includes(element.args))
    return at(
      element,
      'expected a new name for the element, as in `arguments.items.all(item, item.price < 5)`',
    );
  const inside = range.op === 'list' ? 'list' : 'arguments';
  const problem = inside === 'list' ? listRange(range, place) : dataRange(range, place);
  if (problem !== undefined) return problem;
  const outer = place.own === undefined ? place.outer : [...place.outer, place.own];
  return visit(body, { inside, own: element.args, outer, depth: place.depth });
}

function listRange(range: ASTNode, place: Place): string | undefined {
  if (place.inside !== 'nothing')
    return at(range, 'expected no macro over a written list inside another macro');
  if (range.op !== 'list') return undefined;
  const odd = range.args.find((element) => !isWritten(element));
  return odd === undefined
    ? first(range.args, place)
    : at(odd, 'expected a list of written texts or numbers');
}

function isWritten(node: ASTNode): boolean {
  return node.op === 'value' || (node.op === '-_' && node.args.op === 'value');
}

function dataRange(range: ASTNode, place: Place): string | undefined {
  if (place.inside === 'list') return at(range, 'expected no macro inside a macro over a written list');
  const root = place.own ?? 'arguments';
  if (rootOf(range) === root) return visit(range, place);
  return at(range, `expected the macro to go over a part of ${quoted(root)} or over a written list`);
}

/** The variable that a path such as `arguments.items[0].parts` starts from; filters may stand in between. */
function rootOf(path: ASTNode): string | undefined {
  let node = path;
  while (node.op !== 'id') {
    if (node.op === '.' || node.op === '[]') node = node.args[0];
    else if (node.op === 'rcall' && node.args[0] === 'filter') node = node.args[1];
    else return undefined;
  }
  return node.args;
}

function inOperand(node: ASTNode, place: Place): string | undefined {
  return node.op === 'list' ? first(node.args, place) : visit(node, place);
}
