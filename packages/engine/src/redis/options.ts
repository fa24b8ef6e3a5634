import type { Cluster, Redis, RedisOptions } from 'ioredis';
import { z } from 'zod';
import { ToriiError } from '../nouns/errors.ts';
import type { Ledger } from '../nouns/ledger.ts';

export interface RedisStoreOptions {
  /**
   * Where Redis is: a URL, options of ioredis, or a client of it, which is copied and left alone. The copy never sends a
   * command twice and never queues one while the connection is down.
   */
  readonly redis: string | RedisOptions | Redis | Cluster;

  /** What every key begins with: stores of different prefixes share nothing. @default 'torii' */
  readonly prefix?: string;

  /** How long one command may take, in milliseconds. A lost reply is asked for once more, in the same time. @default 200 */
  readonly commandTimeoutMs?: number;

  /**
   * `replicated` answers only what `replicas` replicas have too, so that a failover takes nothing back that was handed
   * out. `local` answers what the primary has. @default 'local'
   */
  readonly durability?: 'local' | 'replicated';

  /** How many replicas must be in step. @default 1 where `durability` is `replicated`, else 0 */
  readonly replicas?: number;

  /** How long to wait for replicas, in milliseconds. @default 100 */
  readonly replicationTimeoutMs?: number;

  /** Accepts a server without an append-only file: after its restart every budget is whole again. @default false */
  readonly ephemeral?: boolean;

  /** Where the journal is kept for good, and what a loss of data is rebuilt from. One process has it. @default none */
  readonly ledger?: Ledger;

  /** An operator's word that what STORE_LOST names is gone and that budgets begin anew. Only for that one loss. @default none */
  readonly acceptLoss?: string;
}

/** Options with their defaults. */
export interface RedisSettings extends Required<Omit<RedisStoreOptions, 'ledger' | 'acceptLoss'>> {
  readonly ledger: Ledger | undefined;
  readonly acceptLoss: string | undefined;
}

const milliseconds = z.number().int().min(1).max(60_000);
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;
const isLedger = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'open' in value && typeof value.open === 'function';

/** Where Redis is, and what the names of keys there begin with: the same for everything that is kept in one. */
export const place = {
  redis: z.custom<RedisStoreOptions['redis']>(
    (value) => (typeof value === 'string' ? /^rediss?:\/\/./.test(value) : isObject(value)),
    'expected a URL such as `redis://localhost:6379`, options of ioredis or a client of it',
  ),
  prefix: z
    .string()
    .regex(/^[\w.:-]{1,64}$/, 'expected 1 to 64 letters, digits and `. _ : -`')
    .default('torii'),
};

const schema = z.strictObject({
  ...place,
  commandTimeoutMs: milliseconds.default(200),
  durability: z.enum(['local', 'replicated']).default('local'),
  replicas: z.number().int().min(0).max(100).optional(),
  replicationTimeoutMs: milliseconds.default(100),
  ephemeral: z.boolean().default(false),
  ledger: z.custom<Ledger>(isLedger, 'expected a ledger such as `sqliteLedger(path)`').optional(),
  acceptLoss: z.string().min(1).optional(),
});

/** Validates options once. Throws OPTIONS_INVALID with the path of each mistake. */
export function validated<Schema extends z.ZodType>(schema: Schema, options: unknown): z.output<Schema> {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map(
    ({ path, message }) => `\`${path.join('.') || 'options'}\`: ${message}`,
  );
  throw new ToriiError('OPTIONS_INVALID', mistakes.join('; '));
}

/** The options with their defaults. Throws OPTIONS_INVALID as `validated` does. */
export function redisSettings(options: RedisStoreOptions): RedisSettings {
  const read = validated(schema, options);
  const { durability, replicas = durability === 'replicated' ? 1 : 0, ledger, acceptLoss } = read;
  if (durability === 'replicated' && replicas === 0)
    throw new ToriiError(
      'OPTIONS_INVALID',
      '`replicas`: expected at least 1 where `durability` is `replicated`',
    );
  return { ...read, replicas, ledger, acceptLoss };
}
