import { type Breaking, type Clustered, tenantsAsk } from './cluster/tenants.ts';
import { checkThenAct, holdsTwice, keepsTheRest, startsForAll } from './overspend/broken-stores.ts';
import { altered } from './suite/altered.ts';
import { pause } from './suite/pause.ts';
import { type Result, together } from './suite/result.ts';
import { type Planted, prove } from './suite/suite.ts';

/** Long enough for the others to agree that it is gone, and to let its replica take over. */
const TAKEOVER_MS = 5_000;

/** A primary dies among its tenants. It comes back as the replica that the other one needs before it may answer. */
const takeover: Clustered = {
  named: 'takeover',
  tenants: 12,
  questions: 20,
  tuning: { durability: 'replicated', replicas: 1, commandTimeoutMs: 1_000 },
  async meanwhile({ primaries }) {
    const [first] = primaries;
    await pause(300);
    await first?.kill();
    await pause(TAKEOVER_MS);
    await first?.restart();
    await pause(1_000);
  },
};

/** Books what it is asked with the tenant that was asked for first. */
function oneForAll(): Breaking {
  const first = new Map<string, Parameters<Breaking>[0]>();
  return (store) => {
    const shared = first.get('store') ?? store;
    first.set('store', shared);
    return altered(store, () => ({ reserve: (reservation) => shared.reserve(reservation) }));
  };
}

function planted(name: string, says: string, breaking: Breaking): Planted {
  return {
    name,
    says,
    run: (proving) => tenantsAsk({ named: 'cluster', tenants: 6, questions: 40, breaking }, proving),
  };
}

await prove(
  {
    name: 'cluster',
    parts: [
      {
        name: 'tenants on a cluster of six',
        run: (proving) =>
          tenantsAsk({ named: 'cluster', tenants: 24, questions: proving.full ? 2_000 : 150 }, proving),
      },
      {
        name: 'a primary is killed, its replica takes over',
        async run(proving) {
          const results: Result[] = [];
          for (let round = 0; round < (proving.full ? 20 : 1); round++) {
            results.push(await tenantsAsk(takeover, proving));
          }
          const all = together(results);
          return { ...all, tried: { 'primaries killed': results.length, ...all.tried } };
        },
      },
    ],
    planted: [
      planted('one-for-all', 'books every tenant with the first', oneForAll()),
      planted('check-then-act', 'looks at the budget, and holds a moment later', checkThenAct),
      planted('holds-twice', 'holds again for every repeat of a reservation', holdsTwice),
      planted('keeps-the-rest', 'keeps what a call did not use', keepsTheRest),
      planted('starts-for-all', 'tells every asking that the call is its own to run', startsForAll),
    ],
  },
  process.argv.slice(2),
);
