import assert from 'node:assert/strict';
import type { Clock } from '../nouns/clock.ts';
import type { Job, JobEnd, JobHandler, Jobs } from '../nouns/jobs.ts';

/** An empty queue, and a way to have processes that share it. */
export interface JobsUnderTest {
  /** The time that the queue goes by. */
  readonly clock: Clock;

  /** Opens the queue as one more process would. */
  open(): Promise<Jobs>;

  /** Ends a process without a word: it takes and renews nothing more. Not asked of a queue that ends with its process. */
  kill(jobs: Jobs): Promise<void>;

  /** Lets time pass until it holds. Rejects when that takes too long. */
  until(condition: () => boolean | Promise<boolean>): Promise<void>;

  /** Closes what is left open. */
  close(): Promise<void>;
}

/** One promise of the jobs contract. `run` rejects when the queue that `open` makes does not keep it. */
export interface JobsCase {
  readonly title: string;

  /** Whether it takes several processes that share the queue. */
  readonly shared: boolean;
  readonly run: (open: () => Promise<JobsUnderTest>) => Promise<void>;
}

/**
 * Every promise of `Jobs`, each with a program that rejects when a queue breaks it. `shared` leaves out, or not, what only
 * a queue can promise that outlives its process.
 */
export function jobsContract({ shared }: { readonly shared: boolean }): readonly JobsCase[] {
  return shared ? cases : cases.filter((each) => !each.shared);
}

const DONE: JobEnd = { kind: 'done' };
const HOUR_MS = 3_600_000;

type Body = (world: World) => Promise<void>;

function promise(title: string, body: Body, shared = false): JobsCase {
  return {
    title,
    shared,
    async run(open) {
      const under = await open();
      const world = new World(under);
      try {
        await body(world);
      } finally {
        world.end();
        await under.close();
      }
    },
  };
}

function ofSeveral(title: string, body: Body): JobsCase {
  return promise(title, body, true);
}

/** The queue that is tested, and a record of which jobs were begun. */
class World {
  readonly begun: { readonly job: Job; readonly at: number }[] = [];
  /** Ends every handler that still runs: a queue that fails must not keep the test waiting. */
  end: () => void = () => undefined;

  readonly #under: JobsUnderTest;
  readonly #over = new Promise<JobEnd>((resolve) => {
    this.end = () => resolve(DONE);
  });
  #fences = 0;

  constructor(under: JobsUnderTest) {
    this.#under = under;
  }

  get now(): number {
    return this.#under.clock.now();
  }

  open(): Promise<Jobs> {
    return this.#under.open();
  }

  kill(jobs: Jobs): Promise<void> {
    return this.#under.kill(jobs);
  }

  until(condition: () => boolean | Promise<boolean>): Promise<void> {
    return this.#under.until(condition);
  }

  /** A process that works. Fences end by themselves; `handler` is asked for all else. */
  async working(handler: JobHandler = () => Promise.resolve(DONE)): Promise<Jobs> {
    const jobs = await this.open();
    await jobs.work((job, signal) => {
      this.begun.push({ job, at: this.now });
      return job.kind === 'draining'
        ? Promise.resolve(DONE)
        : Promise.race([handler(job, signal), this.#over]);
    });
    return jobs;
  }

  job(subject: string, changes: Partial<Job> = {}): Job {
    return { kind: 'delivery', tenant: 'acme', subject, dueAt: this.now, ...changes };
  }

  times(subject: string): number {
    return this.begun.filter(({ job }) => job.subject === subject).length;
  }

  /** Until a job is done that was put now: by then another that was to be done would have begun. */
  async fence(jobs: Jobs): Promise<void> {
    const subject = `fence ${this.#fences++}`;
    await jobs.put([this.job(subject, { kind: 'draining' })]);
    await this.until(() => this.times(subject) > 0);
  }
}

/** Ends only when it is told to stop, and then as those do that stop at once. */
const endless: JobHandler = (_job, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));

