import { ZoneClock } from './zone-clock.ts';

const around = { fromMs: Date.UTC(2024, 0), untilMs: Date.UTC(2028, 0) };
const iso = (instantMs: number): string => new Date(instantMs).toISOString().replace(':00.000Z', 'Z');

test.each`
  zone                     | unit       | start                  | next                   | why
  ${'UTC'}                 | ${'day'}   | ${'2026-05-05T00:00Z'} | ${'2026-05-06T00:00Z'} | ${'a day'}
  ${'UTC'}                 | ${'week'}  | ${'2026-05-04T00:00Z'} | ${'2026-05-11T00:00Z'} | ${'weeks begin on Monday'}
  ${'UTC'}                 | ${'month'} | ${'2026-12-01T00:00Z'} | ${'2027-01-01T00:00Z'} | ${'into the next year'}
  ${'Europe/Berlin'}       | ${'day'}   | ${'2026-03-28T23:00Z'} | ${'2026-03-29T22:00Z'} | ${'23 hours'}
  ${'Europe/Berlin'}       | ${'day'}   | ${'2026-10-24T22:00Z'} | ${'2026-10-25T23:00Z'} | ${'25 hours'}
  ${'Europe/Berlin'}       | ${'hour'}  | ${'2026-10-25T00:00Z'} | ${'2026-10-25T02:00Z'} | ${'an hour that is repeated'}
  ${'America/Havana'}      | ${'day'}   | ${'2026-11-01T04:00Z'} | ${'2026-11-02T05:00Z'} | ${'midnight happens twice'}
  ${'Africa/Cairo'}        | ${'day'}   | ${'2026-04-23T22:00Z'} | ${'2026-04-24T21:00Z'} | ${'midnight is skipped'}
  ${'Australia/Lord_Howe'} | ${'hour'}  | ${'2026-10-03T14:30Z'} | ${'2026-10-03T16:00Z'} | ${'a leap to half past begins no hour'}
  ${'Antarctica/Troll'}    | ${'hour'}  | ${'2026-10-25T00:00Z'} | ${'2026-10-25T01:00Z'} | ${'two hours back are counted anew'}
`('the $unit of $zone after $start begins at $next: $why', ({ zone, unit, start, next }) => {
  expect(iso(new ZoneClock(zone, around).next(unit, Date.parse(start)))).toBe(next);
});
