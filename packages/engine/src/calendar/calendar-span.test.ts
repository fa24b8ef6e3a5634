import fc from 'fast-check';
import type { CalendarWindow } from '../nouns/decision.ts';
import { calendarSpan, spanAt } from './calendar-span.ts';
import { anyInstant, anyZone, instant, iso, oddZones, zones } from './calendar.test-support.ts';
import { ZoneOffsets } from './zone-offsets.ts';

const HOUR_MS = 3_600_000;
const windows: readonly CalendarWindow[] = ['hour', 'day', 'week', 'month', 'year'];

test.each`
  window     | zone                     | now                       | start                  | end                    | why
  ${'hour'}  | ${'UTC'}                 | ${'2026-05-05T10:59:59Z'} | ${'2026-05-05T10:00Z'} | ${'2026-05-05T11:00Z'} | ${'an hour'}
  ${'hour'}  | ${'Asia/Kolkata'}        | ${'2026-05-05T10:29:59Z'} | ${'2026-05-05T09:30Z'} | ${'2026-05-05T10:30Z'} | ${'hours begin at half past in UTC'}
  ${'hour'}  | ${'Asia/Kathmandu'}      | ${'2026-05-05T10:15:00Z'} | ${'2026-05-05T10:15Z'} | ${'2026-05-05T11:15Z'} | ${'or at a quarter past'}
  ${'day'}   | ${'UTC'}                 | ${'2026-05-05T00:00:00Z'} | ${'2026-05-05T00:00Z'} | ${'2026-05-06T00:00Z'} | ${'a day contains its start'}
  ${'day'}   | ${'Asia/Tokyo'}          | ${'2026-05-05T15:00:00Z'} | ${'2026-05-05T15:00Z'} | ${'2026-05-06T15:00Z'} | ${'midnight of the zone'}
  ${'week'}  | ${'UTC'}                 | ${'2026-05-10T23:59:59Z'} | ${'2026-05-04T00:00Z'} | ${'2026-05-11T00:00Z'} | ${'Sunday belongs to the week before'}
  ${'week'}  | ${'UTC'}                 | ${'2026-05-11T00:00:00Z'} | ${'2026-05-11T00:00Z'} | ${'2026-05-18T00:00Z'} | ${'Monday begins a week'}
  ${'week'}  | ${'America/New_York'}    | ${'2026-05-11T03:59:59Z'} | ${'2026-05-04T04:00Z'} | ${'2026-05-11T04:00Z'} | ${'it is still Sunday there'}
  ${'month'} | ${'UTC'}                 | ${'2028-02-29T23:59:59Z'} | ${'2028-02-01T00:00Z'} | ${'2028-03-01T00:00Z'} | ${'a leap year'}
  ${'month'} | ${'Europe/Berlin'}       | ${'2026-12-31T22:59:59Z'} | ${'2026-11-30T23:00Z'} | ${'2026-12-31T23:00Z'} | ${'December ends in another year'}
  ${'month'} | ${'Europe/Berlin'}       | ${'2026-03-31T12:00:00Z'} | ${'2026-02-28T23:00Z'} | ${'2026-03-31T22:00Z'} | ${'a month with a missing hour'}
  ${'year'}  | ${'Europe/Berlin'}       | ${'2026-07-01T00:00:00Z'} | ${'2025-12-31T23:00Z'} | ${'2026-12-31T23:00Z'} | ${'a year'}
  ${'year'}  | ${'Pacific/Auckland'}    | ${'2025-12-31T11:00:00Z'} | ${'2025-12-31T11:00Z'} | ${'2026-12-31T11:00Z'} | ${'a new year in summer'}
  ${'day'}   | ${'Europe/Berlin'}       | ${'2026-03-29T12:00:00Z'} | ${'2026-03-28T23:00Z'} | ${'2026-03-29T22:00Z'} | ${'23 hours'}
  ${'day'}   | ${'Europe/Berlin'}       | ${'2026-10-25T22:30:00Z'} | ${'2026-10-24T22:00Z'} | ${'2026-10-25T23:00Z'} | ${'25 hours'}
  ${'day'}   | ${'America/New_York'}    | ${'2026-03-08T12:00:00Z'} | ${'2026-03-08T05:00Z'} | ${'2026-03-09T04:00Z'} | ${'23 hours'}
  ${'day'}   | ${'America/New_York'}    | ${'2026-11-01T12:00:00Z'} | ${'2026-11-01T04:00Z'} | ${'2026-11-02T05:00Z'} | ${'25 hours'}
  ${'day'}   | ${'Australia/Lord_Howe'} | ${'2026-04-05T00:00:00Z'} | ${'2026-04-04T13:00Z'} | ${'2026-04-05T13:30Z'} | ${'24.5 hours'}
  ${'day'}   | ${'Australia/Lord_Howe'} | ${'2026-10-04T00:00:00Z'} | ${'2026-10-03T13:30Z'} | ${'2026-10-04T13:00Z'} | ${'23.5 hours'}
  ${'day'}   | ${'America/Sao_Paulo'}   | ${'2018-11-04T12:00:00Z'} | ${'2018-11-04T03:00Z'} | ${'2018-11-05T02:00Z'} | ${'midnight is skipped: the day begins at one'}
  ${'day'}   | ${'Africa/Cairo'}        | ${'2026-04-24T12:00:00Z'} | ${'2026-04-23T22:00Z'} | ${'2026-04-24T21:00Z'} | ${'midnight is skipped'}
  ${'day'}   | ${'Asia/Beirut'}         | ${'2026-03-29T12:00:00Z'} | ${'2026-03-28T22:00Z'} | ${'2026-03-29T21:00Z'} | ${'midnight is skipped'}
  ${'day'}   | ${'America/Havana'}      | ${'2026-11-01T05:30:00Z'} | ${'2026-11-01T04:00Z'} | ${'2026-11-02T05:00Z'} | ${'midnight happens twice: the first one begins the day'}
  ${'day'}   | ${'America/St_Johns'}    | ${'2006-10-29T03:00:00Z'} | ${'2006-10-29T02:30Z'} | ${'2006-10-30T03:30Z'} | ${'back into the day before, one minute after midnight'}
  ${'day'}   | ${'Pacific/Apia'}        | ${'2011-12-30T09:59:59Z'} | ${'2011-12-29T10:00Z'} | ${'2011-12-30T10:00Z'} | ${'the 29th'}
  ${'day'}   | ${'Pacific/Apia'}        | ${'2011-12-30T10:00:00Z'} | ${'2011-12-30T10:00Z'} | ${'2011-12-31T10:00Z'} | ${'is followed by the 31st'}
  ${'week'}  | ${'Pacific/Apia'}        | ${'2011-12-30T10:00:00Z'} | ${'2011-12-26T10:00Z'} | ${'2012-01-01T10:00Z'} | ${'a week of six days'}
  ${'hour'}  | ${'Europe/Berlin'}       | ${'2026-03-29T00:59:59Z'} | ${'2026-03-29T00:00Z'} | ${'2026-03-29T01:00Z'} | ${'one o’clock'}
  ${'hour'}  | ${'Europe/Berlin'}       | ${'2026-03-29T01:00:00Z'} | ${'2026-03-29T01:00Z'} | ${'2026-03-29T02:00Z'} | ${'is followed by three o’clock'}
  ${'hour'}  | ${'Europe/Berlin'}       | ${'2026-10-25T01:30:00Z'} | ${'2026-10-25T00:00Z'} | ${'2026-10-25T02:00Z'} | ${'an hour that is repeated is one window'}
  ${'hour'}  | ${'Australia/Lord_Howe'} | ${'2026-04-04T15:20:00Z'} | ${'2026-04-04T14:00Z'} | ${'2026-04-04T15:30Z'} | ${'half of an hour is repeated'}
  ${'hour'}  | ${'Australia/Lord_Howe'} | ${'2026-10-03T15:40:00Z'} | ${'2026-10-03T14:30Z'} | ${'2026-10-03T16:00Z'} | ${'a leap to half past begins no hour'}
  ${'hour'}  | ${'Pacific/Chatham'}     | ${'2026-04-04T14:10:00Z'} | ${'2026-04-04T13:15Z'} | ${'2026-04-04T15:15Z'} | ${'back from 03:45 to 02:45'}
  ${'hour'}  | ${'Pacific/Chatham'}     | ${'2026-09-26T14:10:00Z'} | ${'2026-09-26T13:15Z'} | ${'2026-09-26T14:15Z'} | ${'ahead from 02:45 to 03:45'}
  ${'hour'}  | ${'Antarctica/Troll'}    | ${'2026-10-25T00:59:59Z'} | ${'2026-10-25T00:00Z'} | ${'2026-10-25T01:00Z'} | ${'two o’clock'}
  ${'hour'}  | ${'Antarctica/Troll'}    | ${'2026-10-25T01:30:00Z'} | ${'2026-10-25T01:00Z'} | ${'2026-10-25T02:00Z'} | ${'two hours back: they are counted anew'}
`('$window of $zone at $now is $start to $end: $why', ({ window, zone, now, start, end }) => {
  const span = calendarSpan(window, zone, instant(now));

  expect({ start: iso(span.startMs), end: iso(span.endMs) }).toEqual({ start, end });
});

