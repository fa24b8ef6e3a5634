import fc from 'fast-check';
import { anyInstant, anyZone, instant, iso } from './calendar.test-support.ts';
import type { OpenWindow, Weekday } from './open-week.ts';
import { type BlockedPeriod, compileSchedule, type Schedule, stateAt } from './schedule.ts';
import { parseTimeOfDay } from './time-of-day.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;
const weekdays: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** Open hours as one writes them: `mon,fri 22:00-06:00`, or without days. */
function hours(text: string): OpenWindow {
  const match = /^(?:([a-z,]+) )?([0-9:]+)-([0-9:]+)$/.exec(text);
  const fromMinute = parseTimeOfDay(match?.[2] ?? '');
  const toMinute = parseTimeOfDay(match?.[3] ?? '');
  if (fromMinute === undefined || toMinute === undefined)
    throw new TypeError(`expected hours, got \`${text}\``);
  const days = match?.[1]?.split(',');
  return { days: days && weekdays.filter((day) => days.includes(day)), fromMinute, toMinute };
}

function blocked(from: string, to: string, reason = 'maintenance'): BlockedPeriod {
  return { fromMs: instant(from), toMs: instant(to), reason };
}

/** `open`, or when the schedule opens. */
function opening(schedule: Schedule, now: string): string {
  const state = stateAt(compileSchedule(schedule), instant(now));
  if (state.open) return 'open';
  return state.opensAtMs === undefined ? 'never' : iso(state.opensAtMs);
}

