import type { RuleDocument } from '../document/asking.ts';
import { type Ordered, Selector } from '../matching/selector.ts';
import type { Check, Place } from '../question.ts';
import type { RuleExpression } from '../rules/index.ts';
import { demandOf } from './approvals.ts';
import type { EffectView } from './effects.ts';

/** A rule and its expression. */
export interface CompiledRule {
  readonly rule: RuleDocument;
  readonly expression: RuleExpression;
}

interface RuleClause extends Ordered {
  readonly apply: Check;
}

/** Rules over the call. One that fails or lacks what it asks for objects, whatever it would have said. */
export function ruleChecks(
  policy: string,
  rules: readonly CompiledRule[],
  view: EffectView,
): readonly Check[] {
  if (rules.length === 0) return [];
  const selector = new Selector<RuleClause>(
    rules.map(({ rule, expression }, order) => ({
      item: { order, apply: ruleCheck({ policy, clause: `rules[${order}]` }, { rule, expression }, view) },
      patterns: rule.tools ?? expression.tools,
    })),
    '/',
  );
  return [
    (question, findings) => {
      for (const { apply } of selector.select(question.tool)) apply(question, findings);
    },
  ];
}

function ruleCheck(place: Place, { rule, expression }: CompiledRule, view: EffectView): Check {
  const { policy } = place;
  const name = `rule \`${rule.id}\` of policy \`${policy}\``;
  return (question, { reasons, flags, approvals }) => {
    const answer = expression.evaluate(question.ruleFacts(view.judged(question)));
    if (answer === 'silent') return;
    if (answer !== 'holds') {
      const message = `${name} could not be judged: ${answer.failed}`;
      const limit = 'a call that has what the rule asks for';
      reasons.push({ ...place, code: 'RULE_FAILED', message, limit });
      return;
    }
    if (rule.then === 'flag') flags.push({ ...place, reason: rule.reason });
    else if (rule.then === 'approve') approvals.push(demandOf(place, rule, rule.reason));
    else
      reasons.push({
        ...place,
        code: 'RULE_DENIED',
        message: `${name} objects: ${rule.reason}`,
        limit: 'a call for which the rule does not hold',
      });
  };
}
