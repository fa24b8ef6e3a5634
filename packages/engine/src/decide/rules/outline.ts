import type { ASTNode } from '@marcbachmann/cel-js';

import { partsOf, shortened } from './language.ts';

/**
 * A node in backticks for messages that an agent reads: on one line, shortened, and without the texts and comments that
 * are written in the policy, which may be what the agent should not know.
 */
export function outlineOf(node: ASTNode): string {
  let outline = '';
  let from = node.start;
  for (const text of textsIn(node)) {
    outline += `${bare(node.input.slice(from, text.start))}"…"`;
    from = text.end;
  }
  return shortened(outline + bare(node.input.slice(from, node.end)));
}

/** The texts that are written in a node, in the order in which they stand there. */
function textsIn(node: ASTNode): readonly ASTNode[] {
  if (node.op === 'value') return typeof node.args === 'string' ? [node] : [];
  return partsOf(node).flatMap(textsIn);
}

/** Outside texts, two slashes begin a comment that ends with the line. */
function bare(source: string): string {
  return source.replace(/\/\/[^\n]*/g, ' ');
}
