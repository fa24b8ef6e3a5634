import { z } from 'zod';
import { place, type RedisStoreOptions, validated } from '../redis/options.ts';

export interface BullmqJobsOptions {
  /**
   * Where Redis is: a URL, options of ioredis, or a client of it, which is copied and left alone. It may be the one of the
   * store, and has to keep what it has: `maxmemory-policy noeviction`.
   */
  readonly redis: RedisStoreOptions['redis'];

  /** What the names of the queue's keys begin with, before `:{jobs}`: queues of different prefixes share nothing. @default 'torii' */
  readonly prefix?: string;

  /** Whether this process does jobs. One that does not only puts them. @default true */
  readonly work?: boolean;

  /** How many deliveries of webhooks this process sends at once, at most. @default 64 */
  readonly concurrency?: number;
}

/** Options with their defaults. */
export interface BullmqSettings extends Required<BullmqJobsOptions> {}

const schema = z.strictObject({
  ...place,
  work: z.boolean().default(true),
  concurrency: z.number().int().min(1).max(1_000).default(64),
});

/** Validates the options once. Throws OPTIONS_INVALID with the path of each mistake. */
export function bullmqSettings(options: BullmqJobsOptions): BullmqSettings {
  return validated(schema, options);
}
