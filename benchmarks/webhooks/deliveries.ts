import { setTimeout } from 'node:timers/promises';
import {
  createEngine,
  embeddedJobs,
  type Engine,
  type JobsSource,
  signAgentToken,
  sqliteStore,
  type StoreSource,
} from '@torii/engine';
import { bullmqJobs } from '@torii/engine/bullmq';
import { redisStore } from '@torii/engine/redis';

const issuer = {
  issuer: 'https://issuer.example',
  audience: 'torii',
  algorithm: 'HS256',
  key: 'a-secret-of-the-benchmarks-of-more-than-32-bytes',
} as const;
const policy = { id: 'house', approvals: [{ when: { tools: ['ask'] }, approvers: ['ada@example.com'] }] };
const AT_ONCE = 32;
const PLANTED_MS = 200;

/** Where a backlog waits: the store, and the queue for a process that only puts jobs and for one that does them. */
export interface Backlog {
  readonly store: () => StoreSource;
  readonly idle: () => JobsSource;
  readonly working: () => JobsSource;
}

/** Redis holds the journal and the jobs. */
export function onRedis(url: string, name: string): Backlog {
  const redis = { redis: url, prefix: name };
  return {
    store: () => redisStore({ ...redis, commandTimeoutMs: 10_000 }),
    idle: () => bullmqJobs({ ...redis, work: false }),
    working: () => bullmqJobs(redis),
  };
}

/** A SQLite file, and jobs in another one. */
export function onSqlite(path: string): Backlog {
  const jobs = (): JobsSource => embeddedJobs({ path: `${path}-jobs.db` });
  const idle: JobsSource = {
    async open(context) {
      const queue = await jobs().open(context);
      return {
        put: (some) => queue.put(some),
        revive: (some) => queue.revive(some),
        work: () => Promise.resolve(),
        close: () => queue.close(),
      };
    },
  };
  return { store: () => sqliteStore(`${path}.db`), idle: () => idle, working: jobs };
}

/** Asks so many questions, of which every endpoint is to be told, while nobody sends anything. */
export async function fill(
  backlog: Backlog,
  { endpoints, events }: { readonly endpoints: readonly string[]; readonly events: number },
): Promise<void> {
  const engine = await open(backlog, endpoints, backlog.idle());
  const credential = await signAgentToken({
    ...issuer,
    agent: 'bot',
    owner: 'olga@example.com',
    session: 's1',
    tenant: 'acme',
    expiresInSeconds: 3_600,
  });
  let next = 0;
  const ask = async (): Promise<void> => {
    for (let event = next++; event < events; event = next++) {
      const asked = { credential, framework: 'bench', tool: 'ask', price: '0.01 USD' };
      const { kind } = await engine.guard({ ...asked, arguments: { event } }, () => 'never');
      if (kind !== 'waiting') throw new Error(`expected a question, got \`${kind}\``);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, ask));
  await setTimeout(PLANTED_MS);
  await engine.close();
}

/** Sends what waits. Close it when everything has arrived. */
export function sendAll(backlog: Backlog, endpoints: readonly string[]): Promise<Engine> {
  return open(backlog, endpoints, backlog.working());
}

function open(backlog: Backlog, endpoints: readonly string[], jobs: JobsSource): Promise<Engine> {
  return createEngine({
    policies: [policy],
    store: backlog.store(),
    identity: { issuers: [issuer] },
    egress: { allow: ['127.0.0.1'] },
    webhooks: endpoints.map((url, index) => ({
      id: `endpoint-${index}`,
      url,
      secret: 'a secret of the benchmark',
      events: ['approval.created'],
    })),
    jobs,
    storeTimeoutMs: 10_000,
  });
}
