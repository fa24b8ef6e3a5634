import { join } from 'node:path';
import type { Place } from './jobs/errand.ts';
import { storm } from './jobs/storm.ts';
import { scratchFolder } from './suite/folder.ts';
import { together } from './suite/result.ts';
import { withServer } from './suite/servers.ts';
import { type Planted, prove, type Proving } from './suite/suite.ts';

const folder = scratchFolder();
let places = 0;

function inFile(): Place {
  return { kind: 'embedded', path: join(folder, `jobs-${places++}.db`) };
}

const embedded = { named: 'in a file', poison: true } as const;

/** A queue on a server of its own, which is restarted meanwhile. */
function onRedis(
  told: { readonly seed: number; readonly jobs: number; readonly broken?: string },
  proving: Proving,
): ReturnType<typeof storm> {
  return withServer((server) => {
    const place: Place = { kind: 'bullmq', url: server.url, prefix: `jobs-${places++}` };
    const restart = { restart: () => server.restart() };
    const poison = told.broken === undefined || told.broken === 'stalled-once';
    return storm(
      { named: 'BullMQ', place, poison, ...(told.broken === undefined ? restart : {}), ...told },
      proving,
    );
  });
}

function planted(name: string, says: string): Planted {
  const told = { named: 'in a file', poison: false, seed: 1, jobs: 60, broken: name };
  return { name, says, run: (proving) => storm({ ...told, place: inFile() }, proving) };
}

await prove(
  {
    name: 'jobs',
    parts: [
      {
        name: 'two workers, killed, closed and poisoned',
        async run(proving) {
          const storms = proving.full ? 20 : 1;
          const jobs = proving.full ? 900 : 300;
          const results = [];
          for (let seed = 1; seed <= storms; seed++) {
            // Most of the time each of them waits for a lease: side by side they take half as long.
            const both = [
              storm({ ...embedded, place: inFile(), seed, jobs }, proving),
              onRedis({ seed, jobs }, proving),
            ];
            results.push(...(await Promise.all(both)));
          }
          return together(results);
        },
      },
    ],
    planted: [
      planted('hasty', 'says that a job is done, and does it a little later'),
      planted('doubled', 'does one job twice at once'),
      planted('puts-early', 'puts what is due later as if it were due now'),
      planted('forgets-revived', 'leaves a job that was done as it is when it is revived'),
      {
        name: 'stalled-once',
        says: 'gives a job up when its worker has died for the second time, as BullMQ does by default',
        run: (proving) => onRedis({ seed: 1, jobs: 30, broken: 'stalled-once' }, proving),
      },
    ],
  },
  process.argv.slice(2),
);
