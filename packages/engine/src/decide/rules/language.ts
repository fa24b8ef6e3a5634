import { type ASTNode, Environment } from '@marcbachmann/cel-js';

import { quoted } from '../../nouns/wording.ts';
import { TIME_FIELDS } from './evaluate/moments.ts';

/** What stands behind a name: a value of a CEL type, or an object whose fields are all known. */
type Variable = string | Readonly<Record<string, string>>;

/** Longest stretch of an expression that a message repeats. */
const MAX_SHOWN = 60;

/** Every name that an expression may read. */
const VARIABLES: ReadonlyMap<string, Variable> = new Map<string, Variable>([
  ['tool', 'string'],
  ['effect', 'string'],
  ['framework', 'string'],
  ['arguments', 'dyn'],
  ['price', 'Price'],
  ['payee', { recipient: 'string', network: 'string', category: 'string', scheme: 'string' }],
  ['principal', { agent: 'string', owner: 'string', tenant: 'string', session: 'string', issuer: 'string' }],
  ['session', { calls: 'int', denials: 'int', writes: 'int' }],
  ['now', 'google.protobuf.Timestamp'],
]);

/** Functions written as `name(...)`, and how many arguments they take. */
export const CALLS: ReadonlyMap<string, readonly number[]> = new Map([
  ['has', [1]],
  ['size', [1]],
  ['int', [1]],
  ['double', [1]],
  ['money', [1]],
  ['timestamp', [1]],
  ['duration', [1]],
]);

/** Macros, which evaluate their second argument once for each element. */
export const MACROS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'filter']);

/** Functions written as `value.name(...)`, and how many arguments they take. */
export const METHODS: ReadonlyMap<string, readonly number[]> = new Map([
  ...[...MACROS].map((name): [string, number[]] => [name, [2]]),
  ['size', [0]],
  ['startsWith', [1]],
  ['endsWith', [1]],
  ['contains', [1]],
  ['lowerAscii', [0]],
  ['upperAscii', [0]],
  ...[...TIME_FIELDS.keys()].map((name): [string, number[]] => [name, [0, 1]]),
]);

/** Operators between a price and an amount. */
const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=']);

/** Names of all variables, for messages. */
export const VARIABLE_NAMES: readonly string[] = [...VARIABLES.keys()];

/** The fields of a variable that is an object with known fields; undefined for every other name. */
export function fieldsOf(name: string): readonly string[] | undefined {
  const variable = VARIABLES.get(name);
  return typeof variable === 'object' ? Object.keys(variable) : undefined;
}

/** An expression that was read, and what its types say. */
export interface Parsed {
  readonly kind: 'parsed';
  readonly ast: ASTNode;

  /** What is wrong with the types of the expression. Undefined when it may be true or false. */
  readonly typeProblem: () => string | undefined;
}

/** Reads a text as CEL, or says where it is not CEL. The types are checked on demand, after the stricter rules of ours. */
export function parse(text: string): Parsed | { readonly kind: 'problem'; readonly message: string } {
  try {
    const parsed = LANGUAGE.parse(text);
    return { kind: 'parsed', ast: parsed.ast, typeProblem: () => typeProblem(parsed.check()) };
  } catch (error) {
    return { kind: 'problem', message: `expected a CEL expression: ${described(error)}` };
  }
}

/** Says what was expected, what stands there instead and where. For the author of an expression only. */
export function at(node: ASTNode, expected: string): string {
  return `${expected}; got ${textOf(node)} at character ${node.start + 1}`;
}

function textOf(node: ASTNode): string {
  return shortened(node.input.slice(node.start, node.end));
}

/** A stretch of an expression in backticks, on one line and shortened. */
export function shortened(source: string): string {
  const text = source.trim().replace(/\s+/g, ' ');
  return text.length > MAX_SHOWN ? `\`${text.slice(0, MAX_SHOWN)}…\`` : `\`${text}\``;
}

/** How many nodes an expression has. */
export function countOf(node: ASTNode): number {
  return partsOf(node).reduce((sum, part) => sum + countOf(part), 1);
}

/** Operands of a chain such as `a && b && c`, in order; the node itself when it is no such chain. */
export function operandsOf(node: ASTNode, operator: '&&' | '||'): readonly ASTNode[] {
  const operands: ASTNode[] = [];
  let rest = node;
  while (rest.op === operator) {
    operands.push(rest.args[1]);
    rest = rest.args[0];
  }
  operands.push(rest);
  return operands.reverse();
}

/** The parts of a node that are nodes themselves. Those of `{...}`, which rules cannot have, are left out. */
export function partsOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
    case 'map':
      return [];
    case '!_':
    case '-_':
      return [node.args];
    case '.':
    case '.?':
      return [node.args[0]];
    case 'call':
      return node.args[1];
    case 'rcall':
      return [node.args[1], ...node.args[2]];
    default:
      return node.args;
  }
}

class Price {}
class Money {}

const LANGUAGE = language();

/** The library reads expressions and checks their types by these declarations. It never evaluates them. */
function language(): Environment {
  const environment = new Environment({
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 2_000, maxDepth: 64 },
  });
  const never = () => false;
  environment.registerType('Price', Price).registerType('Money', Money);
  environment.registerFunction('money(string): Money', never);
  // The library declares this one for values of unknown type only.
  environment.registerOperator('int == double', never);
  for (const operator of COMPARISONS) {
    // Equality and its opposite are declared both ways by one declaration.
    if (operator === '!=') continue;
    environment.registerOperator(`Price ${operator} Money`, never);
    if (operator !== '==') environment.registerOperator(`Money ${operator} Price`, never);
  }
  for (const [name, type] of VARIABLES) {
    if (typeof type === 'string') environment.registerVariable(name, type);
    else environment.registerVariable({ name, schema: type });
  }
  return environment;
}

function typeProblem(result: ReturnType<ReturnType<Environment['parse']>['check']>): string | undefined {
  if (!result.valid) return `expected types that fit together: ${described(result.error)}`;
  if (result.type === 'bool' || result.type === 'dyn') return undefined;
  return `expected an expression that is true or false, got one of type ${quoted(String(result.type))}`;
}

/** What the library objects to, without the drawing that it appends. */
function described(error: unknown): string {
  if (!(error instanceof Error)) return 'it cannot be read';
  // A text that nests without parentheses, such as a thousand `!`, ends in the platform's own error.
  if (error instanceof RangeError) return 'it is nested too deeply';
  if ('code' in error && error.code === 'limit_exceeded') return `it is nested too deeply${placeOf(error)}`;
  const summary = 'summary' in error && typeof error.summary === 'string' ? error.summary : error.message;
  const message = summary.charAt(0).toLowerCase() + summary.slice(1, 160);
  return `${message}${placeOf(error)}`;
}

function placeOf(error: Error): string {
  if (!('range' in error) || typeof error.range !== 'object' || error.range === null) return '';
  const { range } = error;
  return 'start' in range && typeof range.start === 'number' ? ` at character ${range.start + 1}` : '';
}
