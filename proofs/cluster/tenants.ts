import { Cluster } from 'ioredis';
import type { Store } from '@torii/engine';
import { fakeRandom } from '@torii/engine/testing';
import { type RedisCluster, startCluster } from '@torii/sandbox/redis';
import { Recorder } from '../model/recorder.ts';
import { replay, type Wire } from '../model/replay.ts';
import { randomOperation } from '../overspend/random-operation.ts';
import { auditFlaws, entriesAfter } from '../suite/journal.ts';
import { pause } from '../suite/pause.ts';
import { type Result, Violations } from '../suite/result.ts';
import { awake, patiently, type RedisTuning, withStores } from '../suite/servers.ts';
import type { Proving } from '../suite/suite.ts';

const CONNECTIONS = 4;
const TTL_MS = 86_400_000;
const PAUSE_MS = 50;

/** Makes a store worse; `pause` lets others go on in between. */
export type Breaking = (store: Store, turn: () => Promise<void>) => Store;

/** How many tenants ask how often, and who dies meanwhile. */
export interface Clustered {
  readonly named: string;
  readonly tenants: number;

  /** Questions of each of the clients of a tenant. */
  readonly questions: number;
  readonly breaking?: Breaking;
  readonly tuning?: RedisTuning;

  /** What happens while they ask. */
  readonly meanwhile?: (cluster: RedisCluster) => Promise<void>;
}

/**
 * Tenants that are spread over a cluster of six, each with clients on four connections. Each tenant's history must make
 * sense beside its own journal. Where nobody dies, nobody may be refused: a step that needs two slots would be.
 */
export function tenantsAsk(clustered: Clustered, { progress }: Proving): Promise<Result> {
  return awake(async () => {
    const cluster = await startCluster({ appendonly: 'yes' });
    const nodes = cluster.primaries.map(({ port }) => ({ host: '127.0.0.1', port }));
    const redis = new Cluster(nodes, { lazyConnect: true });
    try {
      return await withStores(
        { url: redis, count: CONNECTIONS, tuning: { ...clustered.tuning } },
        async (stores) => {
          const asking = new Asking(clustered, stores, (done, of) => progress.step(done, of, 'questions'));
          const happens = clustered.meanwhile?.(cluster).then(() => asking.isOver());
          await asking.everybody();
          await happens;
          return {
            ...(await asking.result()),
            counted: { ...asking.counted(), ...(await spread(cluster, clustered.named)) },
          };
        },
      );
    } finally {
      redis.disconnect();
      await cluster.stop();
    }
  });
}

class Asking {
  readonly #records: readonly Recorder[];
  readonly #wire: Wire;
  #over: boolean;
  #done = 0;

  constructor(
    readonly clustered: Clustered,
    readonly stores: readonly Store[],
    readonly step: (done: number, of: number) => void,
  ) {
    this.#records = Array.from({ length: clustered.tenants }, () => new Recorder());
    this.#over = clustered.meanwhile === undefined;
    this.#wire = { repliesLost: !this.#over };
  }

  isOver(): void {
    this.#over = true;
  }

  async everybody(): Promise<void> {
    await Promise.all(
      this.#records.flatMap((record, tenant) =>
        this.stores.map((store, client) => this.#client({ record, store, tenant, client })),
      ),
    );
  }

  counted(): Readonly<Record<string, number>> {
    const missing = this.#history().filter(({ told }) => told === undefined).length;
    return missing === 0 ? {} : { [`questions without an answer, ${this.clustered.named}`]: missing };
  }

  async result(): Promise<Result> {
    const found = new Violations();
    const { named, tenants } = this.clustered;
    const [sound] = this.stores;
    for (const [tenant, record] of this.#records.entries()) {
      const store = sound?.of(nameOf(tenant));
      if (store === undefined) break;
      const entries = await patiently(() => entriesAfter(store, 0));
      const flaws = [
        ...replay(record.history, entries, this.#wire),
        ...(await patiently(() => auditFlaws(store))),
      ];
      for (const flaw of flaws) found.add(`tenant ${tenant}: ${flaw}`);
    }
    const refused = this.#history().filter(({ told }) => told === undefined);
    if (this.clustered.meanwhile === undefined && refused.length > 0) {
      found.add(`${refused.length} questions had no answer although everybody was well`);
    }
    const questions = this.#history().length;
    return {
      tried: { [`tenants, ${named}`]: tenants, [`questions, ${named}`]: questions },
      violations: found.list(),
    };
  }

  #history(): Recorder['history'] {
    return this.#records.flatMap(({ history }) => history);
  }

  async #client(one: {
    readonly record: Recorder;
    readonly store: Store;
    readonly tenant: number;
    readonly client: number;
  }): Promise<void> {
    const { record, tenant, client } = one;
    const { questions, tenants, breaking = (sound: Store): Store => sound } = this.clustered;
    const store = breaking(one.store.of(nameOf(tenant)), nextTurn);
    const random = fakeRandom(tenant * CONNECTIONS + client + 1);
    for (let asked = 0; asked < questions;) {
      // Few calls of a name, and new ones when they are used up.
      const names = { prefix: `g${Math.floor(record.history.length / 40)}-`, agent: `bot-${tenant}` };
      const isAnswered = await record.ask(store, randomOperation(random, names, { ttlMs: TTL_MS }));
      if (!isAnswered) await pause(PAUSE_MS);
      if (!isAnswered && this.clustered.meanwhile === undefined) return;
      if (!isAnswered || !this.#over) continue;
      asked += 1;
      this.step(++this.#done, questions * tenants * CONNECTIONS);
    }
  }
}

function nameOf(tenant: number): string {
  return `tenant-${tenant}`;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** How many primaries have keys of anybody. */
async function spread({ primaries }: RedisCluster, named: string): Promise<Readonly<Record<string, number>>> {
  const sizes = await Promise.all(primaries.map((server) => server.command('DBSIZE').catch(() => 0)));
  return { [`primaries with tenants, ${named}`]: sizes.filter((size) => Number(size) > 0).length };
}
