import { memoryStore } from '@torii/engine';
import { cancelsWhatRuns, saysYes, startsUnasked, votesForTwo } from './approvals/broken-stores.ts';
import { type Breaking, race, raceOnRedis } from './approvals/races.ts';
import { scratchFolder, sqliteStores } from './suite/folder.ts';
import { type Planted, prove } from './suite/suite.ts';

const sqlite = sqliteStores(scratchFolder());

function inMemory(name: string, says: string, breaking: Breaking): Planted {
  const racing = { named: 'memory', source: memoryStore, schedules: 300, breaking };
  return { name, says, run: (proving) => race(racing, proving) };
}

await prove(
  {
    name: 'approvals',
    parts: [
      {
        name: 'people, agents and the clock race in memory',
        run: (proving) =>
          race({ named: 'memory', source: memoryStore, schedules: proving.full ? 50_000 : 2_000 }, proving),
      },
      {
        name: 'people, agents and the clock race in SQLite',
        run: (proving) =>
          race({ named: 'SQLite', source: sqlite, schedules: proving.full ? 50_000 : 2_000 }, proving),
      },
      {
        name: 'people, agents and the clock race in Redis',
        run: (proving) => raceOnRedis({ schedules: proving.full ? 50_000 : 2_000 }, proving),
      },
    ],
    planted: [
      inMemory('starts-unasked', 'lets a call run that people still think about', startsUnasked),
      inMemory(
        'cancels-what-runs',
        'cancels a call that has started, and returns its money',
        cancelsWhatRuns,
      ),
      inMemory('votes-for-two', 'counts one vote for two people', votesForTwo),
      inMemory('says-yes', 'tells people that their vote counted when it did not', saysYes),
      {
        name: 'starts-unasked-redis',
        says: 'lets a call run that people still think about, over Redis',
        run: (proving) => raceOnRedis({ schedules: 200, breaking: startsUnasked }, proving),
      },
    ],
  },
  process.argv.slice(2),
);
