import type { Store } from '@torii/engine';
import type { FaultProxy, RedisServer } from '@torii/sandbox/redis';
import { isUnavailable } from '../model/operation.ts';
import { asking, charge } from '../suite/asking.ts';
import { allEntries } from '../suite/journal.ts';
import { pause } from '../suite/pause.ts';
import type { Result } from '../suite/result.ts';
import { awake, openRedisStore, patiently, type RedisTuning } from '../suite/servers.ts';
import type { Proving } from '../suite/suite.ts';
import { inLanes } from './lanes.ts';
import { type Pair, withPair } from './pair.ts';

const CLIENTS = 16;
const LANES = 4;
const AMOUNT = 7n;
const LIMIT = 7_000_000_000n;

/** What is wrong between the primary and its replica before the primary dies. */
export interface Link {
  readonly name: string;
  happen(between: FaultProxy, replica: RedisServer): Promise<void>;
}

const healthy: Link = { name: 'healthy link', happen: () => Promise.resolve() };
const dropped: Link = {
  name: 'link drops everything for 500 ms',
  async happen(between) {
    between.blackHole();
    await pause(500);
  },
};
function cut(name: string, lastsMs: number): Link {
  return {
    name: `link cut for ${name}`,
    async happen(between) {
      between.reset();
      await pause(lastsMs);
    },
  };
}
const stalled: Link = {
  name: 'replica stopped for 500 ms',
  async happen(_, replica) {
    replica.pause();
    await pause(500);
  },
};

/** Everything that is tried between them, what takes longest first. */
export const links: readonly Link[] = [cut('4 s', 4_000), cut('0.5 s', 500), dropped, stalled, healthy];

/** How often the primary dies, and what was promised of the calls that it had granted. */
export interface Failing {
  readonly rounds: number;
  readonly durability: 'local' | 'replicated';

  /** Whether the loss of what was acknowledged breaks a promise, or is only counted. */
  readonly promised: boolean;
  readonly links?: readonly Link[];
}

/**
 * Kills a primary while clients hold money on it, and promotes its replica. With `replicated`, what was acknowledged is
 * there afterwards. Without, what is missing is counted; but a process that was told of it must notice, and grant nothing
 * from the data that has gone back.
 */
export function failsOver(failing: Failing, { progress }: Proving): Promise<Result> {
  const { rounds, durability, promised, links: tried = links } = failing;
  const violations: string[] = [];
  let [done, acknowledged, lost, refused] = [0, 0, 0, 0];
  return awake(async () => {
    const jobs = tried.flatMap((link) => Array.from({ length: rounds }, () => link));
    await inLanes(LANES, jobs, async (link) => {
      const told = await oneFailover(durability, link);
      acknowledged += told.acknowledged;
      lost += told.lost;
      refused += told.refused;
      if (promised && told.lost > 0)
        violations.push(`${link.name}: ${told.lost} acknowledged calls are gone`);
      violations.push(...told.flaws.map((flaw) => `${link.name}: ${flaw}`));
      progress.step(++done, jobs.length, 'failovers');
    });
    return {
      tried: {
        [`failovers, ${durability}`]: done,
        [`acknowledged before them, ${durability}`]: acknowledged,
      },
      violations,
      counted: {
        [`acknowledged and lost, ${durability}`]: lost,
        [`refused meanwhile, ${durability}`]: refused,
      },
    };
  });
}

interface Outcome {
  readonly acknowledged: number;
  readonly lost: number;
  readonly refused: number;
  readonly flaws: readonly string[];
}

function oneFailover(durability: 'local' | 'replicated', link: Link): Promise<Outcome> {
  const tuning: RedisTuning =
    durability === 'replicated'
      ? { durability, replicas: 1, commandTimeoutMs: 1_000 }
      : { commandTimeoutMs: 1_000 };
  return withPair(async (pair) => {
    const store = await patiently(() => openRedisStore(pair.front.url, tuning));
    try {
      return await killed({ pair, store, link });
    } finally {
      await store.close();
    }
  });
}

async function killed({
  pair,
  store,
  link,
}: {
  readonly pair: Pair;
  readonly store: Store;
  readonly link: Link;
}): Promise<Outcome> {
  const { primary, replica, between, front, target } = pair;
  const crowd = new Crowd(store);
  const clients = crowd.begin();
  await pause(200);
  await link.happen(between, replica);
  await primary.kill();
  crowd.stop();
  await clients;

  replica.resume();
  await replica.command('REPLICAOF', 'NO', 'ONE');
  target.port = replica.port;
  front.heal();
  // The replica has no replica of its own: what comes after is judged by whoever looks at it.
  const looking = await openRedisStore(replica.url, {}).catch((error: unknown) => error);
  if (isUnavailable(looking)) return outcome(crowd, { kept: new Set(), flaws: [] });
  const later = looking as Store;
  const kept = new Set((await allEntries(later)).flatMap(({ callId }) => callId ?? []));
  const lost = crowd.acknowledged.filter((id) => !kept.has(id)).length;
  const grants = lost === 0 ? 0 : await crowd.grantsAfterwards();
  await later.close();
  const flaws =
    grants === 0 ? [] : [`${grants} calls were granted by a process that knew of more than there was`];
  return outcome(crowd, { kept, flaws });
}

function outcome(
  { acknowledged, refused }: Crowd,
  { kept, flaws }: { readonly kept: ReadonlySet<string>; readonly flaws: readonly string[] },
): Outcome {
  return {
    acknowledged: acknowledged.length,
    lost: acknowledged.filter((id) => !kept.has(id)).length,
    refused,
    flaws,
  };
}

/** Clients that hold one call after the other, and remember what they were told. */
class Crowd {
  readonly acknowledged: string[] = [];
  refused = 0;
  readonly #store: Store;
  #stopped = false;
  #next = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  async begin(): Promise<void> {
    const client = async (): Promise<void> => {
      while (!this.#stopped) {
        const id = `c${this.#next++}`;
        if (await this.#isGranted(id)) this.acknowledged.push(id);
        else await pause(5);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
  }

  stop(): void {
    this.#stopped = true;
  }

  /** How many calls the same process is granted once it reaches the one that took over. */
  async grantsAfterwards(): Promise<number> {
    let grants = 0;
    for (let attempt = 0; attempt < 40; attempt++) {
      if (await this.#isGranted(`after-${attempt}`)) grants += 1;
      await pause(25);
    }
    return grants;
  }

  async #isGranted(id: string): Promise<boolean> {
    try {
      const { kind } = await this.#store.reserve(
        asking(id, [charge('hot', { amount: AMOUNT, limit: LIMIT })]),
      );
      return kind === 'reserved';
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      this.refused += 1;
      return false;
    }
  }
}
