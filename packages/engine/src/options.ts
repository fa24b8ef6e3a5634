import { z } from 'zod';
import type { AssetRate } from './nouns/asset.ts';
import type { EgressOptions } from './egress/index.ts';
import { embeddedJobs } from './jobs/embedded-jobs.ts';
import { type Clock, systemClock } from './nouns/clock.ts';
import type { Mode } from './nouns/engine.ts';
import { ToriiError } from './nouns/errors.ts';
import type { JobsSource } from './nouns/jobs.ts';
import { type Random, systemRandom } from './nouns/random.ts';
import type { StoreSource } from './nouns/store.ts';
import type { ApprovalLinksOptions, IdentityOptions } from './identify/index.ts';
import { isPolicyOption, type PolicyOption } from './policies/source.ts';
import type { WebhookEndpoint } from './webhooks/index.ts';

export interface EngineOptions {
  /**
   * Path of a JSON file with policies, which is followed when it changes; the documents themselves; `storedPolicies()`;
   * or any source that says when it changed. Without a matching policy every call is denied.
   */
  readonly policies: PolicyOption;

  /** `shadow` decides and records every call and blocks none: for trying policies on real traffic. @default 'enforce' */
  readonly mode?: Mode;

  /** Where money is held and the journal is written. No default: `sqliteStore(path)` lasts, `memoryStore()` does not. */
  readonly store: StoreSource;

  /** Whose tokens prove who is calling. */
  readonly identity: IdentityOptions;

  /** Links by which people decide without another token. @default none */
  readonly approvalLinks?: ApprovalLinksOptions;

  /** Who is told of approvals and of what somebody may have to look at, beside those made at run time. @default [] */
  readonly webhooks?: readonly WebhookEndpoint[];

  /** Which addresses that are not public webhooks may be sent to. @default only public ones */
  readonly egress?: EgressOptions;

  /**
   * Where work for later waits: `embeddedJobs()`, which may be kept in a file, or `bullmqJobs(options)`, which processes
   * share. @default embeddedJobs()
   */
  readonly jobs?: JobsSource;

  /** Tokens that count as a currency, with their pinned decimals. Currencies count as themselves. @default [] */
  readonly assets?: readonly AssetRate[];

  /** How long a started call may run before it counts as unresolved, in milliseconds. @default 600_000 */
  readonly holdTtlMs?: number;

  /** How long the store may take before a call is denied, in milliseconds. @default 450 */
  readonly storeTimeoutMs?: number;

  /** How long `close` waits for calls that run, in milliseconds. @default 5_000 */
  readonly closeTimeoutMs?: number;

  /** Time, for tests. @default systemClock */
  readonly clock?: Clock;

  /** Randomness, for tests. @default systemRandom */
  readonly random?: Random;

  /** Told of failures in the background: webhooks that fail, jobs that find no store. @default silent */
  readonly onError?: (error: Error) => void;
}

export interface Settings extends Required<Omit<EngineOptions, 'approvalLinks'>> {
  readonly approvalLinks?: ApprovalLinksOptions;
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;
const milliseconds = z.number().int().min(1).max(86_400_000);

const asset = z.strictObject({
  asset: z.string(),
  currency: z.string(),
  decimals: z.number(),
  rate: z.string().exactOptional(),
});

const schema = z.strictObject({
  policies: z.custom<PolicyOption>(
    isPolicyOption,
    'expected the path of a file, a list of documents, `storedPolicies()` or a source with `name` and `load`',
  ),
  mode: z.enum(['enforce', 'shadow']).default('enforce'),
  store: z.custom<StoreSource>(
    (value) => isObject(value) && typeof (value as StoreSource).open === 'function',
    'expected a store such as `sqliteStore(path)`',
  ),
  identity: z.custom<IdentityOptions>(isObject, 'expected `{ issuers: [...] }`'),
  approvalLinks: z.custom<ApprovalLinksOptions>(isObject, 'expected `{ secret, url }`').exactOptional(),
  webhooks: z.array(z.custom<WebhookEndpoint>(isObject)).default([]),
  egress: z.strictObject({ allow: z.array(z.string()).exactOptional() }).default({}),
  jobs: z
    .custom<JobsSource>(
      (value) => isObject(value) && typeof (value as JobsSource).open === 'function',
      'expected a queue of jobs such as `embeddedJobs()`',
    )
    .default(() => embeddedJobs()),
  assets: z.array(asset).default([]),
  holdTtlMs: milliseconds.default(600_000),
  storeTimeoutMs: milliseconds.default(450),
  closeTimeoutMs: milliseconds.default(5_000),
  clock: z.custom<Clock>(isObject).default(systemClock),
  random: z.custom<Random>(isObject).default(systemRandom),
  onError: z
    .custom<(error: Error) => void>((value) => typeof value === 'function')
    .default(() => () => undefined),
});

/** Validates the options once. Throws OPTIONS_INVALID with the path of each mistake. */
export function settingsOf(options: EngineOptions): Settings {
  const parsed = schema.safeParse(options);
  if (parsed.success) return { ...parsed.data, onError: quietly(parsed.data.onError) };
  const mistakes = parsed.error.issues.map(
    ({ path, message }) => `\`${path.join('.') || 'options'}\`: ${message}`,
  );
  throw new ToriiError('OPTIONS_INVALID', mistakes.join('; '));
}

/** A listener that throws or rejects must not stop the path or the workers. */
function quietly(listener: (error: Error) => unknown): (error: Error) => void {
  return (error) => {
    void (async () => {
      try {
        await listener(error);
      } catch {
        // There is nobody left to tell.
      }
    })();
  };
}
