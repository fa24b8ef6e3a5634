import type { Draw } from './random.ts';
import { type Question, type Rule, ruleOf } from './rules.ts';

/** The kinds of question that are timed apart. The last three are denied, each for another reason. */
export const kinds = ['first rule', 'last rule', 'unknown agent', 'other tool', 'above limit'] as const;
export type Kind = (typeof kinds)[number];

/** More than a branch predictor learns by heart, few enough to stay in the caches. */
const COUNT = 32;

/** Some questions of a kind, about any rule where the kind leaves it open, at any price that the kind allows. */
export function questionsOf(kind: Kind, rules: readonly Rule[], draw: Draw): readonly Question[] {
  return Array.from({ length: COUNT }, () => arrived(questionOf(kind, rules, draw)));
}

function questionOf(kind: Kind, rules: readonly Rule[], draw: Draw): Question {
  const { agent, tool, limit } = ruleOf(1 + draw(rules.length));
  switch (kind) {
    case 'first rule':
      return payable(ruleOf(1), draw);
    case 'last rule':
      return payable(ruleOf(rules.length), draw);
    case 'unknown agent':
      return { agent: `nobody-${draw(1_000)}`, tool, units: 1n };
    case 'other tool':
      return { agent, tool: `${tool}0`, units: 1n };
    case 'above limit':
      return { agent, tool, units: limit + 1n };
  }
}

function payable({ agent, tool, limit }: Rule, draw: Draw): Question {
  return { agent, tool, units: limit - BigInt(draw(10_000)) };
}

/** Names as they come from a network: strings of their own. Comparing a literal with itself would cost nothing. */
function arrived({ agent, tool, units }: Question): Question {
  return { agent: copyOf(agent), tool: copyOf(tool), units };
}

function copyOf(text: string): string {
  return Buffer.from(text).toString();
}