// 2026-05-04 is a Monday.
test.each`
  allow                        | zone                     | now                       | answer                 | why
  ${'09:00-18:00'}             | ${'UTC'}                 | ${'2026-05-04T08:59:59Z'} | ${'2026-05-04T09:00Z'} | ${'not yet'}
  ${'09:00-18:00'}             | ${'UTC'}                 | ${'2026-05-04T09:00:00Z'} | ${'open'}              | ${'the first minute counts'}
  ${'09:00-18:00'}             | ${'UTC'}                 | ${'2026-05-04T17:59:59Z'} | ${'open'}              | ${'until the end'}
  ${'09:00-18:00'}             | ${'UTC'}                 | ${'2026-05-04T18:00:00Z'} | ${'2026-05-05T09:00Z'} | ${'the end does not count'}
  ${'mon 09:00-18:00'}         | ${'UTC'}                 | ${'2026-05-04T18:00:00Z'} | ${'2026-05-11T09:00Z'} | ${'next week'}
  ${'mon,wed 09:00-18:00'}     | ${'UTC'}                 | ${'2026-05-04T18:00:00Z'} | ${'2026-05-06T09:00Z'} | ${'the next of its days'}
  ${'sun 09:00-18:00'}         | ${'UTC'}                 | ${'2026-05-10T12:00:00Z'} | ${'open'}              | ${'Sunday is a day'}
  ${'09:00-18:00'}             | ${'America/New_York'}    | ${'2026-05-04T12:59:59Z'} | ${'2026-05-04T13:00Z'} | ${'the clock of the zone'}
  ${'mon 20:00-24:00'}         | ${'America/New_York'}    | ${'2026-05-05T03:59:59Z'} | ${'open'}              | ${'still Monday there'}
  ${'09:00-18:00'}             | ${'Asia/Kathmandu'}      | ${'2026-05-04T03:14:59Z'} | ${'2026-05-04T03:15Z'} | ${'an offset of 5:45'}
  ${'23:00-24:00'}             | ${'UTC'}                 | ${'2026-05-04T23:59:59Z'} | ${'open'}              | ${'hour 23 exists'}
  ${'23:00-24:00'}             | ${'UTC'}                 | ${'2026-05-05T00:00:00Z'} | ${'2026-05-05T23:00Z'} | ${'and ends at midnight'}
  ${'sun 23:00-24:00'}         | ${'UTC'}                 | ${'2026-05-11T00:00:00Z'} | ${'2026-05-17T23:00Z'} | ${'on Sunday too'}
  ${'mon 00:00-24:00'}         | ${'UTC'}                 | ${'2026-05-04T00:00:00Z'} | ${'open'}              | ${'all day'}
  ${'mon 00:00-24:00'}         | ${'UTC'}                 | ${'2026-05-03T23:59:59Z'} | ${'2026-05-04T00:00Z'} | ${'but not the day before'}
  ${'fri 22:00-06:00'}         | ${'UTC'}                 | ${'2026-05-08T21:59:59Z'} | ${'2026-05-08T22:00Z'} | ${'Friday evening'}
  ${'fri 22:00-06:00'}         | ${'UTC'}                 | ${'2026-05-09T05:59:59Z'} | ${'open'}              | ${'belongs to the day on which it begins'}
  ${'fri 22:00-06:00'}         | ${'UTC'}                 | ${'2026-05-09T06:00:00Z'} | ${'2026-05-15T22:00Z'} | ${'and ends on Saturday'}
  ${'fri 22:00-06:00'}         | ${'UTC'}                 | ${'2026-05-08T05:00:00Z'} | ${'2026-05-08T22:00Z'} | ${'the night to Friday is Thursday’s'}
  ${'sun 22:00-06:00'}         | ${'UTC'}                 | ${'2026-05-11T05:59:59Z'} | ${'open'}              | ${'a night to Monday'}
  ${'sun 22:00-06:00'}         | ${'UTC'}                 | ${'2026-05-11T06:00:00Z'} | ${'2026-05-17T22:00Z'} | ${'ends on Monday'}
  ${'22:00-00:00'}             | ${'UTC'}                 | ${'2026-05-04T23:59:59Z'} | ${'open'}              | ${'midnight as an end'}
  ${'22:00-00:00'}             | ${'UTC'}                 | ${'2026-05-05T00:00:00Z'} | ${'2026-05-05T22:00Z'} | ${'midnight is closed'}
  ${'09:00-09:00'}             | ${'UTC'}                 | ${'2026-05-04T09:00:00Z'} | ${'never'}             | ${'equal ends are no time'}
  ${'02:00-03:00'}             | ${'Europe/Berlin'}       | ${'2026-03-29T00:59:59Z'} | ${'2026-03-30T00:00Z'} | ${'an hour that is skipped does not exist that day'}
  ${'02:30-04:00'}             | ${'Europe/Berlin'}       | ${'2026-03-29T00:59:59Z'} | ${'2026-03-29T01:00Z'} | ${'it opens where the clock leaps into it'}
  ${'01:00-02:30'}             | ${'Europe/Berlin'}       | ${'2026-03-29T01:00:00Z'} | ${'2026-03-29T23:00Z'} | ${'it ends where the clock leaps out of it'}
  ${'02:00-03:00'}             | ${'Europe/Berlin'}       | ${'2026-10-25T00:30:00Z'} | ${'open'}              | ${'an hour that is repeated is open'}
  ${'02:00-03:00'}             | ${'Europe/Berlin'}       | ${'2026-10-25T01:30:00Z'} | ${'open'}              | ${'both times'}
  ${'02:00-02:30'}             | ${'Europe/Berlin'}       | ${'2026-10-25T00:30:00Z'} | ${'2026-10-25T01:00Z'} | ${'with a break'}
  ${'01:30-02:00'}             | ${'Australia/Lord_Howe'} | ${'2026-04-04T15:15:00Z'} | ${'open'}              | ${'half an hour is repeated'}
  ${'00:00-00:30'}             | ${'America/Sao_Paulo'}   | ${'2018-11-04T02:59:59Z'} | ${'2018-11-05T02:00Z'} | ${'midnight is skipped'}
  ${'fri 00:00-24:00'}         | ${'Pacific/Apia'}        | ${'2011-12-30T09:59:59Z'} | ${'2012-01-05T10:00Z'} | ${'a Friday that does not exist'}
  ${'09:00-12:00 12:00-13:00'} | ${'UTC'}                 | ${'2026-05-04T12:00:00Z'} | ${'open'}              | ${'hours that touch'}
  ${'09:00-12:00 10:00-11:00'} | ${'UTC'}                 | ${'2026-05-04T11:30:00Z'} | ${'open'}              | ${'hours that overlap'}
  ${'00:00-24:00'}             | ${'Europe/Berlin'}       | ${'2026-10-25T01:30:00Z'} | ${'open'}              | ${'always'}
`('$allow in $zone at $now: $answer, $why', ({ allow, zone, now, answer }: Record<string, string>) => {
  const windows = (allow ?? '').match(/(?:[a-z,]+ )?[0-9:]+-[0-9:]+/g) ?? [];

  expect(opening({ zone: zone ?? '', allow: windows.map(hours), block: [] }, now ?? '')).toBe(answer);
});

