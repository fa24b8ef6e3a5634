import { join } from 'node:path';
import { brokenWorkers } from './crash/broken-workers.ts';
import type { Place } from './crash/errand.ts';
import { kills } from './crash/kills.ts';
import { restarts } from './crash/restarts.ts';
import { points } from './crash/points.ts';
import { scratchFolder } from './suite/folder.ts';
import { withServer } from './suite/servers.ts';
import { type Planted, prove, type Proving } from './suite/suite.ts';

const folder = scratchFolder();
let stores = 0;
const sqlite = (): Promise<Place> =>
  Promise.resolve({ kind: 'sqlite', path: join(folder, `torii-${stores++}.db`) });

/** Deaths at each point: with 34 points and two stores about 1,000 in a night. */
function timesOf({ full }: Proving): number {
  return full ? 15 : 2;
}

/** Where each bug of a worker shows. */
const shownAt: ReadonlyMap<string, readonly string[]> = new Map([
  ['new-names', ['after effect', 'before settle']],
  ['answers-early', ['before vote', 'before start']],
  ['releases-on-start', ['after effect', 'before settle']],
  ['moves-on-first', ['during enqueue']],
]);

const planted: readonly Planted[] = [...brokenWorkers].map(([name, { says }]) => ({
  name,
  says,
  run: (proving) =>
    kills(
      { named: 'SQLite', place: sqlite, points: shownAt.get(name) ?? points, times: 3, broken: name },
      proving,
    ),
}));

await prove(
  {
    name: 'crash',
    parts: [
      {
        name: 'kill -9 at every point, SQLite',
        run: (proving) => kills({ named: 'SQLite', place: sqlite, points, times: timesOf(proving) }, proving),
      },
      {
        name: 'kill -9 at every point, Redis',
        run: (proving) =>
          withServer(({ url }) => {
            const place = (): Promise<Place> =>
              Promise.resolve({ kind: 'redis', url, prefix: `store-${stores++}` });
            return kills({ named: 'Redis', place, points, times: timesOf(proving) }, proving);
          }),
      },
      {
        name: 'kill -9 and restart of Redis itself',
        run: (proving) => restarts(proving.full ? 20 : 4, proving),
      },
    ],
    planted,
  },
  process.argv.slice(2),
);
