import type { CalendarUnit } from './spans.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FIRST_MONDAY_MS = 4 * DAY_MS;

/** A stretch in which a zone's clock ticks evenly. */
interface Period {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly offsetMs: number;
}

/**
 * What the clock on the wall of a zone reads, by the machine's own tables (`Intl`) and not by the library that the
 * engine asks. Where a window begins is worked out here once more from the sentence in the documentation: when the
 * zone's clock first reaches it.
 */
export class ZoneClock {
  readonly #format: Intl.DateTimeFormat;
  readonly #periods: readonly Period[];

  constructor(
    readonly zone: string,
    { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
  ) {
    this.#format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    this.#periods = this.#periodsBetween(fromMs, untilMs);
  }

  /** When the window that follows `startMs` begins: the first reading of the next boundary. */
  next(unit: CalendarUnit, startMs: number): number {
    if (unit === 'hour') return this.#nextHour(startMs);
    return this.#firstReading(boundaryAfter(unit, this.#furthestReading(unit, startMs)), startMs);
  }

  /** When the window that contains `nowMs` began. Not for hours: walk them from a known one. */
  start(unit: Exclude<CalendarUnit, 'hour'>, nowMs: number): number {
    return this.#firstReading(boundaryAt(unit, this.#furthestReading(unit, nowMs)), -Infinity);
  }

  /** When the minutes first read 00 in an hour that was not reached before; never two hours late. */
  #nextHour(startMs: number): number {
    let furthestMs = this.#furthestReading('hour', startMs);
    for (const { fromMs, untilMs, offsetMs } of this.#periods) {
      if (untilMs <= startMs) continue;
      const readingMs = Math.max(fromMs, startMs) + offsetMs;
      if (fromMs > startMs && furthestMs - readingMs > HOUR_MS) return fromMs;
      const aboveMs = Math.max(readingMs, furthestMs + 1);
      const atMs = Math.ceil(aboveMs / HOUR_MS) * HOUR_MS - offsetMs;
      if (atMs < untilMs) return atMs;
      furthestMs = Math.max(furthestMs, untilMs - 1 + offsetMs);
    }
    return Infinity;
  }

  #furthestReading(unit: CalendarUnit, nowMs: number): number {
    let furthestMs = -Infinity;
    for (const { fromMs, untilMs, offsetMs } of this.#periods) {
      if (fromMs > nowMs) break;
      // Hours are counted anew by a clock that goes back further than one of them.
      if (unit === 'hour' && furthestMs - (fromMs + offsetMs) > HOUR_MS) furthestMs = -Infinity;
      furthestMs = Math.max(furthestMs, Math.min(nowMs, untilMs - 1) + offsetMs);
    }
    return furthestMs;
  }

  #firstReading(localMs: number, fromMs: number): number {
    for (const period of this.#periods) {
      if (period.untilMs <= fromMs) continue;
      const atMs = Math.max(period.fromMs, localMs - period.offsetMs, fromMs);
      if (atMs < period.untilMs) return atMs;
    }
    return Infinity;
  }

  #periodsBetween(fromMs: number, untilMs: number): readonly Period[] {
    const periods: Period[] = [];
    let period = { fromMs, offsetMs: this.#offsetAt(fromMs) };
    for (let atMs = fromMs; atMs < untilMs; atMs += DAY_MS) {
      const offsetMs = this.#offsetAt(atMs + DAY_MS);
      if (offsetMs === period.offsetMs) continue;
      const changeMs = this.#changeBetween(atMs, atMs + DAY_MS);
      periods.push({ ...period, untilMs: changeMs });
      period = { fromMs: changeMs, offsetMs };
    }
    return [...periods, { ...period, untilMs: Infinity }];
  }

  #changeBetween(beforeMs: number, afterMs: number): number {
    const offsetMs = this.#offsetAt(beforeMs);
    let [low, high] = [beforeMs, afterMs];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.#offsetAt(middle) === offsetMs) low = middle;
      else high = middle;
    }
    return high;
  }

  #offsetAt(instantMs: number): number {
    const [, sign = '+', hours = '0', minutes = '0', seconds = '0'] =
      /GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?$/.exec(this.#format.format(instantMs)) ?? [];
    const aheadMs = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000;
    return sign === '-' ? -aheadMs : aheadMs;
  }
}

function boundaryAt(unit: Exclude<CalendarUnit, 'hour'>, localMs: number): number {
  const date = new Date(localMs);
  switch (unit) {
    case 'day':
      return localMs - mod(localMs, DAY_MS);
    case 'week':
      return localMs - mod(localMs - FIRST_MONDAY_MS, 7 * DAY_MS);
    case 'month':
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
    case 'year':
      return Date.UTC(date.getUTCFullYear(), 0);
  }
}

function boundaryAfter(unit: Exclude<CalendarUnit, 'hour'>, localMs: number): number {
  const date = new Date(localMs);
  switch (unit) {
    case 'day':
    case 'week':
      return boundaryAt(unit, localMs) + (unit === 'day' ? 1 : 7) * DAY_MS;
    case 'month':
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
    case 'year':
      return Date.UTC(date.getUTCFullYear() + 1, 0);
  }
}

function mod(value: number, by: number): number {
  return ((value % by) + by) % by;
}