test('no list restricts nothing, an empty one is never open, and neither is one without days', () => {
  const now = '2026-05-04T12:00:00Z';

  expect(opening({ zone: 'UTC', allow: undefined, block: [] }, now)).toBe('open');
  expect(opening({ zone: 'UTC', allow: [], block: [] }, now)).toBe('never');
  expect(opening({ zone: 'UTC', allow: [{ ...hours('00:00-24:00'), days: [] }], block: [] }, now)).toBe(
    'never',
  );
});

describe('a blocked period', () => {
  const holiday = blocked('2026-05-04T10:00:00Z', '2026-05-04T12:00:00Z', 'holiday');
  const overlap = blocked('2026-05-04T11:00:00Z', '2026-05-04T14:00:00Z', 'move');
  const adjoining = blocked('2026-05-04T14:00:00Z', '2026-05-05T14:00:00Z', 'strike');
  const weekend = blocked('2026-05-09T00:00:00Z', '2026-05-18T10:00:00Z', 'away');

  test.each`
    allow                  | block                            | now                       | answer                 | reason       | why
    ${undefined}           | ${[holiday]}                     | ${'2026-05-04T09:59:59Z'} | ${'open'}              | ${undefined} | ${'not yet'}
    ${undefined}           | ${[holiday]}                     | ${'2026-05-04T10:00:00Z'} | ${'2026-05-04T12:00Z'} | ${'holiday'} | ${'its start is blocked'}
    ${undefined}           | ${[holiday]}                     | ${'2026-05-04T12:00:00Z'} | ${'open'}              | ${undefined} | ${'its end is free'}
    ${undefined}           | ${[holiday, overlap]}            | ${'2026-05-04T11:30:00Z'} | ${'2026-05-04T14:00Z'} | ${'holiday'} | ${'the first of the list is named'}
    ${undefined}           | ${[overlap, holiday]}            | ${'2026-05-04T11:30:00Z'} | ${'2026-05-04T14:00Z'} | ${'move'}    | ${'whichever it is'}
    ${undefined}           | ${[adjoining, overlap, holiday]} | ${'2026-05-04T10:00:00Z'} | ${'2026-05-05T14:00Z'} | ${'holiday'} | ${'one after the other'}
    ${['09:00-11:00']}     | ${[holiday]}                     | ${'2026-05-04T10:30:00Z'} | ${'2026-05-05T09:00Z'} | ${'holiday'} | ${'it ends outside the open hours'}
    ${['09:00-11:00']}     | ${[holiday]}                     | ${'2026-05-04T11:30:00Z'} | ${'2026-05-05T09:00Z'} | ${'holiday'} | ${'it is named outside of them too'}
    ${['09:00-11:00']}     | ${[holiday]}                     | ${'2026-05-04T12:30:00Z'} | ${'2026-05-05T09:00Z'} | ${undefined} | ${'closed without it'}
    ${['10:00-11:00']}     | ${[holiday]}                     | ${'2026-05-04T08:00:00Z'} | ${'2026-05-05T10:00Z'} | ${undefined} | ${'the next hours are blocked'}
    ${['sat 09:00-11:00']} | ${[weekend]}                     | ${'2026-05-09T09:30:00Z'} | ${'2026-05-23T09:00Z'} | ${'away'}    | ${'two weekends are blocked'}
    ${[]}                  | ${[holiday]}                     | ${'2026-05-04T10:30:00Z'} | ${'never'}             | ${'holiday'} | ${'nothing was open anyway'}
  `('$why', ({ allow, block, now, answer, reason }) => {
    const schedule = { zone: 'UTC', allow: allow?.map(hours), block };
    const state = stateAt(compileSchedule(schedule), instant(now));

    expect(opening(schedule, now)).toBe(answer);
    expect(state.open ? undefined : state.blockedBy?.reason).toBe(reason);
    if (!state.open && state.blockedBy) expect(block[state.blockIndex ?? -1]).toBe(state.blockedBy);
  });

  test('without an end never opens', () => {
    const forever = { fromMs: 0, toMs: 8.64e15, reason: 'closed' };

    expect(opening({ zone: 'UTC', allow: undefined, block: [forever] }, '2026-05-04T10:00:00Z')).toBe(
      'never',
    );
    expect(
      opening({ zone: 'UTC', allow: [hours('09:00-11:00')], block: [forever] }, '2026-05-04T10:00:00Z'),
    ).toBe('never');
  });

  test('that ends before it begins blocks nothing', () => {
    const block = [{ fromMs: holiday.toMs, toMs: holiday.fromMs, reason: 'mistake' }];

    expect(opening({ zone: 'UTC', allow: undefined, block }, '2026-05-04T11:00:00Z')).toBe('open');
  });
});

