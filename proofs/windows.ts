import { prove } from './suite/suite.ts';
import { dateLabel, fixedDay } from './windows/broken-spans.ts';
import { clockMinute, earlySlice, rolls } from './windows/rolling.ts';
import { callersWindow, skews } from './windows/skew.ts';
import { engineSpan } from './windows/spans.ts';
import { everywhere, tiles } from './windows/tiling.ts';

const someZones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Havana', 'UTC'];
const shortened = { zones: someZones, fromMs: Date.UTC(2025, 0), days: 1_100 };

await prove(
  {
    name: 'windows',
    parts: [
      {
        name: 'calendar windows tile time',
        run: (proving) => tiles(engineSpan, everywhere(proving.full), proving),
      },
      {
        name: 'rolling windows and rates beside an exact log',
        run: (proving) => rolls(proving.full ? 5_000 : 250, (store) => store, proving),
      },
      {
        name: 'clocks that jump and replicas five minutes off',
        run: (proving) => skews(proving.full ? 500 : 20, (store) => store, proving),
      },
    ],
    planted: [
      {
        name: 'fixed-day',
        says: 'a day is 24 hours',
        run: (proving) => tiles(fixedDay, shortened, proving),
      },
      {
        name: 'date-label',
        says: 'a day is found by the date and the offset of now',
        run: (proving) => tiles(dateLabel, shortened, proving),
      },
      {
        name: 'callers-window',
        says: 'the store believes the window that a caller computed',
        run: (proving) => skews(2, callersWindow, proving),
      },
      {
        name: 'early-slice',
        says: 'a slice of a rolling window is forgotten when it begins to leave it',
        run: (proving) => rolls(20, earlySlice, proving),
      },
      {
        name: 'clock-minute',
        says: 'a rate is counted by the minute of the clock',
        run: (proving) => rolls(20, clockMinute, proving),
      },
    ],
  },
  process.argv.slice(2),
);
