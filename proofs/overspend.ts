import { memoryStore } from '@torii/engine';
import {
  checkThenAct,
  holdsTwice,
  keepsTheRest,
  releasesOnExpiry,
  startsForAll,
} from './overspend/broken-stores.ts';
import { crowds } from './overspend/hot-budget.ts';
import { processesAtOneBudget } from './overspend/processes.ts';
import { comparesWithMemory, playOnRedis } from './overspend/redis-schedules.ts';
import { type Breaking, playSchedules } from './overspend/schedules.ts';
import { scratchFolder, sqliteStores } from './suite/folder.ts';
import { type Part, type Planted, prove } from './suite/suite.ts';

const CALLERS = 256;
const sqlite = sqliteStores(scratchFolder());

const parts: readonly Part[] = [
  {
    name: `${CALLERS} callers of one budget in memory`,
    run: (proving) =>
      crowds(
        {
          named: 'memory',
          source: memoryStore,
          callers: CALLERS,
          decisions: proving.full ? 1_000_000 : 50_000,
        },
        proving,
      ),
  },
  {
    name: `${CALLERS} callers of one budget in SQLite`,
    run: (proving) =>
      crowds(
        { named: 'SQLite', source: sqlite, callers: CALLERS, decisions: proving.full ? 1_000_000 : 50_000 },
        proving,
      ),
  },
  {
    name: 'random schedules against the model, memory',
    run: (proving) =>
      playSchedules(
        {
          named: 'memory',
          source: memoryStore,
          schedules: proving.full ? 1_000_000 : 10_000,
          timePasses: true,
        },
        proving,
      ),
  },
  {
    name: 'random schedules against the model, SQLite',
    run: (proving) =>
      playSchedules({ named: 'SQLite', source: sqlite, schedules: proving.full ? 20_000 : 1_000 }, proving),
  },
  {
    name: 'four processes at one budget in Redis',
    run: (proving) => processesAtOneBudget(proving.full ? 10_000_000 : 256_000, proving),
  },
  {
    name: 'random schedules against the model, Redis',
    run: (proving) => playOnRedis({ schedules: proving.full ? 100_000 : 10_000 }, proving),
  },
  {
    name: 'the same questions to Redis and memory',
    run: (proving) => comparesWithMemory({ sequences: proving.full ? 50_000 : 5_000, steps: 30 }, proving),
  },
];

function inSchedules(name: string, says: string, breaking: Breaking): Planted {
  const playing = { named: 'memory', source: memoryStore, schedules: 300, timePasses: true };
  return { name, says, run: (proving) => playSchedules({ ...playing, breaking }, proving) };
}

await prove(
  {
    name: 'overspend',
    parts,
    planted: [
      {
        name: 'check-then-act',
        says: 'looks at the budget, and holds a moment later',
        run: (proving) =>
          crowds(
            { named: 'memory', source: memoryStore, callers: 64, decisions: 2_000, breaking: checkThenAct },
            proving,
          ),
      },
      inSchedules('check-then-act-schedules', 'the same among four clients', checkThenAct),
      {
        name: 'check-then-act-redis',
        says: 'the same among four connections to Redis',
        run: (proving) => playOnRedis({ schedules: 200, breaking: checkThenAct }, proving),
      },
      inSchedules('holds-twice', 'holds again for every repeat of a reservation', holdsTwice),
      inSchedules(
        'release-on-expiry',
        'returns the money of a started call whose time is up',
        releasesOnExpiry,
      ),
      inSchedules('keeps-the-rest', 'keeps what a call did not use', keepsTheRest),
      inSchedules('starts-for-all', 'tells every asking that the call is its own to run', startsForAll),
    ],
  },
  process.argv.slice(2),
);