const single: readonly JobsCase[] = [
  promise('every job that was put is done, with what it points to', async (world) => {
    const jobs = await world.working();
    const all = Array.from({ length: 150 }, (_, index) => world.job(`job ${index}`));
    await jobs.put(all);

    await world.until(() => all.every(({ subject }) => world.times(subject) > 0));

    const seen = new Set(
      world.begun.map(({ job: { kind, tenant, subject } }) => [kind, tenant, subject].join()),
    );
    assert.equal(seen.size, 150);
  }),

  promise('what was put before anybody worked is done', async (world) => {
    const jobs = await world.open();
    await jobs.put([world.job('early')]);
    await jobs.work((job) => {
      world.begun.push({ job, at: world.now });
      return Promise.resolve(DONE);
    });

    await world.until(() => world.times('early') === 1);
  }),

  promise('a job that was put again, while it waits, runs or is done, is done once', async (world) => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const jobs = await world.working(async () => held.then(() => DONE));
    const job = world.job('once');
    await Promise.all([jobs.put([job, job]), jobs.put([job])]);
    await world.until(() => world.times('once') > 0);
    await jobs.put([job]);
    await world.fence(jobs);
    release();
    await world.fence(jobs);
    await jobs.put([job]);
    await world.fence(jobs);

    assert.equal(world.times('once'), 1);
  }),

  promise('names of hostile words are the names of different jobs', async (world) => {
    const jobs = await world.working();
    const words = [
      '',
      ':',
      'a:b',
      'b',
      'a',
      'b:c',
      '0',
      '1',
      '-1',
      '1e3',
      '{a}',
      '*',
      '"',
      '\\',
      "','",
      '["a"]',
    ];
    const odd = ['__proto__', 'constructor', 'ü', '\u{1F980}', ' ', '%', '\n', 'x'.repeat(200)];
    const all = [...words, ...odd].flatMap((tenant) =>
      words.map((subject) => world.job(subject, { tenant })),
    );
    const others = words.map((subject) => world.job(subject, { kind: 'expiry', tenant: 'a' }));
    await jobs.put([...all, ...others]);

    const told = (job: Job): string => JSON.stringify([job.kind, job.tenant, job.subject]);
    const wanted = [...all, ...others].map(told).sort();
    await world.until(() => world.begun.length >= wanted.length);
    await world.fence(jobs);

    assert.deepEqual(
      world.begun
        .map(({ job }) => told(job))
        .filter((one) => !one.includes('fence'))
        .sort(),
      wanted,
    );
  }),

  promise('a job is not done before it is due', async (world) => {
    const jobs = await world.working();
    const dueAt = world.now + 400;
    await jobs.put([world.job('later', { dueAt }), world.job('never', { dueAt: world.now + HOUR_MS })]);
    await world.fence(jobs);
    const early = world.times('later') > 0 && world.now < dueAt;
    await world.until(() => world.times('later') > 0);

    assert.equal(early, false);
    assert.ok((world.begun.find(({ job }) => job.subject === 'later')?.at ?? 0) >= dueAt);
    assert.equal(world.times('never'), 0);
  }),

  promise('a job that asks for it is done again, at its time, as the same one', async (world) => {
    const dueAt: number[] = [];
    const jobs = await world.working(async () => {
      if (dueAt.length === 2) return DONE;
      dueAt.push(world.now + 250);
      return { kind: 'again', dueAt: world.now + 250 };
    });
    await jobs.put([world.job('again')]);
    await world.until(() => world.times('again') === 1);
    await jobs.put([world.job('again')]);

    await world.until(() => world.times('again') === 3);
    await world.fence(jobs);

    const [, second, third] = world.begun.filter(({ job }) => job.subject === 'again');
    assert.ok((second?.at ?? 0) >= (dueAt[0] ?? Infinity) && (third?.at ?? 0) >= (dueAt[1] ?? Infinity));
    assert.equal(world.times('again'), 3);
  }),

  promise('a job that was rejected is done again, a little later', async (world) => {
    const jobs = await world.working(() =>
      world.times('ill') < 2 ? Promise.reject(new Error('not yet')) : Promise.resolve(DONE),
    );
    await jobs.put([world.job('ill')]);

    await world.until(() => world.times('ill') === 2);
    await world.fence(jobs);

    const [first, second] = world.begun.filter(({ job }) => job.subject === 'ill');
    assert.ok((second?.at ?? 0) - (first?.at ?? 0) >= 500, 'expected a pause before the next try');
    assert.equal(world.times('ill'), 2);
  }),

  promise(
    'a job that is revived is done anew, and one that waits or runs is left as it is',
    async (world) => {
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      const jobs = await world.working(async ({ subject }) => {
        if (subject === 'held') await held;
        return DONE;
      });
      await jobs.put([
        world.job('dead'),
        world.job('held'),
        world.job('waits', { dueAt: world.now + HOUR_MS }),
      ]);
      await world.until(() => world.times('dead') === 1 && world.times('held') === 1);
      await jobs.revive([world.job('held'), world.job('waits'), world.job('new')]);

      await world.until(async () => {
        if (world.times('dead') < 2) await jobs.revive([world.job('dead')]);
        return world.times('dead') === 2;
      });
      await world.fence(jobs);

      const times = ['held', 'waits', 'new'].map((subject) => world.times(subject));
      release();
      assert.deepEqual(times, [1, 0, 1]);
    },
  ),

  promise('closing tells a handler that never ends to stop, and takes nothing more', async (world) => {
    const signals: AbortSignal[] = [];
    const jobs = await world.working((job, signal) => {
      signals.push(signal);
      return endless(job, signal);
    });
    await jobs.put([world.job('endless'), world.job('later', { dueAt: world.now + 200 })]);
    await world.until(() => signals.length === 1);
    const before = signals[0]?.aborted;

    let closed = false;
    const closing = Promise.all([jobs.close(), jobs.close()]).then(() => (closed = true));
    await world.until(() => closed);
    await closing;

    assert.deepEqual([before, signals[0]?.aborted, signals.length], [false, true, 1]);
    await assert.rejects(jobs.put([world.job('late')]));
  }),
];

