import type { ASTNode } from '@marcbachmann/cel-js';

import { isNetwork, recipientKey } from '../../nouns/payee.ts';
import { TIME_FIELDS } from './evaluate/moments.ts';
import { at, partsOf } from './language.ts';
import { changesCase, foldedFact, isFolded, readsFolded } from './letter-case.ts';

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', 'in', '<', '<=', '>', '>=']);
const TEXT_TESTS = ['startsWith', 'endsWith', 'contains'] as const;

/** Functions that read a written text as something else than text. */
const READERS: ReadonlySet<string> = new Set(['timestamp', 'duration', 'money']);

/** Elements of macros over lists that are written out, by name: each may be any text of its list. */
type Written = ReadonlyMap<string, readonly ASTNode[]>;

/**
 * A written text that could never match what it is compared with, or undefined. A rule that never matches protects
 * nobody, and whoever wrote it would not notice.
 */
export function neverMatching(ast: ASTNode): string | undefined {
  const problem = visit(ast, new Map());
  if (problem !== undefined || !readsFolded(ast)) return problem;
  const capitals = capitalsIn(ast, new Map());
  return (
    capitals &&
    at(
      capitals,
      'expected lower case in an expression that reads `payee.recipient` or `payee.category`, which are in lower case: write texts in lower case, or in a rule of their own',
    )
  );
}

function visit(node: ASTNode, written: Written): string | undefined {
  const problem = casing(node, written) ?? network(node, written) ?? fullStop(node, written);
  if (problem !== undefined) return problem;
  for (const [part, known] of scopes(node, written)) {
    const inside = visit(part, known);
    if (inside !== undefined) return inside;
  }
  return undefined;
}

/** The parts of a node, with what is known of the elements in each. */
function scopes(node: ASTNode, written: Written): readonly (readonly [ASTNode, Written])[] {
  const parts = partsOf(node);
  if (node.op !== 'rcall' || node.args[2].length !== 2) return parts.map((part) => [part, written]);
  const [range, element, body] = parts;
  if (range === undefined || element?.op !== 'id' || body === undefined) return [];
  const inside = range.op === 'list' ? new Map([...written, [element.args, range.args]]) : written;
  return [
    [range, written],
    [body, inside],
  ];
}

/** Beside `x.lowerAscii()` a text with capitals never matches, nor one with small letters beside `x.upperAscii()`. */
function casing(node: ASTNode, written: Written): string | undefined {
  if (node.op === 'rcall' && node.args[0] === 'upperAscii' && isFolded(node.args[1])) return shouted(node);
  for (const { subject, other } of comparisonsOf(node)) {
    if (subject.op !== 'rcall' || !changesCase(subject.args[0])) continue;
    const [method, receiver] = subject.args;
    if (method === 'upperAscii' && isFolded(receiver)) return shouted(subject);
    const wrong = method === 'lowerAscii' ? /[A-Z]/ : /[a-z]/;
    const odd = oddText(other, written, (text) => wrong.test(text));
    if (odd === undefined) continue;
    return at(odd, `expected ${method === 'lowerAscii' ? 'lower' : 'upper'} case beside \`${method}()\``);
  }
  return undefined;
}

function shouted(node: ASTNode): string {
  return at(node, 'expected no `upperAscii` of what is read in lower case');
}

function network(node: ASTNode, written: Written): string | undefined {
  for (const { subject, other, how } of comparisonsOf(node)) {
    if (!isNetworkFact(subject) || how === 'endsWith' || how === 'contains') continue;
    const fits = how === 'whole' ? isNetwork : beginsNetwork;
    const odd = oddText(other, written, (text) => !fits(text));
    if (odd !== undefined)
      return at(odd, 'expected a CAIP-2 network such as `eip155:8453` beside `payee.network`');
  }
  return undefined;
}

function isNetworkFact(node: ASTNode): boolean {
  if (node.op === 'rcall') return node.args[0] === 'lowerAscii' && isNetworkFact(node.args[1]);
  if (node.op !== '.' || node.args[1] !== 'network') return false;
  const [object] = node.args;
  return object.op === 'id' && object.args === 'payee';
}

