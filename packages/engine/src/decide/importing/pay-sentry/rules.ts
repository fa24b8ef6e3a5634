import type { PolicyDocument } from '../../document/schema.ts';
import { MAX_EXPRESSION } from '../../rules/index.ts';
import type { Translation } from '../imported.ts';
import { conjunctsOf, type Reading } from './conditions.ts';
import type { PaySentryRule } from './document.ts';
import { checkRecipients } from './recipients.ts';

type Sections = Pick<PolicyDocument, 'rules' | 'merchants'>;
type Rule = NonNullable<PolicyDocument['rules']>[number];

/** One enabled rule of the source. */
interface Step {
  /** Its place in the source. */
  readonly index: number;
  readonly rule: PaySentryRule;

  /** Patterns of recipients, where the rule has no other condition and `merchants` can say them. */
  readonly recipients: readonly string[] | undefined;

  /**
   * The expression that the rule matches by, empty where it matches everything. Asked only where needed: it refuses what
   * an expression cannot say, and `merchants` can say more.
   */
  readonly condition: () => string;
}

interface Context extends Reading {
  readonly approvers: readonly string[] | undefined;
}

const STRICTNESS = { allow: 0, flag: 1, require_approval: 2, deny: 3 } as const;

/**
 * Translates rules of which the first that matches decides into rules whose order does not matter: each holds only
 * where no earlier one lets the call pass. Denials before it need no mention, as a denial beats everything. A call that
 * no rule matches is denied.
 */
export function rulesOf(source: readonly PaySentryRule[], context: Context): Sections {
  const steps = stepsOf(source, context);
  const end = steps.findIndex(({ rule }) => matchesAll(rule));
  const body = end === -1 ? steps : steps.slice(0, end);
  const passing: Step[] = [];
  const denied: string[] = [];
  const rules: Rule[] = [];
  for (const step of body) {
    const alone = step.rule.action === 'deny' && passing.length === 0 ? step.recipients : undefined;
    if (alone === undefined) rules.push(...ruleOf(step, passing, context));
    else denied.push(...alone);
    if (step.rule.action !== 'deny') passing.push(step);
  }
  const closing = closingOf(steps[end], passing, context);
  const named = body.some(({ rule }) => rule.conditions.recipients !== undefined);
  return {
    rules: [...rules, ...closing.rules],
    // Whoever pays has to say whom, or the rules about recipients would not see the call.
    ...(named && {
      merchants: { allow: closing.recipients ?? ['*'], ...(denied.length > 0 && { deny: denied }) },
    }),
  };
}

/** The enabled rules, in the order in which the source asks them, up to the one that matches everything. */
function stepsOf(source: readonly PaySentryRule[], context: Context): readonly Step[] {
  const { translation } = context;
  const steps = source.map((rule, index): Step => {
    let condition: string | undefined;
    const path = ['rules', index, 'conditions'];
    return {
      index,
      rule,
      recipients: recipientsAlone(rule.conditions),
      condition: () => (condition ??= conjunctsOf(rule.conditions, path, context).join(' && ')),
    };
  });
  for (const { index, rule } of steps) {
    if (!rule.enabled) translation.assumed(['rules', index], 'a disabled rule is left out, as it is there');
  }
  const enabled = steps.filter(({ rule }) => rule.enabled);
  const ordered = enabled.toSorted(
    (one, other) => one.rule.priority - other.rule.priority || one.index - other.index,
  );
  const end = ordered.findIndex(({ rule }) => matchesAll(rule));
  const asked = end === -1 ? ordered : ordered.slice(0, end + 1);
  for (const { index } of ordered.slice(asked.length)) {
    translation.assumed(
      ['rules', index],
      'a rule after one that matches everything is left out: it is never asked',
    );
  }
  for (const [place, step] of asked.entries()) remarkTokens(step, asked.slice(place + 1), context);
  checkRecipients(asked, translation);
  return asked;
}

function matchesAll({ conditions: { agents, ...others } }: PaySentryRule): boolean {
  return Object.keys(others).length === 0 && (agents ?? ['*']).some((pattern) => /^\*+$/.test(pattern));
}

