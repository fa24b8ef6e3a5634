import { calendarSpan, rollingSlice } from '../calendar/index.ts';
import type { BudgetDemand } from '../nouns/decision.ts';
import type { WindowSpan } from '../nouns/charge.ts';

/** The span that a charge is posted to at `nowMs`: a window of the calendar in its zone, a slice of a rolling one. */
export function spanOf(
  { window, zone, rollingMs }: Pick<BudgetDemand, 'window' | 'zone' | 'rollingMs'>,
  nowMs: number,
): WindowSpan {
  if (rollingMs !== undefined) return rollingSlice(rollingMs, nowMs);
  switch (window) {
    case 'hour':
    case 'day':
    case 'week':
    case 'month':
    case 'year':
      return calendarSpan(window, zone, nowMs);
    default:
      return { startMs: 0, endMs: undefined };
  }
}
