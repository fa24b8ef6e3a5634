import type { CalendarSpan } from './calendar-span.ts';

/** Slices that a rolling window is counted in. */
const SLICES = 60;

/**
 * The slice of a rolling window that contains `nowMs`: a sixtieth of the length, rounded up to whole milliseconds.
 * Slices are counted from 1970, so every caller cuts time at the same instants.
 */
export function rollingSlice(lengthMs: number, nowMs: number): CalendarSpan {
  const sliceMs = Math.ceil(lengthMs / SLICES);
  const startMs = Math.floor(nowMs / sliceMs) * sliceMs;
  return { startMs, endMs: startMs + sliceMs };
}
