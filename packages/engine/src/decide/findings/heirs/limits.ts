import type { Examined } from '../examined.ts';
import { countsAsMuch, type Limit, limitsOf, toolsOfLimits } from '../limits.ts';
import { isUsuallyInside } from '../spans.ts';
import type { Compare, Lost } from './lost.ts';

/** Budgets, rates and other limits that no limit of the policy keeps as low, for as long and for at least as much. */
export function lostLimits(section: 'budgets' | 'rates' | 'cooldown' | 'payments'): Compare {
  return (base, policy) =>
    lostOf(
      limitsOf(base).filter((limit) => limit.section === section),
      policy,
    );
}

/** Rates whose class has fewer tools than it had. */
export const lostLimitsOfClasses: Compare = (base, policy) => {
  const { rates = [] } = base.document;
  const ofClasses = limitsOf(base).filter(({ section, steps: [index] }) => {
    return section === 'rates' && typeof index === 'number' && rates[index]?.class !== undefined;
  });
  return lostOf(ofClasses, policy);
};

function lostOf(limits: readonly Limit[], policy: Examined): readonly Lost[] {
  const kept = limitsOf(policy);
  const toolsOf = toolsOfLimits();
  const isKept = (lost: Limit): boolean =>
    kept.some(
      (limit) =>
        limit.limit <= lost.limit &&
        countsAsMuch(limit, lost) &&
        isUsuallyInside(lost.span, limit.span) &&
        policy.isWithin(lost.tools, toolsOf(limit)),
    );
  return limits.flatMap((limit) => {
    if (!policy.concerns(limit.tools) || isKept(limit)) return [];
    return [
      {
        place: limit.place,
        words: () => `the limit of \`${limit.place}\`, ${limit.words}, is gone or higher`,
      },
    ];
  });
}
