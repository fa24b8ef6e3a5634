import { quoted } from '../../../nouns/wording.ts';
import { thresholdOf } from '../../checks/price.ts';
import { listSelector } from '../../checks/tools.ts';
import type { ApprovalDocument, RuleDocument } from '../../document/asking.ts';
import type { Examined } from '../examined.ts';
import { capBefore, capsOf, namesIn } from '../unreachable.ts';
import type { Compare } from './lost.ts';

type Condition = Exclude<ApprovalDocument['when'], 'always'>;

const conditionOf = ({ when }: ApprovalDocument): Condition => (when === 'always' ? {} : when);

/**
 * Approvals where no single one of the policy asks at least as many people about at least the same calls. Who they are is
 * not compared.
 */
export const lostApprovals: Compare = (base, policy) => {
  const { approvals: kept = [] } = policy.document;
  const caps = capsOf(policy);
  return (base.document.approvals ?? []).flatMap((approval, index) => {
    const when = conditionOf(approval);
    if (!policy.concerns(when.tools)) return [];
    if (when.effects?.some((effect) => policy.effects.includes(effect)) === false) return [];
    if (capBefore(policy, when, caps) !== undefined) return [];
    if (kept.some((each) => asksAsOften(policy, each, approval))) return [];
    const place = `approvals[${index}]`;
    return [{ place, words: () => `\`${place}\` asked people, and nothing asks as many of them as often` }];
  });
};

function asksAsOften(policy: Examined, kept: ApprovalDocument, lost: ApprovalDocument): boolean {
  const [own, theirs] = [conditionOf(kept), conditionOf(lost)];
  return (
    kept.require >= lost.require &&
    isAsLow(own.above, theirs.above) &&
    (theirs.effects ?? policy.effects).every(
      (effect) => !policy.effects.includes(effect) || (own.effects?.includes(effect) ?? true),
    ) &&
    isAsWide(policy, own.tools, theirs.tools)
  );
}

function isAsLow(own: string | undefined, theirs: string | undefined): boolean {
  if (own === undefined) return true;
  if (theirs === undefined) return false;
  const [low, high] = [thresholdOf(own), thresholdOf(theirs)];
  return low.currency === high.currency && low.limit <= high.limit;
}

function isAsWide(
  policy: Examined,
  own: readonly string[] | undefined,
  theirs: readonly string[] | undefined,
): boolean {
  return own === undefined || policy.isWithin(theirs, listSelector('tools', own, { separator: '/' }));
}

const STRICTNESS = { flag: 0, approve: 1, deny: 2 } as const;

/** Rules that deny or ask, where none of the same id or expression is as strict for at least the same tools. */
export const lostRules: Compare = (base, policy) => {
  const known = new Map<string, RuleDocument[]>();
  for (const rule of policy.document.rules ?? [])
    for (const key of keysOf(rule)) known.set(key, [...(known.get(key) ?? []), rule]);
  return (base.document.rules ?? []).flatMap((rule, index) => {
    if (rule.then === 'flag' || !policy.concerns(namesIn(rule) ?? rule.tools)) return [];
    const kept = keysOf(rule).flatMap((key) => known.get(key) ?? []);
    if (kept.some((each) => isAsStrict(policy, each, rule))) return [];
    const place = `rules[${index}]`;
    const does = rule.then === 'deny' ? 'denied' : 'asked people';
    return [
      {
        place,
        words: () => `\`${place}\`, ${quoted(rule.id)}, ${does}, and no rule of that id is as strict`,
      },
    ];
  });
};

function keysOf({ id, when }: RuleDocument): readonly string[] {
  return [`id ${id}`, `when ${when}`];
}

function isAsStrict(policy: Examined, kept: RuleDocument, lost: RuleDocument): boolean {
  if (STRICTNESS[kept.then] < STRICTNESS[lost.then]) return false;
  if (kept.then === 'approve' && lost.then === 'approve' && kept.require < lost.require) return false;
  return policy.effort.take(1) && isAsWide(policy, kept.tools, lost.tools);
}
