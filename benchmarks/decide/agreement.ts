import type { Ask, Contestant } from './contestant.ts';
import { kinds, questionsOf } from './questions.ts';
import { drawFrom } from './random.ts';
import { isAllowed, type Question, type Rule } from './rules.ts';
import type { Vector } from './vectors.ts';

/** A question that was answered otherwise than the rules say. */
export interface Disagreement extends Vector {
  readonly contestant: string;
  readonly rules: number;

  /** What the contestant said, or how it failed. */
  readonly answer: string;
}

/** Asks all vectors, or as many as the time allows; answers how many were asked and where the answer was wrong. */
export async function compare(
  contestant: Contestant,
  {
    ask,
    rules,
    vectors,
  }: { ask: (question: Question) => Ask; rules: readonly Rule[]; vectors: readonly Vector[] },
  budgetMs: number,
): Promise<{ readonly asked: number; readonly wrong: readonly Disagreement[] }> {
  const wrong: Disagreement[] = [];
  const until = performance.now() + budgetMs;
  let asked = 0;
  for (const vector of vectors) {
    if (contestant.ignoresAgent === true && !isAgentOf(vector.question, rules)) continue;
    if (asked >= kinds.length && performance.now() > until) break;
    asked += 1;
    const answer = await answerOf(ask, vector.question);
    if (answer !== String(vector.allowed))
      wrong.push({ ...vector, contestant: contestant.name, rules: rules.length, answer });
  }
  return { asked, wrong };
}

/** Questions of every kind about these rules, the kinds taking turns, so that the first few hold one of each. */
export function sampleOf(rules: readonly Rule[]): readonly Vector[] {
  const draw = drawFrom(rules.length);
  const perKind = kinds.map((kind) => questionsOf(kind, rules, draw));
  const [first = []] = perKind;
  const byTurns = first.map((_, turn) => perKind.flatMap((questions) => questions[turn] ?? []));
  return byTurns.flat().map((question) => ({ question, allowed: isAllowed(question, rules) }));
}

/** Whether no rule gives this tool to another agent. */
function isAgentOf({ agent, tool }: Question, rules: readonly Rule[]): boolean {
  return rules.every((rule) => rule.tool !== tool || rule.agent === agent);
}

async function answerOf(ask: (question: Question) => Ask, question: Question): Promise<string> {
  try {
    return String(await ask(question)());
  } catch (error) {
    return `threw ${error instanceof Error ? error.message : 'something'}`;
  }
}
