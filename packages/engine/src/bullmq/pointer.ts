import type { JobsOptions } from 'bullmq';
import { z } from 'zod';
import { isRemembered, KNOWN_MS, nameOf } from '../jobs/naming.ts';
import { sha256 } from '../nouns/digest.ts';
import { type Job, jobKinds } from '../nouns/jobs.ts';

const schema = z.object({
  kind: z.enum(jobKinds),
  tenant: z.string(),
  subject: z.string(),
  dueAt: z.number(),
  failures: z.number().default(0),
});

/** What Redis keeps of a job: what it points to, and how often in a row it was rejected. */
export interface Pointer extends Job {
  readonly failures: number;
}

/** Reads what a queue has. Throws for what no Torii wrote. */
export function pointerOf(kept: unknown): Pointer {
  return schema.parse(kept);
}

/** The id of a job. BullMQ takes no colons and no whole numbers, and names are anybody's words: so it is a hash. */
export function jobIdOf(job: Job): string {
  return `${job.kind}-${sha256(nameOf(job)).slice(0, 40)}`;
}

/** More than any job is ever tried: nothing of ours is given up because of a number. */
const WITHOUT_END = 1_000_000_000;

/** How BullMQ is told of a job. */
export function bulkOf(
  job: Job,
  nowMs: number,
): { readonly name: string; readonly data: Pointer; readonly opts: JobsOptions } {
  const { kind, tenant, subject, dueAt } = job;
  return {
    name: kind,
    data: { kind, tenant, subject, dueAt, failures: 0 },
    opts: {
      jobId: jobIdOf(job),
      delay: Math.max(0, dueAt - nowMs),
      attempts: WITHOUT_END,
      backoff: { type: 'fixed', delay: 1_000 },
      removeOnComplete: isRemembered(kind) ? { age: KNOWN_MS / 1_000 } : true,
    },
  };
}