const anyWindow = fc.constantFrom(...windows);

test('windows tile time in every zone', () => {
  fc.assert(
    fc.property(anyWindow, anyZone, anyInstant, (window, zone, nowMs) => {
      const span = calendarSpan(window, zone, nowMs);

      expect(span.startMs <= nowMs && nowMs < span.endMs).toBe(true);
      expect(calendarSpan(window, zone, span.startMs)).toEqual(span);
      expect(calendarSpan(window, zone, span.endMs - 1)).toEqual(span);
      expect(calendarSpan(window, zone, span.endMs).startMs).toBe(span.endMs);
      expect(calendarSpan(window, zone, span.startMs - 1).endMs).toBe(span.startMs);
      if (window === 'hour') expect(lengthOf(span)).toBeLessThanOrEqual(2 * HOUR_MS);
    }),
    { numRuns: 400 },
  );
});

test.each(oddZones)('every window of %s tiles the two days around each change of its clock', (zone) => {
  const offsets = new ZoneOffsets(zone);
  const lastMs = Date.UTC(2040, 0);
  const wrong: string[] = [];
  for (let atMs = offsets.at(Date.UTC(1975, 0)).endMs; atMs < lastMs; atMs = offsets.at(atMs).endMs) {
    for (const window of windows) {
      let span = calendarSpan(window, zone, atMs - 24 * HOUR_MS);
      while (span.endMs < atMs + 24 * HOUR_MS) {
        const next = calendarSpan(window, zone, span.endMs);
        const tiles = next.startMs === span.endMs && calendarSpan(window, zone, next.endMs - 1) === next;
        if (!tiles || (window === 'hour' && lengthOf(next) > 2 * HOUR_MS))
          wrong.push(`${window} ${iso(next.startMs)}`);
        span = next;
      }
    }
  }

  expect(wrong).toEqual([]);
});