function beginsNetwork(text: string): boolean {
  return /^[-a-z0-9]{0,8}$/.test(text) || isNetwork(text) || isNetwork(`${text}1`);
}

/** Hosts are read without the full stop that they may end in. */
function fullStop(node: ASTNode, written: Written): string | undefined {
  for (const { subject, other, how } of comparisonsOf(node)) {
    if (!isRecipient(subject) || how === 'startsWith' || how === 'contains') continue;
    const odd = oddText(other, written, (text) => recipientKey(text) !== text.toLowerCase());
    if (odd !== undefined)
      return at(odd, 'expected no full stop at the end of a host beside `payee.recipient`');
  }
  return undefined;
}

function isRecipient(node: ASTNode): boolean {
  if (node.op === 'rcall') return node.args[0] === 'lowerAscii' && isRecipient(node.args[1]);
  return foldedFact(node) === 'recipient';
}

/** What is compared with what, and which part of it. */
interface Comparison {
  readonly subject: ASTNode;
  readonly other: ASTNode;
  readonly how: 'whole' | 'startsWith' | 'endsWith' | 'contains';
}

function comparisonsOf(node: ASTNode): readonly Comparison[] {
  if (node.op === 'rcall') {
    const [name, subject, [other]] = node.args;
    const how = TEXT_TESTS.find((each) => each === name);
    return other === undefined || how === undefined ? [] : [{ subject, other, how }];
  }
  if (node.op !== 'in' && node.op !== '==' && node.op !== '!=') return [];
  const [left, right] = node.args;
  const back = right.op === 'list' ? right.args : node.op === 'in' ? [] : [right];
  return [
    { subject: left, other: right, how: 'whole' },
    ...back.map((subject): Comparison => ({ subject, other: left, how: 'whole' })),
  ];
}

/** A text with capitals that may meet a fact in lower case: any that does not stand beside another value directly. */
function capitalsIn(node: ASTNode, written: Written): ASTNode | undefined {
  if (node.op === 'value') return typeof node.args === 'string' && /[A-Z]/.test(node.args) ? node : undefined;
  if (node.op === 'call' && READERS.has(node.args[0])) return undefined;
  if (node.op === 'rcall' && TIME_FIELDS.has(node.args[0])) return capitalsIn(node.args[1], written);
  if (node.op === '[]' && isText(node.args[1])) return capitalsIn(node.args[0], written);
  const parts = scopes(node, written);
  const apart = isComparison(node) && parts.some(([part]) => isOther(part, written));
  for (const [part, known] of parts) {
    if (apart && isText(part)) continue;
    const found = capitalsIn(part, known);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isComparison(node: ASTNode): boolean {
  return node.op === 'rcall' ? TEXT_TESTS.some((each) => each === node.args[0]) : COMPARISONS.has(node.op);
}

/** Written texts, which nothing else can happen to than what they stand beside. */
function isText(node: ASTNode): boolean {
  return node.op === 'list' ? node.args.every(isText) : node.op === 'value';
}

/** Whether a node is a fact that is not in lower case, or a part of the arguments. */
function isOther(node: ASTNode, written: Written): boolean {
  if (node.op === 'id') return !written.has(node.args);
  if (node.op === 'rcall') return changesCase(node.args[0]) && isOther(node.args[1], written);
  if (node.op !== '.' && node.op !== '[]') return false;
  return foldedFact(node) === undefined && isOther(node.args[0], written);
}

/** The first of the written texts that a node may have as its value for which something holds. */
function oddText(node: ASTNode, written: Written, isOdd: (text: string) => boolean): ASTNode | undefined {
  return textsOf(node, written).find(({ args }) => typeof args === 'string' && isOdd(args));
}

/** The written values, texts among them, that a node may have as its value. */
function textsOf(node: ASTNode, written: Written): readonly ASTNode[] {
  switch (node.op) {
    case 'value':
      return [node];
    case 'list':
      return node.args.flatMap((each) => textsOf(each, written));
    case '?:':
      return [...textsOf(node.args[1], written), ...textsOf(node.args[2], written)];
    case 'id':
      return written.get(node.args) ?? [];
    default:
      return [];
  }
}
