import { effects } from '../../nouns/effect.ts';
import { isToolName } from '../../nouns/tool-name.ts';
import { listed } from '../../nouns/wording.ts';
import { thresholdOf } from '../checks/price.ts';
import { type Listed, listSelector } from '../checks/tools.ts';
import type { ApprovalDocument, RuleDocument } from '../document/asking.ts';
import type { Selector } from '../matching/selector.ts';
import { compileExpression } from '../rules/index.ts';
import type { Examined, Found, Section } from './examined.ts';

const NO_TOOL = 'no tool that it names can be called under `tools`';

/** Clauses that decide nothing, because other clauses of the policy always decide before them. */
export function unreachableClauses(policy: Examined): readonly Found[] {
  const { budgets = [], sessions } = policy.document;
  const elevation = sessions?.elevation;
  return [
    ...budgets.flatMap(({ tools }, index) =>
      policy.concerns(tools)
        ? []
        : found('budgets', [index, 'tools'], `${NO_TOOL}; remove the budget or allow one`),
    ),
    ...unreachableRates(policy),
    ...unusedClasses(policy),
    ...unreachableApprovals(policy),
    ...unreachableRules(policy),
    ...unreachableOverrides(policy),
    ...(elevation === undefined ? [] : unreachableElevation(policy, elevation.tools)),
  ];
}

function found(section: Section, steps: readonly PropertyKey[], message: string): readonly Found[] {
  return [{ code: 'CLAUSE_UNREACHABLE', section, steps, message }];
}

function unreachableRates(policy: Examined): readonly Found[] {
  const { rates = [], classes = {} } = policy.document;
  return rates.flatMap(({ tools, class: name }, index) => {
    if (policy.concerns(name === undefined ? tools : classes[name])) return [];
    const steps = [index, name === undefined ? 'tools' : 'class'];
    return found('rates', steps, `${NO_TOOL}; remove the rate or allow one`);
  });
}

function unusedClasses({ document: { rates = [], classes = {} } }: Examined): readonly Found[] {
  const used = new Set(rates.map(({ class: name }) => name));
  return Object.keys(classes)
    .filter((name) => !used.has(name))
    .flatMap((name) => found('classes', [name], 'no rate counts this class; name it in one or remove it'));
}

function unreachableApprovals(policy: Examined): readonly Found[] {
  const { approvals = [] } = policy.document;
  const lowest = capsOf(policy);
  return approvals.flatMap(({ when }, index) => {
    if (when === 'always') return [];
    if (!policy.concerns(when.tools))
      return found('approvals', [index, 'when', 'tools'], `${NO_TOOL}; remove the approval or allow one`);
    if (when.effects?.some((effect) => policy.effects.includes(effect)) === false) {
      const message = `the policy denies every call that is ${listed(when.effects)}, so nobody is ever asked; allow one of them or remove the approval`;
      return found('approvals', [index, 'when', 'effects'], message);
    }
    const cap = capBefore(policy, when, lowest);
    if (cap === undefined) return [];
    const message = `no price gets above \`${when.above}\`: \`budgets[${cap.index}]\` denies above \`${cap.limit}\` before anybody is asked; lower \`above\` or raise that limit`;
    return found('approvals', [index, 'when', 'above'], message);
  });
}

/** A limit on one call. */
export interface Cap {
  readonly index: number;
  readonly limit: string;
  readonly tools: Selector<Listed>;
}

/** The caps of a policy. */
export function capsOf({ document: { budgets = [] } }: Examined): readonly Cap[] {
  return budgets.flatMap(({ scope, limit, tools = ['**'] }, index) =>
    scope === 'call' ? [{ index, limit, tools: listSelector('tools', tools, { separator: '/' }) }] : [],
  );
}

/** The cap that denies every price for which the approval would ask; undefined where no single cap does. */
export function capBefore(
  policy: Examined,
  { above, tools }: Exclude<ApprovalDocument['when'], 'always'>,
  caps: readonly Cap[],
): Cap | undefined {
  if (above === undefined) return undefined;
  const { currency, limit: threshold } = thresholdOf(above);
  return caps.find((cap) => {
    const { currency: counted, limit } = thresholdOf(cap.limit);
    return counted === currency && limit <= threshold && policy.isWithin(tools, cap.tools);
  });
}

function unreachableRules(policy: Examined): readonly Found[] {
  const { rules = [] } = policy.document;
  return rules.flatMap((rule, index) => {
    const names = namesIn(rule);
    if (names !== undefined && names.length === 0) {
      const message = 'the expression holds for no tool that the rule concerns; correct one of the two';
      return found('rules', [index, 'when'], message);
    }
    // A flag is also raised on calls that are denied, where it may be all that its author wants.
    if (rule.then === 'flag' || policy.concerns(names ?? rule.tools)) return [];
    const step = names === undefined ? 'tools' : 'when';
    return found('rules', [index, step], `${NO_TOOL}; remove the rule or allow one`);
  });
}

/** The tools that the expression names and the rule concerns; undefined where the expression may hold for any. */
export function namesIn({ when, tools }: RuleDocument): readonly string[] | undefined {
  const expression = compileExpression(when);
  if (expression.kind === 'problem' || expression.tools === undefined) return undefined;
  const names = expression.tools.filter(isToolName);
  if (tools === undefined) return names;
  const concerned = listSelector('tools', tools, { separator: '/' });
  return names.filter((name) => concerned.select(name).length > 0);
}

function unreachableOverrides(policy: Examined): readonly Found[] {
  const overrides = policy.document.effects?.overrides ?? {};
  const strictestFirst = effects.toReversed();
  const stricter = new Map<string, string>();
  return strictestFirst.flatMap((effect) => {
    const patterns = overrides[effect] ?? [];
    const reports = patterns.flatMap((pattern, index) => {
      const steps = ['overrides', effect, index];
      const over = stricter.get(pattern);
      if (over !== undefined) {
        const message = `the same stands in \`effects.overrides.${over}\`, and the stricter one counts; keep one of the two`;
        return found('effects', steps, message);
      }
      if (policy.tools.has(pattern)) return [];
      return found('effects', steps, 'no such tool can be called under `tools`; remove it or allow the tool');
    });
    for (const pattern of patterns) stricter.set(pattern, stricter.get(pattern) ?? effect);
    return reports;
  });
}

function unreachableElevation(policy: Examined, tools: readonly string[] | undefined): readonly Found[] {
  if (!policy.concerns(tools)) {
    const message = `${NO_TOOL}; remove the elevation or allow one`;
    return found('sessions', ['elevation', 'tools'], message);
  }
  if (policy.effects.some((effect) => effect !== 'read')) return [];
  const message =
    'the policy allows calls that read and no others, so nobody is ever asked; allow more effects or remove the elevation';
  return found('sessions', ['elevation'], message);
}
