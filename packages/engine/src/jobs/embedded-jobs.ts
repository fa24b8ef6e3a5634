import { ToriiError } from '../nouns/errors.ts';
import type { JobsSource } from '../nouns/jobs.ts';
import { requireFilePath } from '../stores/sqlite/file-identity.ts';
import { EmbeddedQueue } from './embedded-queue.ts';
import { memoryTable } from './memory-table.ts';
import { openSqliteTable } from './sqlite-table.ts';

/** Where an embedded queue of jobs is kept. */
export interface EmbeddedJobsOptions {
  /**
   * A SQLite file of its own, which several processes of one machine may share. What one of them took is done by another
   * half a minute after its death. @default none: in memory, found again by reconciliation at the next start
   */
  readonly path?: string;
}

/** A queue of jobs that needs no server: in memory, or in a file. */
export function embeddedJobs(options: EmbeddedJobsOptions = {}): JobsSource {
  const { path, ...unknown } = options;
  const [surplus] = Object.keys(unknown);
  if (surplus !== undefined)
    throw new ToriiError(
      'OPTIONS_INVALID',
      `\`${surplus}\` is no option of embedded jobs; there is \`path\``,
    );
  if (path !== undefined) requireFilePath(path);
  return {
    async open(context) {
      const table = path === undefined ? memoryTable() : await openSqliteTable(path, context.random);
      return new EmbeddedQueue(table, context);
    },
  };
}
