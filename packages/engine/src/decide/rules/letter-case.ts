import type { ASTNode } from '@marcbachmann/cel-js';

import { partsOf } from './language.ts';

/** Facts of the payee that are compared without regard to case everywhere in a policy, and so are read in lower case. */
const FOLDED: ReadonlySet<string> = new Set(['recipient', 'category']);

/** The field of the payee that a node reads, if it is such a fact. */
export function foldedFact(node: ASTNode): string | undefined {
  if (node.op !== '.') return undefined;
  const [object, key] = node.args;
  return FOLDED.has(key) && object.op === 'id' && object.args === 'payee' ? key : undefined;
}

/** Whether the text of such a fact, or a part of it, may be in the value of a node or in a list that is written there. */
export function isFolded(node: ASTNode): boolean {
  switch (node.op) {
    case '.':
      return foldedFact(node) !== undefined;
    case '+':
    case 'list':
      return node.args.some(isFolded);
    case '?:':
      return isFolded(node.args[1]) || isFolded(node.args[2]);
    case 'rcall':
      return changesCase(node.args[0]) && isFolded(node.args[1]);
    default:
      return false;
  }
}

/** Whether a method changes the case of a text. */
export function changesCase(method: string): boolean {
  return method === 'lowerAscii' || method === 'upperAscii';
}

/** Whether a node reads such a fact anywhere, other than to ask whether it is there. */
export function readsFolded(node: ASTNode): boolean {
  if (node.op === 'call' && node.args[0] === 'has') return false;
  return foldedFact(node) !== undefined || partsOf(node).some(readsFolded);
}
