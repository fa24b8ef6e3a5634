import type { ZoneOffsets } from './zone-offsets.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;
const WEEK_MS = 7 * DAY_MS;

/** 1970-01-05, the first Monday that clocks count. */
const MONDAY_MS = 4 * DAY_MS;

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

export type Weekday = (typeof WEEKDAYS)[number];

/**
 * Times of day at which calls may happen. With `from` after `to` it lasts until the next day and belongs to the day on
 * which it begins: Friday from 22:00 to 06:00 covers Saturday 05:59. With both equal it is never open.
 */
export interface OpenWindow {
  /** Undefined means every day; none means never. */
  readonly days?: readonly Weekday[] | undefined;

  /** Minutes since midnight, 0 to 1439. */
  readonly fromMinute: number;

  /** The first minute that is closed again, at most 1440. */
  readonly toMinute: number;
}

/** When a local clock is in open hours, in milliseconds since Monday 00:00: sorted, apart from each other. */
export type OpenWeek = readonly { readonly fromMs: number; readonly toMs: number }[];

/** Whether a schedule's hours are open, and the first instant at which that may change. */
export interface Hours {
  readonly open: boolean;
  readonly untilMs: number;
}

/** The open hours of any week. */
export function openWeek(windows: readonly OpenWindow[]): OpenWeek {
  const stretches = windows.flatMap(stretchesOf).sort((one, other) => one.fromMs - other.fromMs);
  const week: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of stretches) {
    const last = week.at(-1);
    if (last === undefined || fromMs > last.toMs) week.push({ fromMs, toMs });
    else last.toMs = Math.max(last.toMs, toMs);
  }
  return week;
}

/** Whether the clock of a zone reads an open hour at an instant. */
export function hoursAt(week: OpenWeek, offsets: ZoneOffsets, instantMs: number): Hours {
  const first = week[0];
  if (first === undefined) return { open: false, untilMs: Infinity };
  const period = offsets.at(instantMs);
  const sinceMonday = instantMs + period.offsetMs - MONDAY_MS;
  const localMs = sinceMonday - Math.floor(sinceMonday / WEEK_MS) * WEEK_MS;
  const next = week.find(({ toMs }) => localMs < toMs) ?? { fromMs: first.fromMs + WEEK_MS, toMs: 0 };
  const open = next.fromMs <= localMs;
  const edgeMs = open ? next.toMs : next.fromMs;
  return { open, untilMs: Math.min(instantMs + edgeMs - localMs, period.endMs) };
}

function stretchesOf({ days = WEEKDAYS, fromMinute, toMinute }: OpenWindow): OpenWeek {
  if (fromMinute === toMinute) return [];
  return days.flatMap((day) => {
    const dayMs = WEEKDAYS.indexOf(day) * DAY_MS;
    const fromMs = dayMs + fromMinute * MINUTE_MS;
    const toMs = dayMs + toMinute * MINUTE_MS + (fromMinute > toMinute ? DAY_MS : 0);
    if (toMs <= WEEK_MS) return [{ fromMs, toMs }];
    return [
      { fromMs, toMs: WEEK_MS },
      { fromMs: 0, toMs: toMs - WEEK_MS },
    ];
  });
}
