import {
  acceptsByItself,
  asksAnew,
  assumesTheBest,
  endsForAll,
  fallsBackToMemory,
  givesUp,
} from './redis-faults/broken-stores.ts';
import { clocksDiffer } from './redis-faults/clocks.ts';
import { disturbances } from './redis-faults/disturbances.ts';
import { disturbed } from './redis-faults/disturbed.ts';
import { failsOver, links } from './redis-faults/failover.ts';
import { forgets } from './redis-faults/forgetting.ts';
import { losesEveryReply } from './redis-faults/lost-replies.ts';
import { outages } from './redis-faults/outages.ts';
import { losesPrimary } from './redis-faults/primary-loss.ts';
import { callersWindow } from './windows/skew.ts';
import { type Part, prove } from './suite/suite.ts';

const silent = disturbances.filter((one) => one.silent === true);
const damagedLinks = links.filter(({ name }) => name.includes('drops'));
const shortOutages = outages.filter(({ lastsMs }) => lastsMs < 1_000);
const silentPromoted = outages.filter(({ name }) => name === 'primary silent, replica promoted');

const parts: readonly Part[] = [
  {
    name: 'the reply of every step is lost',
    run: (proving) => losesEveryReply({ calls: proving.full ? 5_000 : 100 }, proving),
  },
  {
    name: 'clients ask while Redis fails',
    run: (proving) => disturbed({ disturbances, rounds: proving.full ? 20 : 2 }, proving),
  },
  {
    name: 'Redis forgets everything',
    run: (proving) => forgets({ rounds: proving.full ? 20 : 2 }, proving),
  },
  {
    name: 'clocks differ',
    run: (proving) => clocksDiffer({ calls: proving.full ? 20_000 : 1_000 }, proving),
  },
  {
    name: 'failover with WAIT',
    run: (proving) =>
      failsOver({ rounds: proving.full ? 10 : 2, durability: 'replicated', promised: true }, proving),
  },
  {
    name: 'failover without WAIT',
    run: (proving) =>
      failsOver({ rounds: proving.full ? 10 : 2, durability: 'local', promised: false }, proving),
  },
  {
    name: 'the primary is lost, with WAIT and without',
    run: (proving) =>
      losesPrimary(
        { outages, rounds: proving.full ? 10 : 2, durabilities: ['replicated', 'local'] },
        proving,
      ),
  },
];

await prove(
  {
    name: 'redis-faults',
    parts,
    planted: [
      {
        name: 'memory-fallback',
        says: 'asks a store in memory where Redis cannot answer',
        run: (proving) =>
          disturbed({ disturbances: silent, rounds: 2, breaking: fallsBackToMemory }, proving),
      },
      {
        name: 'memory-after-loss',
        says: 'the same after Redis forgot everything',
        run: (proving) => forgets({ rounds: 1, breaking: fallsBackToMemory }, proving),
      },
      {
        name: 'asks-anew',
        says: 'asks under another name when a reply is lost',
        run: (proving) => losesEveryReply({ calls: 20, breaking: asksAnew }, proving),
      },
      {
        name: 'assumes-the-best',
        says: 'takes an unknown end for a known one',
        run: (proving) => disturbed({ disturbances: silent, rounds: 3, breaking: assumesTheBest }, proving),
      },
      {
        name: 'accepts-by-itself',
        says: 'accepts every loss without asking an operator',
        run: (proving) => forgets({ rounds: 1, opening: acceptsByItself }, proving),
      },
      {
        name: 'callers-window',
        says: 'the store believes the window that a caller computed',
        run: (proving) => clocksDiffer({ calls: 300, breaking: callersWindow }, proving),
      },
      {
        name: 'no-wait',
        says: 'promises what no replica has',
        run: (proving) =>
          failsOver({ rounds: 1, durability: 'local', promised: true, links: damagedLinks }, proving),
      },
      {
        name: 'answers-alone',
        says: 'promises what only a primary has that falls silent',
        run: (proving) =>
          losesPrimary(
            { outages: silentPromoted, rounds: 1, durabilities: ['local'], promised: true },
            proving,
          ),
      },
      {
        name: 'gives-up',
        says: 'asks no more once it was refused',
        run: (proving) =>
          losesPrimary(
            {
              outages: shortOutages,
              rounds: 1,
              durabilities: ['local'],
              breaking: givesUp,
              patienceMs: 1_000,
            },
            proving,
          ),
      },
      {
        name: 'ends-for-all',
        says: 'tells everybody who ends a call that he was the first',
        run: (proving) =>
          losesPrimary(
            { outages: shortOutages, rounds: 1, durabilities: ['local'], breaking: endsForAll },
            proving,
          ),
      },
    ],
  },
  process.argv.slice(2),
);
