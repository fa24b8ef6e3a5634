import { z } from 'zod';
import type { Reading } from '../agent/script.ts';

const summarySchema = z.object({
  packages: z.number(),
  workspaces: z.array(z.object({ folder: z.string(), name: z.string() })),
  licences: z.array(z.object({ licence: z.string(), packages: z.number() })),
});
const scriptsSchema = z.object({ installScripts: z.array(z.string()) });
const dependentsSchema = z.object({ name: z.string(), dependents: z.array(z.string()) });
const searchSchema = z.object({
  query: z.string(),
  hits: z.array(z.object({ file: z.string(), heading: z.string(), excerpt: z.string() })),
});
const metricsSchema = z.object({
  package: z.string(),
  files: z.number(),
  of: z.number(),
  lines: z.number(),
  functions: z.number(),
  exports: z.number(),
  nextPage: z.number().optional(),
});

/** One page of counts. */
export type MetricsPage = z.output<typeof metricsSchema>;

/** What the scripted agent has found out: only what tools really answered. */
export interface Notes {
  summary?: z.output<typeof summarySchema>;
  installScripts?: readonly string[];
  readonly dependents: z.output<typeof dependentsSchema>[];
  readonly searches: z.output<typeof searchSchema>[];
  readonly metrics: MetricsPage[];

  /** Calls that Torii or the tool refused: tool and code or status. */
  readonly refusals: string[];
}

/** Empty notes. */
export function blankNotes(): Notes {
  return { dependents: [], searches: [], metrics: [], refusals: [] };
}

/** Writes an answer of a tool down. Answers whether the tool did its work. */
export function writeDown(notes: Notes, tool: string, { status, body }: Reading): boolean {
  if (status >= 400) {
    notes.refusals.push(`${tool}: ${typeof body['code'] === 'string' ? body['code'] : status}`);
    return false;
  }
  if ('licences' in body) notes.summary = summarySchema.parse(body);
  else if ('installScripts' in body) notes.installScripts = scriptsSchema.parse(body).installScripts;
  else if ('dependents' in body) notes.dependents.push(dependentsSchema.parse(body));
  else if ('hits' in body) notes.searches.push(searchSchema.parse(body));
  else if ('lines' in body) notes.metrics.push(metricsSchema.parse(body));
  return true;
}
