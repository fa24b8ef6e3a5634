import { startCluster } from '@torii/sandbox/redis';
import { Cluster } from 'ioredis';
import { bullmqJobs } from '../../bullmq/index.ts';
import { systemClock } from '../../nouns/clock.ts';
import { systemRandom } from '../../nouns/random.ts';

test('jobs go through a cluster, and the client that was given is left alone', async () => {
  const cluster = await startCluster();
  const own = new Cluster(cluster.primaries.map(({ port }) => ({ host: '127.0.0.1', port })));
  const jobs = await bullmqJobs({ redis: own }).open({
    clock: systemClock,
    random: systemRandom,
    onError: () => undefined,
  });
  const kinds = ['delivery', 'expiry'] as const;
  const begun = new Set<string>();
  const done = new Promise<void>((resolve) => {
    void jobs.work(async ({ kind }) => {
      begun.add(kind);
      if (begun.size === kinds.length) resolve();
      return { kind: 'done' };
    });
  });
  await jobs.put(kinds.map((kind) => ({ kind, tenant: 'acme', subject: 's', dueAt: 0 })));
  await done;
  await jobs.close();

  expect(await own.set('theirs', '1')).toBe('OK');
  own.disconnect();
  await cluster.stop();
});