const several: readonly JobsCase[] = [
  ofSeveral('one process puts, and another does it', async (world) => {
    const putting = await world.open();
    await world.working();
    await putting.put([world.job('theirs')]);

    await world.until(() => world.times('theirs') === 1);
  }),

  ofSeveral('a job is done by one process at a time, whoever puts or revives it', async (world) => {
    let at = 0;
    let most = 0;
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const busy: JobHandler = async () => {
      most = Math.max(most, ++at);
      await held;
      at -= 1;
      return DONE;
    };
    const [one, other] = [await world.working(busy), await world.working(busy)];
    const job = world.job('busy');
    await Promise.all([one.put([job]), other.put([job])]);
    await world.until(() => world.times('busy') > 0);
    for (const jobs of [one, other, one, other]) {
      await Promise.all([jobs.put([job]), jobs.revive([job])]);
      await world.fence(jobs);
    }
    release();

    assert.equal(most, 1);
  }),

  ofSeveral('a job is done in the end, however often the process dies that does it', async (world) => {
    const ends: ((end: JobEnd) => void)[] = [];
    const putting = await world.open();
    await putting.put([world.job('survivor')]);
    for (let deaths = 1; deaths <= 3; deaths++) {
      let taken = false;
      const doomed = await world.working(() => {
        taken = true;
        return new Promise((resolve) => ends.push(resolve));
      });
      await world.until(() => taken);
      await world.kill(doomed);
      // One that was thought dead and comes back ends nothing that is another's by now.
      if (deaths > 1) ends[0]?.(DONE);
    }
    let survived = false;
    await world.working(async () => {
      survived = true;
      return DONE;
    });

    await world.until(() => survived);
  }),

  ofSeveral('what a process did that closes is done by another one at once', async (world) => {
    const closing = await world.working(endless);
    await closing.put([world.job('handed on')]);
    await world.until(() => world.times('handed on') === 1);
    const other = await world.open();
    let closed = false;
    void closing.close().then(() => (closed = true));
    await world.until(() => closed);
    const from = world.now;
    await other.work((job) => {
      world.begun.push({ job, at: world.now });
      return Promise.resolve(DONE);
    });

    await world.until(() => world.times('handed on') === 2);
    assert.ok(world.now - from < 10_000, 'expected that nobody waits for the lease of a process that closed');
  }),
];

const cases: readonly JobsCase[] = [...single, ...several];