test('a schedule that was blocked for every Monday of ten years opens on the first one after', () => {
  const monday = instant('2026-05-04T00:00:00Z');
  const block = Array.from({ length: 520 }, (_, week) => ({
    fromMs: monday + week * 7 * DAY_MS,
    toMs: monday + (week * 7 + 1) * DAY_MS,
    reason: 'Monday',
  }));

  expect(opening({ zone: 'UTC', allow: [hours('mon 09:00-10:00')], block }, '2026-05-04T09:00:00Z')).toBe(
    iso(monday + 520 * 7 * DAY_MS + 9 * 60 * MINUTE_MS),
  );
});

test('an answer is not remembered past its last millisecond', () => {
  const block = [blocked('2026-05-04T12:00:00Z', '2026-05-04T13:00:00Z')];
  const schedule = compileSchedule({ zone: 'UTC', allow: [hours('09:00-18:00')], block });

  for (const [edge, open] of [
    ['09:00', true],
    ['12:00', false],
    ['13:00', true],
    ['18:00', false],
  ] as const) {
    const edgeMs = instant(`2026-05-04T${edge}:00Z`);

    expect(stateAt(schedule, edgeMs - 1).open).toBe(!open);
    expect(stateAt(schedule, edgeMs).open).toBe(open);
  }
});

test.each([undefined, [hours('09:00-18:00')]])('a time that is no instant is never open', (allow) => {
  const schedule = compileSchedule({ zone: 'UTC', allow, block: [] });

  expect(() => stateAt(schedule, Number.NaN)).toThrow(RangeError);
  expect(() => stateAt(schedule, Infinity)).toThrow(RangeError);
});

test.each(['', 'Europe/Atlantis', '+01:00'])('%j is no zone for a schedule', (zone) => {
  expect(() => compileSchedule({ zone, allow: undefined, block: [] })).toThrow(RangeError);
});

