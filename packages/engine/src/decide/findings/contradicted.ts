import type { Examined, Found } from './examined.ts';
import { countsAsMuch, type Limit, limitsOf, toolsOfLimits } from './limits.ts';
import { isInside } from './spans.ts';

/**
 * Limits that are never reached, because a lower one counts the same and more, over at least as long. A limit of 0 stops
 * everything and is meant to: it contradicts nothing.
 */
export function contradictedLimits(policy: Examined): readonly Found[] {
  const limits = limitsOf(policy);
  const contradicting = limits.filter(({ limit }) => limit > 0n);
  const toolsOf = toolsOfLimits();
  return limits.flatMap((high): readonly Found[] => {
    if (!policy.concerns(high.tools)) return [];
    const low = contradicting.find((other) => {
      return isBelow(other, high) && policy.isWithin(high.tools, toolsOf(other));
    });
    if (low === undefined) return [];
    const { section, steps, words } = high;
    const message = `${words} can never be reached: \`${low.place}\` allows ${low.words} for at least the same calls; lower this limit or raise that one`;
    return [{ code: 'LIMIT_CONTRADICTED', section, steps, message }];
  });
}

function isBelow(low: Limit, high: Limit): boolean {
  return low.limit < high.limit && countsAsMuch(low, high) && isInside(high.span, low.span);
}
