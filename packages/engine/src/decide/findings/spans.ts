import { perMs, rollingMs } from '../document/limits.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Slices that a rolling window is counted in: it counts up to one slice more than its length. */
const SLICES = 60;

/** Longest that a calendar's window can last: clocks are put back, and some days were repeated. */
const LONGEST_MS: Readonly<Record<string, number>> = {
  hour: 2 * HOUR_MS,
  day: 2 * DAY_MS,
  week: 9 * DAY_MS,
  month: 33 * DAY_MS,
};

/** Which windows of a calendar lie within which; a week may belong to two months and to two years. */
const WITHIN: Readonly<Record<string, readonly string[]>> = {
  hour: ['hour', 'day', 'week', 'month', 'year'],
  day: ['day', 'week', 'month', 'year'],
  week: ['week'],
  month: ['month', 'year'],
  year: ['year'],
};

/** The stretch of time that a limit looks at. */
export type Span =
  | { readonly kind: 'call' }
  | { readonly kind: 'lifetime' }
  | { readonly kind: 'calendar'; readonly window: string; readonly zone: string }
  | { readonly kind: 'rolling'; readonly lengthMs: number };

/** The span of a budget's window. */
export function spanOfWindow(window: string, zone: string): Span {
  if (window === 'call' || window === 'lifetime') return { kind: window };
  const lengthMs = rollingMs(window);
  return lengthMs === undefined ? { kind: 'calendar', window, zone } : { kind: 'rolling', lengthMs };
}

/** The span of a rate. */
export function spanOfRate(per: string): Span {
  return { kind: 'rolling', lengthMs: perMs(per) ?? 0 };
}

/** Whether all that counts in one span also counts in the other. `true` is certain. */
export function isInside(inner: Span, outer: Span): boolean {
  if (inner.kind === 'call' || outer.kind === 'lifetime') return true;
  if (inner.kind === 'lifetime' || outer.kind === 'call') return false;
  if (inner.kind === 'rolling') {
    if (outer.kind === 'calendar') return false;
    const countedMs = inner.lengthMs + Math.ceil(inner.lengthMs / SLICES);
    return inner.lengthMs === outer.lengthMs || countedMs <= outer.lengthMs;
  }
  if (outer.kind === 'rolling') return (LONGEST_MS[inner.window] ?? Infinity) <= outer.lengthMs;
  return inner.zone === outer.zone && WITHIN[inner.window]?.includes(outer.window) === true;
}

/** How long windows of a calendar usually are. */
const USUAL_MS: Readonly<Record<string, number>> = {
  hour: HOUR_MS,
  day: DAY_MS,
  week: 7 * DAY_MS,
  month: 31 * DAY_MS,
  year: 366 * DAY_MS,
};

/** As `isInside`, for people who do not mean clocks that are put back, nor where a day begins. */
export function isUsuallyInside(inner: Span, outer: Span): boolean {
  if (inner.kind !== 'calendar') return isInside(inner, outer);
  if (outer.kind === 'rolling') return (USUAL_MS[inner.window] ?? Infinity) <= outer.lengthMs;
  return isInside(inner, outer.kind === 'calendar' ? { ...outer, zone: inner.zone } : outer);
}
