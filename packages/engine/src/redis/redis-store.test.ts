import { testRedis } from '@torii/sandbox/redis';
import { fakeClock } from '../testing/fake-clock.ts';
import { storeContract } from '../testing/store-contract.ts';
import { redisStoreAt } from './redis-store.test-support.ts';

const redis = await testRedis();
let opened = 0;

afterAll(() => redis.stop());

describe('the redis store keeps every promise of the contract', () => {
  for (const { title, run } of storeContract()) {
    test(title, () =>
      run(async () => {
        const clock = fakeClock();
        const prefix = `${redis.prefix}:${opened++}`;
        const options = { redis: redis.url, prefix, ephemeral: true, commandTimeoutMs: 10_000 };
        return { store: await redisStoreAt(options).open({ clock }), clock };
      }),
    );
  }
});
