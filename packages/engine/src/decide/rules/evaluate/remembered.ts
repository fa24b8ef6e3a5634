import type { ASTNode } from '@marcbachmann/cel-js';

import type { Run } from './frame.ts';

/** Functions whose answers for a part of the arguments are worth keeping while other rules ask again. */
const REMEMBERED: ReadonlySet<string> = new Set(['size', 'lowerAscii', 'upperAscii']);

/** As `run`, once for all rules of a decision where the node is such a function of a part of the arguments. */
export function remembered(node: ASTNode, run: Run): Run {
  if (!isRepeatable(node)) return run;
  const key = node.input.slice(node.start, node.end);
  return (frame) => frame.once(key, run);
}

/** Whether a node is one of those functions of a part of the arguments that is named without any other value. */
function isRepeatable(node: ASTNode): boolean {
  if (node.op !== 'call' && node.op !== 'rcall') return false;
  const receiver = node.op === 'call' ? node.args[1][0] : node.args[1];
  return (
    REMEMBERED.has(node.args[0]) && receiver !== undefined && (isRepeatable(receiver) || isPath(receiver))
  );
}

function isPath(node: ASTNode): boolean {
  if (node.op === '.') return isPath(node.args[0]);
  if (node.op === '[]') return node.args[1].op === 'value' && isPath(node.args[0]);
  return node.op === 'id' && node.args === 'arguments';
}
