import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddedJobs } from '../jobs/embedded-jobs.ts';
import { embeddedUnderTest } from '../jobs/jobs-under-test.test-support.ts';
import type { Job, JobHandler, Jobs, JobsSource } from '../nouns/jobs.ts';
import { jobsContract } from './jobs-contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'torii-planted-jobs-'));
let files = 0;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The embedded queue in a file, with one promise broken. */
function planted(change: (jobs: Jobs) => Partial<Jobs>): JobsSource {
  const source = embeddedJobs({ path: join(folder, `${++files}.db`) });
  return {
    async open(context) {
      const jobs = await source.open(context);
      const whole: Jobs = {
        put: (all) => jobs.put(all),
        revive: (all) => jobs.revive(all),
        work: (handler) => jobs.work(handler),
        close: () => jobs.close(),
      };
      return { ...whole, ...change(jobs) };
    },
  };
}

/** As `planted`, with what handlers are asked and answer changed. */
function handling(change: (handler: JobHandler) => JobHandler): JobsSource {
  return planted((jobs) => ({ work: (handler) => jobs.work(change(handler)) }));
}

const twiceAtOnce: (handler: JobHandler) => JobHandler = (handler) => async (job, signal) => {
  const [end] = await Promise.all([handler(job, signal), handler(job, signal)]);
  return end;
};

/** Says that a job is done when it begins, so that nobody has it once its process has died. */
const doneAtOnce: (handler: JobHandler) => JobHandler = (handler) => (job, signal) => {
  void handler(job, signal).catch(() => undefined);
  return Promise.resolve({ kind: 'done' });
};

/** Takes a job that is put again for another one. */
function doneAgain(): JobsSource {
  return planted((jobs) => {
    const seen = new Set<string>();
    const another = (job: Job): Job => {
      const isNew = !seen.has(job.subject);
      seen.add(job.subject);
      return isNew ? job : { ...job, subject: `${job.subject}${' '.repeat(seen.size)}` };
    };
    return {
      put: (all) => jobs.put(all.map(another)),
      work: (handler) =>
        jobs.work((job, signal) => handler({ ...job, subject: job.subject.trimEnd() }, signal)),
    };
  });
}

/** Takes jobs for one whose tenant and subject read the same with a colon in between. */
function mixedUp(): JobsSource {
  return planted((jobs) => {
    const seen = new Set<string>();
    const isOther = ({ tenant, subject }: Job): boolean => {
      const isNew = !seen.has(`${tenant}:${subject}`);
      seen.add(`${tenant}:${subject}`);
      return isNew;
    };
    return { put: (all) => jobs.put(all.filter(isOther)) };
  });
}

/** Titles of the cases that a queue does not pass, of those that are `asked`. */
async function broken(make: () => JobsSource, asked?: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { title, run } of jobsContract({ shared: true })) {
    if (asked !== undefined && title !== asked) continue;
    try {
      await run(async () => embeddedUnderTest(make()));
    } catch {
      found.push(title);
    }
  }
  return found;
}

test.each<[string, () => JobsSource, string]>([
  [
    'loses a job when its worker dies',
    () => handling(doneAtOnce),
    'a job is done in the end, however often the process dies that does it',
  ],
  [
    'does a job twice at once',
    () => handling(twiceAtOnce),
    'a job is done by one process at a time, whoever puts or revives it',
  ],
  [
    'forgets that a job asked to be done again',
    () =>
      handling((handler) => async (job, signal) => {
        await handler(job, signal);
        return { kind: 'done' };
      }),
    'a job that asks for it is done again, at its time, as the same one',
  ],
  [
    'forgets a job that was rejected',
    () => handling((handler) => (job, signal) => handler(job, signal).catch(() => ({ kind: 'done' }))),
    'a job that was rejected is done again, a little later',
  ],
  [
    'does a job that was put twice two times',
    doneAgain,
    'a job that was put again, while it waits, runs or is done, is done once',
  ],
  [
    'does a job before it is due',
    () => planted((jobs) => ({ put: (all) => jobs.put(all.map((job) => ({ ...job, dueAt: 0 }))) })),
    'a job is not done before it is due',
  ],
  [
    'revives nothing that was done',
    () => planted((jobs) => ({ revive: (all) => jobs.put(all) })),
    'a job that is revived is done anew, and one that waits or runs is left as it is',
  ],
  ['mixes up names with colons', mixedUp, 'names of hostile words are the names of different jobs'],
  [
    'does not tell those that run to stop',
    () => handling((handler) => (job) => handler(job, new AbortController().signal)),
    'closing tells a handler that never ends to stop, and takes nothing more',
  ],
  [
    'keeps what it did when it closed',
    () => planted(() => ({ close: () => Promise.resolve() })),
    'what a process did that closes is done by another one at once',
  ],
])('a queue that %s is found', async (_mistake, make, title) => {
  expect(await broken(make, title)).toEqual([title]);
});

test('a queue that keeps its promises is not blamed', async () => {
  expect(await broken(() => planted(() => ({})))).toEqual([]);
});
