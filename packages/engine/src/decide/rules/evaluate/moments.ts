import { isZone } from '../../../calendar/index.ts';
import { Failure, Instant, Span } from './values.ts';

const TIME = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:Z|([+-])(\d{2}):(\d{2}))$/;
const LENGTH = /^-?(?:\d{1,9}(?:\.\d{1,3})?(?:h|ms|m|s))+$/;
const PART = /(\d+(?:\.\d+)?)(h|ms|m|s)/g;
const OFFSET = /^([+-])(\d{2}):(\d{2})$/;
// The years 1 to 9999, as in CEL.
const FIRST_MS = -62_135_596_800_000;
const LAST_MS = 253_402_300_799_999;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const UNIT_MS = new Map([
  ['h', 3_600_000],
  ['m', MINUTE_MS],
  ['s', 1_000],
  ['ms', 1],
]);

/** A time such as `2026-01-31T09:00:00Z`, exact to the millisecond. Days and hours that do not exist fail. */
export function timeOf(text: string): Instant | Failure {
  const match = text.length > 40 ? null : TIME.exec(text);
  if (match === null) return new Failure('expected a time such as `2026-01-31T09:00:00Z`');
  const [, year, month, day, hour, minute, second, fraction = '', sign, offsetHour, offsetMinute] = match;
  const fields = [year, month, day, hour, minute, second].map(Number);
  const [years = 0, months = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = fields;
  const date = new Date(0);
  date.setUTCFullYear(years, months - 1, days);
  date.setUTCHours(hours, minutes, seconds, Number(fraction.slice(0, 3).padEnd(3, '0')));
  const exists =
    date.getUTCMonth() === months - 1 &&
    date.getUTCDate() === days &&
    hours < 24 &&
    minutes < 60 &&
    seconds < 60;
  const shift = sign === undefined ? 0 : offsetMs(`${sign}${offsetHour}:${offsetMinute}`);
  if (!exists || shift === undefined) return new Failure('expected a time that exists in the calendar');
  return instantAt(date.getTime() - shift);
}

/** The moment of so many milliseconds since 1970. Fails outside the years 1 to 9999. */
export function instantAt(ms: number): Instant | Failure {
  return ms >= FIRST_MS && ms <= LAST_MS
    ? new Instant(ms)
    : new Failure('expected a time in the years 1 to 9999');
}

/** A duration such as `90m` or `1h30m`, exact to the millisecond. */
export function spanOf(text: string): Span | Failure {
  if (text.length > 40 || !LENGTH.test(text)) return new Failure('expected a duration such as `1h30m`');
  let ms = 0;
  for (const [, amount, unit] of text.matchAll(PART))
    ms += Number(amount) * (UNIT_MS.get(unit ?? '') ?? Number.NaN);
  if (!Number.isSafeInteger(Math.round(ms))) return new Failure('expected a duration such as `1h30m`');
  return new Span(text.startsWith('-') ? -Math.round(ms) : Math.round(ms));
}

/** Milliseconds by which a zone's clock is ahead of UTC at a moment. */
export type Zone = (ms: number) => number;

/** A zone by its name at IANA (`Europe/Berlin`) or by offset (`+02:00`); undefined for any other name or spelling. */
export function zoneOf(name: string): Zone | undefined {
  const fixed = offsetMs(name);
  if (fixed !== undefined) return () => fixed;
  if (!isZone(name)) return undefined;
  const clock = clockOf(name);
  return clock && aheadBy(clock);
}

/** Fields of a time on the clock of its zone, by the name of the CEL method. Months and weekdays count from 0. */
export const TIME_FIELDS: ReadonlyMap<string, (local: Date) => number> = new Map([
  ['getFullYear', (local: Date) => local.getUTCFullYear()],
  ['getMonth', (local: Date) => local.getUTCMonth()],
  ['getDate', (local: Date) => local.getUTCDate()],
  ['getDayOfMonth', (local: Date) => local.getUTCDate() - 1],
  ['getDayOfWeek', (local: Date) => local.getUTCDay()],
  [
    'getDayOfYear',
    (local: Date) => Math.floor((local.getTime() - Date.UTC(local.getUTCFullYear(), 0, 1)) / DAY_MS),
  ],
  ['getHours', (local: Date) => local.getUTCHours()],
  ['getMinutes', (local: Date) => local.getUTCMinutes()],
  ['getSeconds', (local: Date) => local.getUTCSeconds()],
]);

function clockOf(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
  } catch {
    return undefined;
  }
}

/**
 * The platform formats slowly, so the last answer is kept; zones change their offset on whole minutes only. The calendar
 * of schedules is quicker where it was asked before, but an agent may name moments all over the centuries: here each
 * costs the same, which the steps of a rule can count.
 */
function aheadBy(clock: Intl.DateTimeFormat): Zone {
  let minute = Number.NaN;
  let ahead = 0;
  return (ms) => {
    const current = Math.floor(ms / MINUTE_MS);
    if (current === minute) return ahead;
    const parts = new Map(clock.formatToParts(ms).map(({ type, value }) => [type, value]));
    const read = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type));
    const local = new Date(0);
    local.setUTCFullYear(
      parts.get('era') === 'BC' ? 1 - read('year') : read('year'),
      read('month') - 1,
      read('day'),
    );
    local.setUTCHours(read('hour'), read('minute'), read('second'));
    ahead = local.getTime() - Math.floor(ms / 1_000) * 1_000;
    minute = current;
    return ahead;
  };
}

function offsetMs(text: string): number | undefined {
  const match = OFFSET.exec(text);
  if (match === null) return text === 'UTC' ? 0 : undefined;
  const [hours, minutes] = [Number(match[2]), Number(match[3])];
  if (hours > 14 || minutes > 59) return undefined;
  return (match[1] === '-' ? -1 : 1) * (hours * 60 + minutes) * MINUTE_MS;
}
