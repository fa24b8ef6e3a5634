import fc from 'fast-check';
import { calendarSpan } from '../../calendar/index.ts';
import { isInside, spanOfRate, spanOfWindow } from './spans.ts';

const windows = ['hour', 'day', 'week', 'month', 'year'] as const;

/** Zones that are hard to count in: clocks put back at midnight, by half an hour or by two, and a day left out. */
const zones = [
  'UTC',
  'Europe/Berlin',
  'America/Havana',
  'America/Sao_Paulo',
  'Asia/Beirut',
  'Australia/Lord_Howe',
  'Antarctica/Troll',
  'Pacific/Apia',
  'Pacific/Kwajalein',
];
const instant = fc.oneof(
  fc.integer({ min: Date.UTC(1980, 0), max: Date.UTC(2040, 0) }),
  fc.integer({ min: Date.UTC(2011, 11, 28), max: Date.UTC(2012, 0, 2) }),
  fc.integer({ min: Date.UTC(2015, 9, 24), max: Date.UTC(2015, 10, 2) }),
);

test('a window that is said to be inside another never leaves it, whatever clocks do', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...windows),
      fc.constantFrom(...windows),
      fc.constantFrom(...zones),
      instant,
      (inner, outer, zone, nowMs) => {
        if (!isInside(spanOfWindow(inner, zone), spanOfWindow(outer, zone))) return;
        const [small, large] = [calendarSpan(inner, zone, nowMs), calendarSpan(outer, zone, nowMs)];

        expect(small.startMs).toBeGreaterThanOrEqual(large.startMs);
        expect(small.endMs).toBeLessThanOrEqual(large.endMs);
      },
    ),
    { numRuns: 3_000 },
  );
});

test('a window that is said to be inside a rolling one is never longer', () => {
  const lengths = [1, 2, 25, 48, 7 * 24, 9 * 24, 32 * 24, 33 * 24, 366 * 24].map((hours) => `${hours}h`);
  fc.assert(
    fc.property(
      fc.constantFrom(...windows),
      fc.constantFrom(...lengths),
      fc.constantFrom(...zones),
      instant,
      (window, length, zone, nowMs) => {
        const rolling = spanOfWindow(`rolling ${length}`, zone);
        if (!isInside(spanOfWindow(window, zone), rolling)) return;
        const { startMs, endMs } = calendarSpan(window, zone, nowMs);

        expect(rolling).toEqual(spanOfRate(length));
        expect(endMs - startMs).toBeLessThanOrEqual(Number(length.slice(0, -1)) * 3_600_000);
      },
    ),
    { numRuns: 3_000 },
  );
});

test.each([
  ['call', 'hour', true],
  ['call', 'call', true],
  ['hour', 'call', false],
  ['year', 'lifetime', true],
  ['lifetime', 'year', false],
  ['lifetime', 'lifetime', true],
  ['week', 'year', false],
  ['year', 'rolling 366d', false],
  ['day', 'rolling 48h', true],
  ['day', 'rolling 47h', false],
  ['rolling 1h', 'day', false],
  ['rolling 1h', 'rolling 1h', true],
  ['rolling 60m', 'rolling 61m', true],
  ['rolling 60m', 'rolling 3659s', false],
])('`%s` is inside `%s`: %s', (inner, outer, inside) => {
  expect(isInside(spanOfWindow(inner, 'UTC'), spanOfWindow(outer, 'UTC'))).toBe(inside);
});

test('the same windows of two zones are not inside each other', () => {
  expect(isInside(spanOfWindow('day', 'UTC'), spanOfWindow('month', 'Europe/Berlin'))).toBe(false);
});
