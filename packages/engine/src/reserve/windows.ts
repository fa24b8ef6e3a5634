import type { BudgetWindow, RateWindow } from '../nouns/decision.ts';
import type { WindowSpan } from '../nouns/store.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** The window that contains `nowMs`: hours and days of UTC, which has no daylight saving and tiles time exactly. */
export function spanOf(window: BudgetWindow, nowMs: number): WindowSpan {
  if (window === 'lifetime') return { startMs: 0, endMs: undefined };
  const lengthMs = window === 'hour' ? HOUR_MS : DAY_MS;
  const startMs = nowMs - (nowMs % lengthMs);
  return { startMs, endMs: startMs + lengthMs };
}

/** Length of a rate's window. */
export function lengthOf(per: RateWindow): number {
  return per === 'minute' ? MINUTE_MS : HOUR_MS;
}
