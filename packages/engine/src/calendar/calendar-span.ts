import type { CalendarWindow } from '../nouns/decision.ts';
import { type OffsetPeriod, type ZoneOffsets, zoneOffsets } from './zone-offsets.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;

/** 1970-01-05, the first Monday that clocks count. */
const MONDAY_MS = 4 * DAY_MS;

/** No clock was ever further from UTC. */
const FURTHEST_OFFSET_MS = 16 * HOUR_MS;

/** Whatever a clock read before this much time, it reads more now. */
const MEMORY_MS = 48 * HOUR_MS;

/** Half-open: the end is the start of the next. */
export interface CalendarSpan {
  readonly startMs: number;
  readonly endMs: number;
}

type LastSpans = Record<CalendarWindow, CalendarSpan>;

const NOTHING: CalendarSpan = { startMs: 0, endMs: 0 };
const lastSpans = new Map<string, LastSpans>();

/**
 * The window of a zone's calendar that contains `nowMs`; weeks begin on Monday. Windows tile time: each ends when the
 * next begins, whatever the zone does to its clock. Throws a RangeError for a text that `isZone` refuses.
 *
 * A window begins when the zone's clock first reaches it, an hour only where the minutes read 00. So no hour grants its
 * limit twice: clocks that are put back do not begin it again (an hour that is repeated is one window of two hours), and
 * clocks that leap into the middle of an hour stay in the one before. What clocks skip has no window. Only a clock that
 * is put back by more than an hour (Antarctica/Troll) begins its hours anew, so that none is longer than two.
 */
export function calendarSpan(window: CalendarWindow, zone: string, nowMs: number): CalendarSpan {
  const spans = lastSpans.get(zone);
  if (spans !== undefined) {
    const last = spans[window];
    if (last.startMs <= nowMs && nowMs < last.endMs) return last;
  }
  const span = spanAt(window, zoneOffsets(zone), nowMs);
  const known = spans ?? { hour: NOTHING, day: NOTHING, week: NOTHING, month: NOTHING, year: NOTHING };
  known[window] = span;
  if (spans === undefined) lastSpans.set(zone, known);
  return span;
}

/** What `calendarSpan` answers, computed without a look at its last answers. */
export function spanAt(window: CalendarWindow, offsets: ZoneOffsets, nowMs: number): CalendarSpan {
  return { startMs: startAt(window, offsets, nowMs), endMs: endAt(window, offsets, nowMs) };
}

function startAt(window: CalendarWindow, offsets: ZoneOffsets, nowMs: number): number {
  let instantMs = nowMs;
  for (;;) {
    const { furthestMs, countedFromMs } = reading(window, offsets, instantMs);
    const localMs = boundary(window, furthestMs, 0);
    const fromMs = Math.max(countedFromMs, localMs - FURTHEST_OFFSET_MS);
    const startMs = firstReading(window, offsets, { localMs, fromMs });
    if (begins(window, offsets, startMs)) return startMs;
    instantMs = startMs - 1;
  }
}

function endAt(window: CalendarWindow, offsets: ZoneOffsets, nowMs: number): number {
  let localMs = boundary(window, reading(window, offsets, nowMs).furthestMs, 1);
  let endMs = firstReading(window, offsets, { localMs, fromMs: nowMs });
  while (!begins(window, offsets, endMs)) {
    localMs = boundary(window, endMs + offsets.at(endMs).offsetMs, 1);
    endMs = firstReading(window, offsets, { localMs, fromMs: endMs });
  }
  return endMs;
}

/** Whether a window begins at an instant at which the clock reaches one: not where it leaps into an hour's middle. */
function begins(window: CalendarWindow, offsets: ZoneOffsets, instantMs: number): boolean {
  if (window !== 'hour') return true;
  const period = offsets.at(instantMs);
  if ((instantMs + period.offsetMs) % HOUR_MS === 0) return true;
  return instantMs === period.startMs && countsAnew(window, offsets.at(instantMs - 1), period);
}

/** The most that the zone's clock has read until now, since it began to count anew (if it did so lately). */
function reading(
  window: CalendarWindow,
  offsets: ZoneOffsets,
  nowMs: number,
): { furthestMs: number; countedFromMs: number } {
  let furthestMs = -Infinity;
  let countedFromMs = -Infinity;
  let period = offsets.at(nowMs - MEMORY_MS);
  while (period.endMs <= nowMs) {
    furthestMs = Math.max(furthestMs, period.endMs + period.offsetMs - 1);
    const after = offsets.at(period.endMs);
    if (countsAnew(window, period, after)) {
      furthestMs = -Infinity;
      countedFromMs = after.startMs;
    }
    period = after;
  }
  return { furthestMs: Math.max(furthestMs, nowMs + period.offsetMs), countedFromMs };
}

/** The first instant from `fromMs` at which the zone's clock reads `localMs` or more, or counts anew. */
function firstReading(
  window: CalendarWindow,
  offsets: ZoneOffsets,
  { localMs, fromMs }: { localMs: number; fromMs: number },
): number {
  let period = offsets.at(fromMs);
  for (;;) {
    const instantMs = Math.max(fromMs, period.startMs, localMs - period.offsetMs);
    if (instantMs < period.endMs) return instantMs;
    const after = offsets.at(period.endMs);
    if (countsAnew(window, period, after)) return after.startMs;
    period = after;
  }
}

function countsAnew(window: CalendarWindow, before: OffsetPeriod, after: OffsetPeriod): boolean {
  return window === 'hour' && before.offsetMs - after.offsetMs > HOUR_MS;
}

/** Where the window of a local time begins (`ahead` is 0) or the next one does (1), in local time. */
function boundary(window: CalendarWindow, localMs: number, ahead: 0 | 1): number {
  switch (window) {
    case 'hour':
      return (Math.floor(localMs / HOUR_MS) + ahead) * HOUR_MS;
    case 'day':
      return (Math.floor(localMs / DAY_MS) + ahead) * DAY_MS;
    case 'week':
      return (Math.floor((localMs - MONDAY_MS) / WEEK_MS) + ahead) * WEEK_MS + MONDAY_MS;
    case 'month': {
      const date = new Date(localMs);
      return new Date(0).setUTCFullYear(date.getUTCFullYear(), date.getUTCMonth() + ahead, 1);
    }
    case 'year':
      return new Date(0).setUTCFullYear(new Date(localMs).getUTCFullYear() + ahead, 0, 1);
  }
}
