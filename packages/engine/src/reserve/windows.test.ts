import { spanOf } from './windows.ts';

const HOUR_MS = 3_600_000;

function weekOf(zone: string, nowMs: number) {
  return spanOf({ window: 'week', zone, rollingMs: undefined }, nowMs);
}

test.each`
  zone                     | monday                    | next                      | hours
  ${'UTC'}                 | ${'2026-01-19T00:00:00Z'} | ${'2026-01-26T00:00:00Z'} | ${168}
  ${'America/Los_Angeles'} | ${'2026-01-19T08:00:00Z'} | ${'2026-01-26T08:00:00Z'} | ${168}
  ${'America/Los_Angeles'} | ${'2026-03-02T08:00:00Z'} | ${'2026-03-09T07:00:00Z'} | ${167}
  ${'America/Los_Angeles'} | ${'2026-10-26T07:00:00Z'} | ${'2026-11-02T08:00:00Z'} | ${169}
  ${'Asia/Tokyo'}          | ${'2026-01-18T15:00:00Z'} | ${'2026-01-25T15:00:00Z'} | ${168}
  ${'Europe/Berlin'}       | ${'2026-01-18T23:00:00Z'} | ${'2026-01-25T23:00:00Z'} | ${168}
  ${'Europe/Berlin'}       | ${'2026-03-22T23:00:00Z'} | ${'2026-03-29T22:00:00Z'} | ${167}
  ${'Europe/Berlin'}       | ${'2026-10-18T22:00:00Z'} | ${'2026-10-25T23:00:00Z'} | ${169}
`('every hour from Monday to Sunday of $zone, $hours from $monday, is of one week', (row) => {
  const { zone, monday, next, hours } = row as Record<'zone' | 'monday' | 'next', string> & { hours: number };
  const [startMs, endMs] = [Date.parse(monday), Date.parse(next)];
  const moments = Array.from({ length: hours }, (_, index) => startMs + index * HOUR_MS);
  const spans = [...moments, endMs - 1].map((nowMs) => weekOf(zone, nowMs));

  expect(new Set(spans.map((span) => JSON.stringify(span)))).toEqual(
    new Set([JSON.stringify({ startMs, endMs })]),
  );
  expect(moments.at(-1)).toBe(endMs - HOUR_MS);
  expect(weekOf(zone, startMs - 1)).toMatchObject({ endMs: startMs });
  expect(weekOf(zone, endMs)).toMatchObject({ startMs: endMs });
});

test('a lifetime has no end, whatever the time and the zone', () => {
  const spans = [0, Date.UTC(2026, 0, 20)].map((nowMs) =>
    spanOf({ window: 'lifetime', zone: 'Asia/Tokyo', rollingMs: undefined }, nowMs),
  );

  expect(spans).toEqual(Array(2).fill({ startMs: 0, endMs: undefined }));
});
