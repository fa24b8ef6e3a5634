import type { ASTNode } from '@marcbachmann/cel-js';

import { partsOf } from './language.ts';

/** Facts of the payee that are compared without regard to case everywhere in a policy, and so are read in lower case. */
const FOLDED: ReadonlySet<string> = new Set(['recipient', 'category']);

/** A written text with capitals beside such a fact. It could never match, and a rule that never matches protects nobody. */
export function capitalsBeside(node: ASTNode): ASTNode | undefined {
  const parts = partsOf(node);
  if (!parts.some(isFolded)) return undefined;
  return parts.flatMap((part) => (part.op === 'list' ? part.args : [part])).find(hasCapitals);
}

function isFolded(node: ASTNode): boolean {
  if (node.op === 'rcall') return node.args[0] === 'lowerAscii' && isFolded(node.args[1]);
  if (node.op !== '.' || !FOLDED.has(node.args[1])) return false;
  const [object] = node.args;
  return object.op === 'id' && object.args === 'payee';
}

function hasCapitals(node: ASTNode): boolean {
  return node.op === 'value' && typeof node.args === 'string' && /[A-Z]/.test(node.args);
}