test.each(zones)('a year of %s has days that begin when their date does', (zone) => {
  const date = new Intl.DateTimeFormat('en', { timeZone: zone, dateStyle: 'short' });
  const endMs = Date.UTC(2027, 0);
  const wrong: string[] = [];
  let before = '';
  for (let atMs = Date.UTC(2026, 0); atMs < endMs;) {
    const day = calendarSpan('day', zone, atMs);
    const after = date.format(day.endMs - 1);
    if (date.format(day.startMs) !== after || after === before) wrong.push(iso(day.startMs));
    before = after;
    atMs = day.endMs;
  }

  expect(wrong).toEqual([]);
});

test('what was asked before changes no answer', () => {
  const question = fc.tuple(anyWindow, fc.integer({ min: -400, max: 400 }));
  fc.assert(
    fc.property(anyZone, anyInstant, fc.array(question, { maxLength: 20 }), (zone, nearMs, questions) => {
      for (const [window, days] of questions) {
        const nowMs = nearMs + days * 7 * HOUR_MS;

        expect(calendarSpan(window, zone, nowMs)).toEqual(spanAt(window, new ZoneOffsets(zone), nowMs));
      }
    }),
    { numRuns: 30 },
  );
});

test('the same window twice is the same object', () => {
  const first = calendarSpan('day', 'Europe/Berlin', instant('2026-05-05T10:00Z'));

  expect(calendarSpan('day', 'Europe/Berlin', instant('2026-05-05T11:00Z'))).toBe(first);
});

test.each(['', 'Europe/Atlantis', 'europe/berlin', '+01:00'])('%j has no calendar', (zone) => {
  expect(() => calendarSpan('day', zone, 0)).toThrow(RangeError);
});

test.each([Number.NaN, Infinity, -Infinity, 1e300])('%p is no instant', (nowMs) => {
  expect(() => calendarSpan('day', 'UTC', nowMs)).toThrow(RangeError);
});

function lengthOf({ startMs, endMs }: { startMs: number; endMs: number }): number {
  return endMs - startMs;
}
