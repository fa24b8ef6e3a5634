import { windowSpan } from '@torii/engine/testing';

/** A window of a calendar. */
export type CalendarUnit = (typeof calendarUnits)[number];

/** All that a budget can have. */
export const calendarUnits = ['hour', 'day', 'week', 'month', 'year'] as const;

/** Half-open. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** The window of a zone that contains an instant. */
export type SpanOf = (unit: CalendarUnit, zone: string, nowMs: number) => Span;

/** As the engine charges budgets. */
export const engineSpan: SpanOf = (window, zone, nowMs) => {
  const { startMs, endMs = Infinity } = windowSpan({ window, zone, rollingMs: undefined }, nowMs);
  return { startMs, endMs };
};