const anyHours = fc
  .record({
    days: fc.option(fc.subarray([...weekdays]), { nil: undefined }),
    fromMinute: fc.oneof(fc.integer({ min: 0, max: 1439 }), fc.constantFrom(0, 120, 150, 1380)),
    toMinute: fc.oneof(fc.integer({ min: 1, max: 1440 }), fc.constantFrom(1, 120, 180, 1440)),
  })
  .filter(({ fromMinute, toMinute }) => fromMinute !== toMinute);

/** A schedule, and times around the same week. */
const anyCase = fc
  .record({
    zone: anyZone,
    aroundMs: anyInstant,
    allow: fc.option(fc.array(anyHours, { maxLength: 4 }), { nil: undefined, freq: 9 }),
    blocks: fc.array(fc.tuple(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 1, max: 5e8 })), {
      maxLength: 4,
    }),
    delays: fc.array(fc.integer({ min: -1e9, max: 1e9 }), { minLength: 1, maxLength: 30 }),
  })
  .map(({ zone, aroundMs, allow, blocks, delays }) => ({
    schedule: {
      zone,
      allow,
      block: blocks.map(([after, lengthMs], index) => ({
        fromMs: aroundMs + after,
        toMs: aroundMs + after + lengthMs,
        reason: `reason ${index}`,
      })),
    },
    times: delays.map((delay) => aroundMs + delay),
  }));

/** What the machine's calendar says: slow, and without a memory. */
function oracle(schedule: Schedule): (nowMs: number) => boolean {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: schedule.zone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return (nowMs) => {
    if (schedule.block.some(({ fromMs, toMs }) => fromMs <= nowMs && nowMs < toMs)) return false;
    if (schedule.allow === undefined) return true;
    const parts = Object.fromEntries(format.formatToParts(nowMs).map(({ type, value }) => [type, value]));
    const today = weekdays.findIndex((day) => day === parts['weekday']?.toLowerCase());
    const minute = Number(parts['hour']) * 60 + Number(parts['minute']);
    const has = (days: readonly Weekday[] = weekdays, index: number): boolean =>
      days.some((day) => day === weekdays[(index + 7) % 7]);
    return schedule.allow.some(({ days, fromMinute, toMinute }) =>
      fromMinute < toMinute
        ? has(days, today) && fromMinute <= minute && minute < toMinute
        : (has(days, today) && fromMinute <= minute) || (has(days, today - 1) && minute < toMinute),
    );
  };
}

test('a schedule is open when the machine’s calendar says so, whatever was asked before', () => {
  fc.assert(
    fc.property(anyCase, ({ schedule, times }) => {
      const compiled = compileSchedule(schedule);
      const isOpen = oracle(schedule);

      for (const nowMs of times) {
        expect(stateAt(compiled, nowMs).open).toBe(isOpen(nowMs));
        expect(stateAt(compiled, nowMs)).toEqual(stateAt(compileSchedule(schedule), nowMs));
      }
    }),
    { numRuns: 150 },
  );
});

test('it opens when it says so, and at no time before', () => {
  fc.assert(
    fc.property(
      anyCase,
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }),
      (one, fractions) => {
        const { schedule, times } = one;
        const nowMs = times[0] ?? 0;
        const state = stateAt(compileSchedule(schedule), nowMs);
        fc.pre(!state.open);
        const { opensAtMs } = state;
        const isOpen = oracle(schedule);
        const waitMs = (opensAtMs ?? nowMs + 30 * DAY_MS) - nowMs;
        const closed = [
          ...fractions.map((fraction) => nowMs + Math.floor(fraction * (waitMs - 1))),
          nowMs + waitMs - 1,
        ];

        expect(closed.filter(isOpen)).toEqual([]);
        if (opensAtMs !== undefined) {
          expect(isOpen(opensAtMs)).toBe(true);
          expect(isOpen(Math.max(nowMs, opensAtMs - MINUTE_MS))).toBe(false);
        } else {
          expect(schedule.allow?.every(({ days }) => days?.length === 0)).toBe(true);
        }
      },
    ),
    { numRuns: 150 },
  );
});
