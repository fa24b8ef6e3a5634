export {
  compileExpression,
  type ExpressionProblem,
  MAX_EXPRESSION,
  type RuleAnswer,
  type RuleExpression,
} from './expression.ts';
export type { PayeeFacts, PrincipalFacts, RuleFacts, SessionCounts } from './facts.ts';
