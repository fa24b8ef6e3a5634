import { answer, facts, compiled } from '../facts.test-support.ts';
import { spanOf, timeOf, zoneOf } from './moments.ts';
import { Failure, Instant, Span } from './values.ts';

test.each`
  text                                                                         | expected
  ${'now.getHours() == 11 && now.getMinutes() == 30 && now.getSeconds() == 0'} | ${'holds'}
  ${'now.getHours("Europe/Berlin") == 12'}                                     | ${'holds'}
  ${'now.getHours("+05:30") == 17 && now.getMinutes("+05:30") == 0'}           | ${'holds'}
  ${'now.getDayOfWeek() == 2 && now.getDayOfWeek("Pacific/Auckland") == 3'}    | ${'holds'}
  ${'now.getFullYear() == 2026 && now.getMonth() == 0 && now.getDate() == 13'} | ${'holds'}
  ${'now.getDayOfMonth() == 12 && now.getDayOfYear() == 12'}                   | ${'holds'}
  ${'now >= timestamp("2026-01-13T11:30:00Z")'}                                | ${'holds'}
  ${'now == timestamp("2026-01-13T12:30:00+01:00")'}                           | ${'holds'}
  ${'now - timestamp("2026-01-13T10:00:00Z") > duration("1h29m59s")'}          | ${'holds'}
  ${'now + duration("1h") == timestamp("2026-01-13T12:30:00Z")'}               | ${'holds'}
  ${'duration("1h") - duration("30m") == duration("0.5h")'}                    | ${'holds'}
  ${'timestamp(arguments.until) > now'}                                        | ${'holds'}
  ${'timestamp(arguments.word) > now'}                                         | ${'failed'}
  ${'arguments.until > now'}                                                   | ${'failed'}
`('$text: $expected', ({ text, expected }: { text: string; expected: string }) => {
  expect(answer(text, { arguments: { until: '2026-01-14T00:00:00Z', word: 'tomorrow' } })).toBe(expected);
});

test.each`
  utc                       | hour
  ${'2026-03-29T00:59:59Z'} | ${1}
  ${'2026-03-29T01:00:00Z'} | ${3}
  ${'2026-10-25T00:59:59Z'} | ${2}
  ${'2026-10-25T01:00:00Z'} | ${2}
  ${'2026-10-25T02:00:00Z'} | ${3}
`('at $utc it is $hour in Berlin, whatever the zone of the machine', ({ utc, hour }) => {
  const expression = compiled(`now.getHours("Europe/Berlin") == ${hour}`);

  expect(expression.evaluate({ ...facts(), nowMs: Date.parse(String(utc)) })).toBe('holds');
});

test.each`
  text                                | ms
  ${'1970-01-01T00:00:00Z'}           | ${0}
  ${'1970-01-01T00:00:00.5Z'}         | ${500}
  ${'1970-01-01T00:00:00.123456789Z'} | ${123}
  ${'1970-01-01T02:00:00+02:00'}      | ${0}
  ${'0001-01-01T00:00:00Z'}           | ${-62_135_596_800_000}
  ${'2024-02-29T00:00:00Z'}           | ${1_709_164_800_000}
  ${'2025-02-29T00:00:00Z'}           | ${undefined}
  ${'2025-01-01T24:00:00Z'}           | ${undefined}
  ${'2025-13-01T00:00:00Z'}           | ${undefined}
  ${'2025-01-01T00:00:60Z'}           | ${undefined}
  ${'2025-01-01T00:00:00'}            | ${undefined}
  ${'2025-01-01T00:00:00+25:00'}      | ${undefined}
  ${'0000-12-31T00:00:00Z'}           | ${undefined}
  ${'9999-12-31T23:59:59-01:00'}      | ${undefined}
  ${'2025-01-01'}                     | ${undefined}
  ${'９999-01-01T00:00:00Z'}          | ${undefined}
`('the time $text is $ms', ({ text, ms }: { text: string; ms: number | undefined }) => {
  const time = timeOf(text);

  if (ms === undefined) expect(time).toBeInstanceOf(Failure);
  else expect(time).toEqual(new Instant(ms));
});

test.each`
  text                  | ms
  ${'1h30m'}            | ${5_400_000}
  ${'-1.5s'}            | ${-1_500}
  ${'250ms'}            | ${250}
  ${'0s'}               | ${0}
  ${'1d'}               | ${undefined}
  ${'5'}                | ${undefined}
  ${'h'}                | ${undefined}
  ${''}                 | ${undefined}
  ${'1h'.repeat(1_000)} | ${undefined}
`('the duration $text is $ms', ({ text, ms }: { text: string; ms: number | undefined }) => {
  const span = spanOf(text);

  if (ms === undefined) expect(span).toBeInstanceOf(Failure);
  else expect(span).toEqual(new Span(ms));
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, 8.64e15, -1e15])(
  'a clock that shows %d is a failure, which others absorb',
  (nowMs) => {
    const given = { ...facts(), nowMs };

    expect(compiled('now.getHours("Europe/Berlin") < 24').evaluate(given)).toHaveProperty('failed');
    expect(compiled('now.getHours("Europe/Berlin") < 24 && tool == "x"').evaluate(given)).toBe('silent');
  },
);

test('a time that is moved out of the calendar is a failure', () => {
  expect(answer('(now + duration("99999999h")).getHours("+14:00") < 24')).toBe('failed');
  expect(answer('(now - duration("99999999h")).getHours("+14:00") < 24')).toBe('failed');
});

test.each(['', 'Mars/Olympus', '+99:00', '../etc', '+2', ' UTC', '__proto__', 'europe/berlin', 'PST', 'utc'])(
  '%j is no time zone',
  (name) => {
    expect(zoneOf(name)).toBeUndefined();
  },
);
