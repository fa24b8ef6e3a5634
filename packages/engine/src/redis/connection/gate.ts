import type { ErrorCode } from '../../nouns/errors.ts';

/** What a server must be before money is held on it. */
export interface Requirements {
  /** It need not outlive a restart. */
  readonly ephemeral: boolean;

  /** How many replicas must be in step. */
  readonly replicas: number;
}

/** What a server says of itself. */
export interface ServerReport {
  /** The reply to INFO. */
  readonly info: string;

  /** The server's time, and what the caller's clock said before and after asking; milliseconds since 1970. */
  readonly time: { readonly server: number; readonly asked: number; readonly answered: number } | undefined;

  /** A replica of a cluster is looked at too, because it may be promoted at any time. */
  readonly mayBeReplica: boolean;
}

/** Why a server is refused. */
export interface Objection {
  readonly code: ErrorCode;
  readonly message: string;
}

const OLDEST = 7;
const SKEW_MS = 5_000;

/** The first thing about a server that would lose money, or deny calls for no reason; undefined for a good one. */
export function objectionTo(report: ServerReport, requirements: Requirements): Objection | undefined {
  const facts = factsOf(report.info);
  const fact = (name: string): string => facts.get(name) ?? 'nothing';
  const replica = fact('role') !== 'master';
  if (!(Number.parseInt(fact('redis_version'), 10) >= OLDEST))
    return {
      code: 'REDIS_TOO_OLD',
      message: `expected Redis 7.0 or newer, got \`${fact('redis_version')}\``,
    };
  if (replica && !report.mayBeReplica)
    return { code: 'REDIS_IS_REPLICA', message: `expected a primary, got the role \`${fact('role')}\`` };
  if (fact('maxmemory_policy') !== 'noeviction') {
    const message = `expected \`maxmemory-policy noeviction\`, got \`${fact('maxmemory_policy')}\`, which forgets what was spent`;
    return { code: 'REDIS_EVICTS', message };
  }
  if (!requirements.ephemeral && fact('aof_enabled') !== '1') {
    const message =
      'expected `appendonly yes`: without it a restart forgets what was spent; or say `ephemeral: true`';
    return { code: 'REDIS_NOT_DURABLE', message };
  }
  const following = [...facts].filter(
    ([name, value]) => /^slave\d+$/.test(name) && value.includes('state=online'),
  ).length;
  if (!replica && following < requirements.replicas) {
    const message = `expected ${requirements.replicas} replicas in step, found ${following}`;
    return { code: 'REDIS_TOO_FEW_REPLICAS', message };
  }
  return objectionToTime(report);
}

function objectionToTime({ time }: ServerReport): Objection | undefined {
  if (time === undefined) return undefined;
  // The server's time was read somewhere between the two.
  const apart = Math.max(time.asked - time.server, time.server - time.answered);
  if (apart <= SKEW_MS) return undefined;
  const message = `expected its clock within 5 seconds of this machine's, found it ${Math.round(apart / 1000)} seconds off`;
  return { code: 'REDIS_CLOCK_SKEWED', message };
}

function factsOf(info: string): ReadonlyMap<string, string> {
  return new Map(
    info.split('\r\n').flatMap((line): [string, string][] => {
      const colon = line.indexOf(':');
      return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1)]];
    }),
  );
}
