/** A process that asks people and tells of it, until it dies. What it asks for is in the journal, nothing is said. */
import { writeSync } from 'node:fs';
import {
  type Clock,
  createEngine,
  embeddedJobs,
  type JobsSource,
  sqliteStore,
  type Store,
  systemClock,
} from '@torii/engine';
import { pointed, reaper } from '../crash/points.ts';
import { altered } from '../suite/altered.ts';
import { pause } from '../suite/pause.ts';
import { type Errand, QUESTIONS_PER_RUN, SECRETS } from './errand.ts';
import { issuer, policy, questionsTo } from './questions.ts';

const PATIENCE_MS = 20_000;
const WHILE_MS = 50;

const errand = JSON.parse(process.argv[2] ?? '') as Errand;
const reach = errand.death === undefined ? (): void => undefined : reaper(errand.death);
const clock: Clock = { ...systemClock, now: () => Date.now() + errand.aheadMs };

let store: Store | undefined;
const engine = await createEngine({
  policies: [policy],
  store: {
    async open(context) {
      const sound = await sqliteStore(errand.store).open(context);
      store = pointed(looking(errand.broken ? movesOnFirst(sound) : sound), reach);
      return store;
    },
  },
  identity: { issuers: [issuer] },
  egress: { allow: ['127.0.0.1'] },
  webhooks: Object.entries(errand.urls).map(([id, url]) => ({ id, url, secret: SECRETS[id] ?? '' })),
  jobs: pointedJobs(embeddedJobs({ path: errand.jobs })),
  storeTimeoutMs: PATIENCE_MS,
  clock,
});
const questions = await questionsTo(engine, clock);
for (let asked = 0; asked < QUESTIONS_PER_RUN; asked++)
  await questions.ask(`${errand.run}-${asked}`, asked % 2 === 1);
await deliveredAll();
await engine.close();
writeSync(1, 'finished\n');

/** The look at a delivery is the last thing before its request. */
function looking(sound: Store): Store {
  return altered(sound, (inner) => ({
    async delivery(id) {
      const found = await inner.delivery(id);
      if (found?.state === 'queued') reach('before send');
      return found;
    },
  }));
}

/** The bug: the place in the journal is moved on, and a little later the deliveries are queued. */
function movesOnFirst(sound: Store): Store {
  return altered(sound, (inner) => ({
    async enqueue(endpoint, cursor, deliveries) {
      await inner.enqueue(endpoint, cursor, []);
      await pause(WHILE_MS);
      return inner.enqueue(endpoint, cursor, deliveries);
    },
  }));
}

/** A queue that says when jobs of deliveries are put. */
function pointedJobs(source: JobsSource): JobsSource {
  return {
    async open(context) {
      const jobs = await source.open(context);
      return {
        async put(some) {
          const isSending = some.some(({ kind }) => kind === 'delivery');
          if (isSending) reach('before put');
          await jobs.put(some);
          if (isSending) reach('after put');
        },
        revive: (some) => jobs.revive(some),
        work: (handler) => jobs.work(handler),
        close: () => jobs.close(),
      };
    },
  };
}

/** Waits until nothing is queued any more. */
async function deliveredAll(): Promise<void> {
  const untilMs = performance.now() + PATIENCE_MS;
  for (let quiet = 0; quiet < 6 && performance.now() < untilMs;) {
    await pause(25);
    quiet = (await store?.nextDue()) === undefined ? quiet + 1 : 0;
  }
}
