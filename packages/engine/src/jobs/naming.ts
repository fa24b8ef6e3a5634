import type { Job, JobKind } from '../nouns/jobs.ts';

/** How long a job that was done is known, in milliseconds: until then putting it again changes nothing. */
export const KNOWN_MS = 24 * 60 * 60 * 1_000;

/** The name of a job. Written as JSON, so that no tenant or subject can be put together into the name of another. */
export function nameOf({ kind, tenant, subject }: Pick<Job, 'kind' | 'tenant' | 'subject'>): string {
  return JSON.stringify([kind, tenant, subject]);
}

/** Whether a job that was done is remembered. The subject of a fan-out is random, so nobody puts it a second time. */
export function isRemembered(kind: JobKind): boolean {
  return kind !== 'fan-out';
}

/** Deliveries wait for other people's servers, so they have room of their own: everything else never waits behind them. */
export const lanes = ['tending', 'deliveries'] as const;
export type Lane = (typeof lanes)[number];

/** Where a kind of job waits its turn. */
export function laneOf(kind: JobKind): Lane {
  return kind === 'delivery' ? 'deliveries' : 'tending';
}

/** How many jobs of each lane one process does at once, unless it is told otherwise. */
export const AT_ONCE: Readonly<Record<Lane, number>> = { tending: 16, deliveries: 64 };
