import { type FaultProxy, startFaultProxy, startRedis, testRedis } from '@torii/sandbox/redis';
import { systemClock } from '../nouns/clock.ts';
import type { Jobs } from '../nouns/jobs.ts';
import { systemRandom } from '../nouns/random.ts';
import { jobsContract, type JobsUnderTest } from '../testing/jobs-contract.ts';
import { bullmqJobs, openBullmq } from './bullmq-jobs.ts';
import { type BullmqJobsOptions, bullmqSettings } from './options.ts';

const redis = await testRedis();
afterAll(() => redis.stop());

let queues = 0;

const context = { clock: systemClock, random: systemRandom, onError: () => undefined };

/** Where nobody dies, no lease may end because the machine is busy for a moment. */
const LASTING = { leaseMs: 30_000, lookMs: 15_000 };
const SHORT = { leaseMs: 600, lookMs: 200 };

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const untilMs = systemClock.now() + 15_000;
  while (!(await condition())) {
    if (systemClock.now() > untilMs) throw new Error('expected it to come about in time');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A queue of its own. What dies is cut off from Redis: it can neither renew what it took nor end it. */
function underTest(leases: typeof LASTING): JobsUnderTest {
  const prefix = `${redis.prefix}:${queues++}`;
  const lives = new Map<Jobs, FaultProxy>();
  const ended: Promise<unknown>[] = [];
  return {
    clock: systemClock,
    async open() {
      const proxy = await startFaultProxy({ port: Number(new URL(redis.url).port) });
      const settings = bullmqSettings({ redis: proxy.url, prefix });
      const jobs = await openBullmq(settings, context, leases);
      lives.set(jobs, proxy);
      return jobs;
    },
    async kill(jobs) {
      const proxy = lives.get(jobs);
      lives.delete(jobs);
      proxy?.reset();
      ended.push(jobs.close().then(() => proxy?.stop()));
    },
    until,
    async close() {
      await Promise.allSettled(
        [...lives].map(async ([jobs, proxy]) => {
          await jobs.close();
          await proxy.stop();
        }),
      );
      await Promise.allSettled(ended);
    },
  };
}

describe('jobs in Redis', () => {
  test.each(jobsContract({ shared: true }))('$title', ({ title, run }) =>
    run(async () => underTest(title.includes('dies') ? SHORT : LASTING)),
  );

  test('are left by a process that does not work to those that do', async () => {
    const prefix = `${redis.prefix}:idle`;
    const idle = await bullmqJobs({ redis: redis.url, prefix, work: false }).open(context);
    const busy = await bullmqJobs({ redis: redis.url, prefix }).open(context);
    const by: string[] = [];
    const done = new Promise<void>((resolve) => {
      const take = (who: string) => async () => {
        by.push(who);
        resolve();
        return { kind: 'done' } as const;
      };
      void idle.work(take('idle')).then(() => busy.work(take('busy')));
    });
    await idle.put([{ kind: 'expiry', tenant: '', subject: '', dueAt: 0 }]);
    await done;
    await Promise.all([idle.close(), busy.close()]);

    expect(by).toEqual(['busy']);
  });

  test('are refused by a server that forgets what it cannot hold', async () => {
    const forgetful = await startRedis({ 'maxmemory-policy': 'allkeys-lru' });

    await expect(bullmqJobs({ redis: forgetful.url }).open(context)).rejects.toMatchObject({
      code: 'REDIS_EVICTS',
    });
    await forgetful.stop();
  });

  test('say so where no server answers', async () => {
    const opening = bullmqJobs({ redis: { host: '127.0.0.1', port: 1 } }).open(context);

    await expect(opening).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});

test.each<[object, string]>([
  [{}, '`redis`: expected a URL'],
  [{ redis: 'localhost' }, '`redis`: expected a URL'],
  [{ redis: 'redis://x', prefix: '{a}' }, '`prefix`: expected 1 to 64 letters'],
  [{ redis: 'redis://x', concurrency: 0 }, '`concurrency`'],
  [{ redis: 'redis://x', worker: true }, '`options`'],
])('options %j are refused', (options, message) => {
  expect(() => bullmqJobs(options as BullmqJobsOptions)).toThrow(message);
});

test('what is put during an outage is refused, and afterwards work goes on', async () => {
  const proxy = await startFaultProxy({ port: Number(new URL(redis.url).port) });
  const messages: string[] = [];
  const onError = ({ message }: Error): void => void messages.push(message);
  const jobs = await bullmqJobs({ redis: proxy.url, prefix: `${redis.prefix}:outage` }).open({
    ...context,
    onError,
  });
  let done = false;
  await jobs.work(async () => {
    done = true;
    return { kind: 'done' };
  });
  proxy.reset();
  const job = { kind: 'expiry', tenant: '', subject: '', dueAt: 0 } as const;
  await expect(jobs.put([job])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  proxy.heal();
  await until(() =>
    jobs.put([job]).then(
      () => true,
      () => false,
    ),
  );
  await until(() => done);
  await jobs.close();
  await proxy.stop();

  expect(new Set(messages).size).toBe(messages.length);
});