/** A rule for one token holds for every token that counts as its currency; that matters where it lets more pass. */
function remarkTokens(
  { index, rule }: Step,
  later: readonly Step[],
  { translation, currency }: Context,
): void {
  if (rule.conditions.currencies === undefined) return;
  const strictness = STRICTNESS[rule.action];
  if (later.every((each) => STRICTNESS[each.rule.action] <= strictness)) return;
  const message = `holds for whatever counts as ${currency}, and a stricter rule comes later; let \`assets\` name these tokens alone`;
  translation.notExpressed(['rules', index, 'conditions', 'currencies'], message);
}

function recipientsAlone({
  recipients,
  ...others
}: PaySentryRule['conditions']): readonly string[] | undefined {
  if (Object.keys(others).length > 0 || recipients === undefined) return undefined;
  return recipients.some((pattern) => pattern.includes('?')) ? undefined : recipients;
}

function ruleOf(step: Step, passing: readonly Step[], context: Context): readonly Rule[] {
  const { index, rule } = step;
  if (rule.action === 'allow') return [];
  const when = whenOf(step.condition(), passing, { path: ['rules', index], context });
  const { approvers = [], translation } = context;
  const common = { id: `rule-${index}`, when, reason: reasonOf(step, translation) };
  if (rule.action !== 'require_approval') return [{ ...common, then: rule.action }];
  if (approvers.length === 0) {
    const message = 'expected the option `approvers`: the rule asks for approval and does not say whose';
    translation.refuse(['rules', index, 'action'], message);
  }
  return [{ ...common, then: 'approve', approvers: [...approvers] }];
}

function reasonOf({ index, rule }: Step, translation: Translation): string {
  return translation.reason(['rules', index, 'name'], [rule.name, rule.id, `rule ${index}`]);
}

interface Closing {
  readonly rules: readonly Rule[];

  /** Patterns of the only recipients that anything lets pass, where recipients alone decide. */
  readonly recipients?: string[];
}

/** What becomes of a call that nothing before matched. */
function closingOf(last: Step | undefined, passing: readonly Step[], context: Context): Closing {
  if (last !== undefined && last.rule.action !== 'deny') return { rules: ruleOf(last, passing, context) };
  if (last === undefined) {
    const message = 'a call that no rule matches is denied; end with `allowAll()` to allow it, as there';
    context.translation.stricter(['rules'], message);
  }
  const reason = last === undefined ? 'no rule lets this call pass' : reasonOf(last, context.translation);
  const id = last === undefined ? 'no-rule' : `rule-${last.index}`;
  const recipients = passing.flatMap((step) => step.recipients ?? []);
  if (passing.length > 0 && passing.every((step) => step.recipients !== undefined)) {
    return { recipients, rules: [{ id, when: '!has(payee.recipient)', then: 'deny', reason }] };
  }
  const path = ['rules', ...(last === undefined ? [] : [last.index])];
  return { rules: [{ id, when: whenOf('', passing, { path, context }), then: 'deny', reason }] };
}

/** That a condition holds and none of those that let a call pass before it. */
function whenOf(
  condition: string,
  passing: readonly Step[],
  { path, context }: { readonly path: readonly PropertyKey[]; readonly context: Context },
): string {
  const others = passing.map((step) => step.condition());
  const length = others.reduce((sum, other) => sum + other.length, condition.length);
  // Looked at before the text is made, as a hostile document could make it as long as the square of its own length.
  if (length > MAX_EXPRESSION) return tooLong(length, path, context);
  const none = others.length === 0 ? [] : [`!(${others.map((other) => `(${other})`).join(' || ')})`];
  const when = [...(condition === '' ? [] : [condition]), ...none].join(' && ') || 'true';
  return when.length > MAX_EXPRESSION ? tooLong(when.length, path, context) : when;
}

function tooLong(length: number, path: readonly PropertyKey[], { translation }: Context): string {
  const message = `expected fewer names, here and in the rules asked before it: the condition has ${length} characters, and ${MAX_EXPRESSION} is the most`;
  translation.refuse(path, message);
  return 'true';
}
