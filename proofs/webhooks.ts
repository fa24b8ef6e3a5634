import { memoryStore, type StoreSource } from '@torii/engine';
import { redisStore } from '@torii/engine/redis';
import { scratchFolder, sqliteStores } from './suite/folder.ts';
import { withServer } from './suite/servers.ts';
import { type Planted, prove } from './suite/suite.ts';
import {
  buildsAnew,
  dropsDeadLetters,
  finishesFirst,
  losesTheRest,
  namesAnew,
} from './webhooks/broken-stores.ts';
import { customs, fiveDays, hanging, rotation } from './webhooks/customs.ts';
import { deaths } from './webhooks/deaths.ts';
import { MOVES_ON_AT, points } from './webhooks/errand.ts';
import { hostile } from './webhooks/hostile.ts';
import { storms } from './webhooks/storms.ts';
import type { Breaking } from './webhooks/world.ts';

let stores = 0;
const folder = scratchFolder();
const sqlite = sqliteStores(folder);

function inMemory(name: string, says: string, breaking: Breaking): Planted {
  return {
    name,
    says,
    run: (proving) => storms({ named: 'memory', source: memoryStore, storms: 20, breaking }, proving),
  };
}

await prove(
  {
    name: 'webhooks',
    parts: [
      {
        name: 'receivers in all moods, memory',
        run: (proving) =>
          storms({ named: 'memory', source: memoryStore, storms: proving.full ? 1_000 : 12 }, proving),
      },
      {
        name: 'receivers in all moods, SQLite',
        run: (proving) =>
          storms({ named: 'SQLite', source: sqlite, storms: proving.full ? 1_000 : 8 }, proving),
      },
      {
        name: 'receivers in all moods, Redis',
        run: (proving) =>
          withServer(({ url }) => {
            const source = (): StoreSource =>
              redisStore({ redis: url, prefix: `storm-${stores++}`, commandTimeoutMs: 5_000 });
            return storms({ named: 'Redis', source, storms: proving.full ? 500 : 8 }, proving);
          }),
      },
      {
        name: 'kill -9 between the journal and the endpoints',
        run: (proving) => deaths({ folder, points, times: proving.full ? 20 : 1 }, proving),
      },
      { name: 'each way of answering, by its log', run: customs },
      { name: 'beside one that hangs', run: hanging },
      { name: 'five days without a success', run: fiveDays },
      { name: 'URLs and names that lead inside', run: hostile },
      { name: 'secrets are replaced', run: rotation },
    ],
    planted: [
      inMemory('finishes-first', 'says that a message is delivered before it is sent', finishesFirst),
      inMemory('names-anew', 'gives a message another id at each try', namesAnew),
      inMemory('builds-anew', 'builds the bytes of a message anew at each try', buildsAnew),
      inMemory('loses-the-rest', 'moves on in the journal without all deliveries', losesTheRest),
      {
        name: 'moves-on-first',
        says: 'moves on in the journal before the deliveries are queued, and dies',
        run: (proving) => deaths({ folder, points: [MOVES_ON_AT], times: 3, broken: true }, proving),
      },
      inMemory('drops-dead-letters', 'counts what it gave up as delivered', dropsDeadLetters),
    ],
  },
  process.argv.slice(2),
);
