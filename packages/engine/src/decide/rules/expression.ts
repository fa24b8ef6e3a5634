import type { ASTNode } from '@marcbachmann/cel-js';

import { TOO_MUCH } from './evaluate/effort.ts';
import { Frame, type Run } from './evaluate/frame.ts';
import { prepare } from './evaluate/run.ts';
import { Failure, kindOf } from './evaluate/values.ts';
import type { RuleFacts } from './facts.ts';
import { parse, partsOf } from './language.ts';
import { neverMatching } from './never-matching.ts';
import { problemIn } from './shape.ts';
import { toolsOf } from './tools.ts';

/** Longest text of an expression, in characters. */
export const MAX_EXPRESSION = 2_000;

const MAX_MESSAGE = 200;

/** What an expression says about one call. A caller treats `failed` as an objection: nobody knows whether it holds. */
export type RuleAnswer = 'holds' | 'silent' | { readonly failed: string };

/** The condition of a rule, ready to be evaluated. */
export interface RuleExpression {
  readonly kind: 'expression';
  readonly text: string;

  /** Tools to which it can apply, or undefined for any. For every other tool `evaluate` answers `silent`. */
  readonly tools: readonly string[] | undefined;

  /** Whether it may ask for the arguments, which somebody then has to parse. */
  readonly readsArguments: boolean;

  /** Whether it reads counts of the session. Without them it fails where it reads them. */
  readonly readsSession: boolean;

  /**
   * Evaluates the expression over one call, in a time that grows at most linearly with the arguments, and within the
   * steps that all rules of one decision may take together. Never throws.
   * Whatever is not exactly true or false is `failed`, with a message that holds no values of the call.
   */
  evaluate(facts: RuleFacts): RuleAnswer;
}

/** Why a text cannot be the condition of a rule. */
export interface ExpressionProblem {
  readonly kind: 'problem';

  /** What was expected, what stands there, and at which character. */
  readonly message: string;
}

/** Prepares a CEL expression over a call. Everything that can be refused before there is a call is refused here. */
export function compileExpression(text: string): RuleExpression | ExpressionProblem {
  if (text.trim() === '') return problem('expected a CEL expression, got an empty text');
  if (text.length > MAX_EXPRESSION)
    return problem(`expected at most ${MAX_EXPRESSION} characters, got ${text.length}`);
  const parsed = parse(text);
  if (parsed.kind === 'problem') return parsed;
  const { ast } = parsed;
  const message = problemIn(ast) ?? neverMatching(ast) ?? parsed.typeProblem();
  if (message !== undefined) return problem(message);
  const run = prepare(ast);
  return {
    kind: 'expression',
    text,
    tools: toolsOf(ast),
    readsArguments: reads(ast, 'arguments'),
    readsSession: reads(ast, 'session'),
    evaluate: (facts) => answerOf(run, facts),
  };
}

function problem(message: string): ExpressionProblem {
  return { kind: 'problem', message };
}

function answerOf(run: Run, facts: RuleFacts): RuleAnswer {
  try {
    const frame = new Frame(facts);
    const value = run(frame);
    if (frame.exhausted) return { failed: TOO_MUCH.message };
    if (value === true) return 'holds';
    if (value === false) return 'silent';
    const message = value instanceof Failure ? value.message : `expected true or false, got ${kindOf(value)}`;
    return { failed: message.slice(0, MAX_MESSAGE) };
  } catch {
    // Plain JSON cannot get here. Facts that are no plain JSON may throw anything, which nobody should repeat.
    return { failed: 'expected facts that can be read' };
  }
}

function reads(node: ASTNode, variable: string): boolean {
  switch (node.op) {
    case 'value':
      return false;
    case 'id':
      return node.args === variable;
    default:
      return partsOf(node).some((part) => reads(part, variable));
  }
}
