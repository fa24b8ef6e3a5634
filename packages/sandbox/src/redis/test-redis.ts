import { randomBytes } from 'node:crypto';
import { startRedis } from './start-redis.ts';

/** Somewhere to test on. */
export interface TestRedis {
  readonly url: string;

  /** Nobody else's: what begins with it may be written and read, and nothing else. */
  readonly prefix: string;

  /** Stops the server if it was started for this. Safe to repeat. */
  stop(): Promise<void>;
}

/**
 * A Redis to test on: the one that TORII_TEST_REDIS_URL names, else a server of its own for whoever asks, which starts in
 * some milliseconds. A test that kills, fills or empties servers starts its own with `startRedis`.
 */
export async function testRedis(): Promise<TestRedis> {
  const prefix = `torii-test-${randomBytes(8).toString('hex')}`;
  const given = process.env['TORII_TEST_REDIS_URL'];
  if (given !== undefined && given !== '') return { url: given, prefix, stop: () => Promise.resolve() };
  const server = await startRedis();
  return { url: server.url, prefix, stop: () => server.stop() };
}
