import { z } from 'zod';
import { ToriiError } from '../nouns/errors.ts';
import type { RedisStoreOptions } from '../redis/options.ts';

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

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

const schema = z.strictObject({
  redis: z.custom<BullmqJobsOptions['redis']>(
    (value) => (typeof value === 'string' ? /^rediss?:\/\/./.test(value) : isObject(value)),
    'expected a URL such as `redis://localhost:6379`, options of ioredis or a client of it',
  ),
  prefix: z
    .string()
    .regex(/^[\w.:-]{1,64}$/, 'expected 1 to 64 letters, digits and `. _ : -`')
    .default('torii'),
  work: z.boolean().default(true),
  concurrency: z.number().int().min(1).max(1_000).default(64),
});

/** Validates the options once. Throws OPTIONS_INVALID with the path of each mistake. */
export function bullmqSettings(options: BullmqJobsOptions): BullmqSettings {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map(
    ({ path, message }) => `\`${path.join('.') || 'options'}\`: ${message}`,
  );
  throw new ToriiError('OPTIONS_INVALID', mistakes.join('; '));
}
