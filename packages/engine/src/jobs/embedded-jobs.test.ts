import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job, JobHandler } from '../nouns/jobs.ts';
import { loadDriver } from '../stores/sqlite/driver.ts';
import { fakeClock } from '../testing/fake-clock.ts';
import { fakeRandom } from '../testing/fake-random.ts';
import { jobsContract } from '../testing/jobs-contract.ts';
import { embeddedJobs } from './embedded-jobs.ts';
import { embeddedUnderTest } from './jobs-under-test.test-support.ts';

const folder = mkdtempSync(join(tmpdir(), 'torii-jobs-'));
let files = 0;
const newPath = (): string => join(folder, `${++files}.db`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('jobs in memory', () => {
  test.each(jobsContract({ shared: false }))('$title', ({ run }) =>
    run(async () => embeddedUnderTest(embeddedJobs())),
  );
});

describe('jobs in a file', () => {
  test.each(jobsContract({ shared: true }))('$title', ({ run }) =>
    run(async () => embeddedUnderTest(embeddedJobs({ path: newPath() }))),
  );
});

describe.each(['memory', 'a file'])('jobs in %s on a clock that stands still', (kind) => {
  const opened = async (onError: (error: Error) => void = () => undefined) => {
    const clock = fakeClock();
    const source = embeddedJobs(kind === 'memory' ? {} : { path: newPath() });
    return { clock, jobs: await source.open({ clock, random: fakeRandom(), onError }) };
  };
  const job = (changes: Partial<Job>): Job => ({
    kind: 'delivery',
    tenant: '',
    subject: 's',
    dueAt: 0,
    ...changes,
  });

  test('are done at their time, to the millisecond, and leave no timer behind when they are closed', async () => {
    const { clock, jobs } = await opened();
    const done: number[] = [];
    await jobs.work(async () => {
      done.push(clock.now());
      return { kind: 'done' };
    });
    const start = clock.now();
    await jobs.put([job({ dueAt: start + 700 })]);

    await clock.advance(699);
    expect(done).toEqual([]);
    await clock.advance(1);
    expect(done).toEqual([start + 700]);
    await jobs.close();
    expect(clock.pending()).toBe(0);
  });

  test('may be put again a day after they were done, and not before', async () => {
    const { clock, jobs } = await opened();
    let done = 0;
    await jobs.work(async () => {
      done += 1;
      return { kind: 'done' };
    });
    for (const hours of [0, 23, 2]) {
      clock.set(clock.now() + hours * 3_600_000);
      await jobs.put([job({ dueAt: clock.now() })]);
      await clock.advance(0);
    }

    expect(done).toBe(2);
    await jobs.close();
  });

  test('of deliveries that hang leave room for all others, and deliveries have no more than theirs', async () => {
    const { clock, jobs } = await opened();
    const begun: Job[] = [];
    const hang: JobHandler = (one, signal) => {
      begun.push(one);
      if (one.kind !== 'delivery') return Promise.resolve({ kind: 'done' });
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
    };
    await jobs.work(hang);
    await jobs.put(Array.from({ length: 100 }, (_, index) => job({ subject: `${index}` })));
    await clock.advance(0);
    await jobs.put([job({ kind: 'expiry' })]);
    await clock.advance(0);

    expect(begun.filter(({ kind: each }) => each === 'delivery')).toHaveLength(64);
    expect(begun.at(-1)).toMatchObject({ kind: 'expiry' });
    await jobs.close();
  });

  test('that fail are told of every time, and left alone for longer and longer, at most half a minute', async () => {
    const errors: string[] = [];
    const { clock, jobs } = await opened(({ message }) => void errors.push(message));
    const times: number[] = [];
    await jobs.work(() => {
      times.push(clock.now());
      return Promise.reject(new Error('gone'));
    });
    await jobs.put([job({})]);
    await clock.advance(120_000);
    await jobs.close();

    const pauses = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    const expected = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000];
    expect(pauses.map((pause, index) => Math.abs(pause / (expected[index] ?? 0) - 1) <= 0.1)).toEqual(
      pauses.map(() => true),
    );
    expect(pauses.length).toBeGreaterThanOrEqual(6);
    expect(errors).toEqual(times.map(() => 'gone'));
  });
});

test('a file that somebody else writes to is asked again until that is done', async () => {
  const path = newPath();
  const clock = fakeClock();
  const jobs = await embeddedJobs({ path }).open({ clock, random: fakeRandom(), onError: () => undefined });
  const other = (await loadDriver())(path);
  other.exec('BEGIN IMMEDIATE');
  const putting = jobs.put([{ kind: 'delivery', tenant: '', subject: 's', dueAt: 0 }]);
  await new Promise((resolve) => setImmediate(resolve));
  other.exec('COMMIT');
  other.close();

  await expect(putting).resolves.toBeUndefined();
  await jobs.close();
});

test('a file that holds something else is left alone', async () => {
  const path = newPath();
  const other = (await loadDriver())(path);
  other.exec('CREATE TABLE theirs (a INTEGER)');
  other.close();
  const opening = embeddedJobs({ path }).open({
    clock: fakeClock(),
    random: fakeRandom(),
    onError: () => undefined,
  });

  await expect(opening).rejects.toMatchObject({ code: 'STORE_CORRUPT' });
});

test('an option that there is not is refused', () => {
  expect(() => embeddedJobs({ file: 'a.db' } as object)).toThrow(
    '`file` is no option of embedded jobs; there is `path`',
  );
  expect(() => embeddedJobs({ path: ':memory:' })).toThrow('expected the path of a file');
});
