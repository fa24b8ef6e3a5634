import { fakeRandom } from '@torii/engine/testing';
import { patiently } from '../suite/servers.ts';
import { pause } from '../suite/pause.ts';
import { type Result, Violations } from '../suite/result.ts';
import type { Proving } from '../suite/suite.ts';
import { Diary } from './diary.ts';
import { type Job, type Jobs, type Place, POISON, POISONED_TIMES } from './errand.ts';
import { dismissed, Fleet } from './fleet.ts';
import { clockAt, openAt } from './place.ts';

const WORKERS = 2;
const PER_BATCH = 15;
const BATCH_MS = 300;

/** Nothing was said for so long: what is not done by then is lost. Much longer than any lease. */
const LOST_MS = 15_000;

/** What is known to be broken need not be given every chance. */
const LOST_BROKEN_MS = 5_000;

/** By then whoever died has been found out. */
const LEASE_MS = 3_000;

/** What is not done again in this time was left as it is. */
const LEFT_MS = 1_500;

/** What happens around one queue. */
export interface Storm {
  readonly named: string;
  readonly place: Place;
  readonly seed: number;

  /** How many jobs are put, besides the one that kills its worker. */
  readonly jobs: number;
  readonly poison: boolean;

  /** Kills the queue's server and starts it again. */
  readonly restart?: () => Promise<void>;

  /** A bug of the workers, or of how jobs are put. */
  readonly broken?: string;
}

/**
 * Processes do the jobs of one queue while they are killed, closed, and their server restarted, and one job kills whoever
 * does it twelve times in a row. Every job is done in the end, none before it is due, and none twice at once.
 */
export async function storm(told: Storm, { progress }: Proving): Promise<Result> {
  const { named, place, seed, broken } = told;
  const random = fakeRandom(seed);
  const originMs = Date.now();
  const clock = clockAt(place, originMs);
  const diary = new Diary();
  const jobs = brokenJobs(await openAt(place, clock), { broken, now: () => clock.now() });
  const fleet = new Fleet({ place, originMs, broken }, diary);
  const wanted = new Map<string, number>();
  const lostMs = broken === undefined ? LOST_MS : LOST_BROKEN_MS;
  let restarts = 0;
  const put = async (some: readonly Job[], how: 'put' | 'revive'): Promise<void> => {
    for (const job of some) diary.put(job);
    // A server that is being started again does not answer for a moment.
    await patiently(() => jobs[how](some));
  };
  const later = (): number => clock.now() + random.below(place.kind === 'embedded' ? 20_000 : 1_500);
  fleet.start(WORKERS);
  try {
    const all: Job[] = told.poison ? [jobOf(POISON, clock.now())] : [];
    await put(all, 'put');
    for (let made = 0; made < told.jobs; made += PER_BATCH) {
      const batch = Array.from({ length: PER_BATCH }, (_, index) => jobOf(String(made + index), later()));
      all.push(...batch);
      await put(batch, 'put');
      await pause(BATCH_MS);
      fleet.disturb(random);
      if (told.restart !== undefined && made % (6 * PER_BATCH) === 2 * PER_BATCH) {
        await told.restart();
        restarts += 1;
      }
      progress.step(made, told.jobs, `jobs, ${named}`);
    }
    for (const job of all) wanted.set(diary.nameOf(job), 1);
    const lost = await untilDone(diary, { wanted, lostMs });
    if (lost.length + diary.flaws.length === 0)
      await again({ diary, put, all, wanted, now: () => clock.now() });
    const missing = lost.length > 0 ? lost : await untilDone(diary, { wanted, lostMs });
    for (const name of missing) diary.flaws.push(`\`${name}\` was put and is not done`);
    if (told.poison && missing.length === 0 && fleet.poisonings < POISONED_TIMES)
      diary.flaws.push(`the poisonous job killed ${fleet.poisonings} workers, expected ${POISONED_TIMES}`);
  } finally {
    await dismissed(fleet, diary);
    await jobs.close();
  }
  const found = new Violations();
  for (const flaw of diary.flaws) found.add(`${named}: ${flaw}`);
  return {
    tried: {
      [`jobs, ${named}`]: wanted.size,
      [`kill -9 of workers, ${named}`]: fleet.kills + fleet.poisonings,
      [`closed workers, ${named}`]: fleet.closes,
      ...(told.restart === undefined ? {} : { 'kill -9 of Redis': restarts }),
    },
    counted: { [`begun, ${named}`]: diary.begun, [`interrupted, ${named}`]: diary.interrupted },
    violations: found.list(),
  };
}

/** The bugs of who puts jobs. */
function brokenJobs(
  jobs: Jobs,
  { broken, now }: { readonly broken: string | undefined; readonly now: () => number },
): Jobs {
  switch (broken) {
    case 'forgets-revived':
      return { ...bound(jobs), revive: (some) => jobs.put(some) };
    case 'puts-early':
      return { ...bound(jobs), put: (some) => jobs.put(some.map((job) => ({ ...job, dueAt: now() }))) };
    default:
      return jobs;
  }
}

function bound(jobs: Jobs): Jobs {
  return {
    put: (some) => jobs.put(some),
    revive: (some) => jobs.revive(some),
    work: (handler) => jobs.work(handler),
    close: () => jobs.close(),
  };
}

function jobOf(subject: string, dueAt: number): Job {
  return { kind: Number(subject) % 2 === 0 ? 'notices' : 'delivery', tenant: 'acme', subject, dueAt };
}

/** Waits until everything is done as often as is wanted; answers what is not when nothing happens any more. */
async function untilDone(
  diary: Diary,
  { wanted, lostMs }: { readonly wanted: ReadonlyMap<string, number>; readonly lostMs: number },
): Promise<readonly string[]> {
  let [begun, saidAt] = [-1, performance.now()];
  for (;;) {
    const missing = [...wanted]
      .filter(([name, times]) => diary.timesDone(name) < times)
      .map(([name]) => name);
    if (missing.length === 0) return [];
    if (diary.begun !== begun) [begun, saidAt] = [diary.begun, performance.now()];
    if (performance.now() - saidAt > lostMs) return missing;
    await pause(20);
  }
}

interface Again {
  readonly diary: Diary;
  readonly put: (jobs: readonly Job[], how: 'put' | 'revive') => Promise<void>;
  readonly all: readonly Job[];
  readonly wanted: Map<string, number>;
  readonly now: () => number;
}

/** What was done is left as it is when it is put again, and is done again when it is revived. */
async function again({ diary, put, all, wanted, now }: Again): Promise<void> {
  // Somebody may have died between doing a job and saying so to the queue: it is done once more.
  await pause(LEASE_MS);
  const begun = diary.begun;
  await put(
    all.map((job) => ({ ...job, dueAt: now() })),
    'put',
  );
  await pause(LEFT_MS);
  if (diary.begun > begun)
    diary.flaws.push(`${diary.begun - begun} jobs that were done were done again when put`);
  const revived = all.filter((_, index) => index % 3 === 0);
  for (const job of revived) {
    const name = diary.nameOf(job);
    wanted.set(name, diary.timesDone(name) + 1);
  }
  await put(
    revived.map((job) => ({ ...job, dueAt: now() })),
    'revive',
  );
}
