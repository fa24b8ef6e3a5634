import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository, found from this file: it works from `src` and from `dist`. */
export const repositoryRoot = fileURLToPath(new URL('../../../', import.meta.url));

/** The policies that the demonstration enforces. */
export const policyFile = fileURLToPath(new URL('../policies.json', import.meta.url));

/** A policy in the per-agent dialect, as its own page writes it. */
export const agentPolicyFile = fileURLToPath(new URL('../coding-agent-01.json', import.meta.url));

/** Where state goes that outlives a run. */
export interface StatePaths {
  readonly directory: string;
  readonly database: string;
  readonly report: string;
}

/** The files of durable state: under `.torii` of the repository, or in the folder that is named. */
export function statePaths(folder?: string): StatePaths {
  const directory = folder === undefined || folder === '' ? join(repositoryRoot, '.torii') : resolve(folder);
  return { directory, database: join(directory, 'demo.db'), report: join(directory, 'report.md') };
}
