import type { ASTNode } from '@marcbachmann/cel-js';

import { operandsOf } from './language.ts';

/**
 * Tools to which an expression can apply at all, or undefined for any tool. For every other tool it is silent whatever
 * else it says, because in CEL `false && x` is false even where `x` fails.
 */
export function toolsOf(node: ASTNode): readonly string[] | undefined {
  switch (node.op) {
    case '==':
      return namesOf(node.args[0], node.args[1]) ?? namesOf(node.args[1], node.args[0]);
    case 'in':
      return namesOf(node.args[0], node.args[1]);
    case '&&':
      return operandsOf(node, '&&').map(toolsOf).reduce(intersection);
    case '||':
      return operandsOf(node, '||').map(toolsOf).reduce(union);
    default:
      return undefined;
  }
}

function namesOf(variable: ASTNode, written: ASTNode): readonly string[] | undefined {
  if (variable.op !== 'id' || variable.args !== 'tool') return undefined;
  const names: string[] = [];
  for (const node of written.op === 'list' ? written.args : [written]) {
    // An element that is no written text might fail or be anything.
    if (node.op !== 'value' || typeof node.args !== 'string') return undefined;
    names.push(node.args);
  }
  return [...new Set(names)];
}

type Names = readonly string[] | undefined;

function intersection(left: Names, right: Names): Names {
  if (left === undefined || right === undefined) return left ?? right;
  return left.filter((name) => right.includes(name));
}

function union(left: Names, right: Names): Names {
  return left && right && [...new Set([...left, ...right])];
}
