import type { z } from 'zod';
import type { Lockfile } from './lockfile.ts';
import type { Hit } from './search.ts';

/** What the tools work with: the repository as it lies on this disk. */
export interface Workshop {
  readonly root: string;
  readonly lockfile: Lockfile;
  readonly search: (query: string, limit: number) => readonly Hit[];

  /** Where `publish` writes. */
  readonly reportFile: string;

  /** The service that `advisories` asks. */
  readonly advisoriesUrl: string;
}

/** What a tool answers over HTTP. A status of 400 or more is a failure, which costs nothing. */
export interface ToolAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;

  /** What it really cost, where that is known only afterwards. @default the price */
  readonly charged?: string;
}

/** A tool that costs money. */
export interface PaidTool {
  readonly name: string;
  readonly description: string;
  readonly input: z.ZodType;

  /** What one call costs at most. */
  readonly price: string;

  /** Runs the tool; rejects with a ZodError for input that it does not take. */
  run(input: unknown, workshop: Workshop): Promise<ToolAnswer>;

  /** A few words on an answer, for a person. */
  brief(body: ToolAnswer['body']): string;
}

/** A tool as its author writes it: the input has the type that its schema says. */
export interface ToolDefinition<Schema extends z.ZodType> extends Omit<PaidTool, 'input' | 'run'> {
  readonly input: Schema;
  run(input: z.output<Schema>, workshop: Workshop): Promise<ToolAnswer> | ToolAnswer;
}

/** Makes a paid tool out of its definition; its description says what it costs. */
export function paidTool<Schema extends z.ZodType>(definition: ToolDefinition<Schema>): PaidTool {
  return {
    ...definition,
    description: `${definition.description} Costs ${definition.price} at most.`,
    run: async (input, workshop) => definition.run(definition.input.parse(input), workshop),
  };
}

/** An answer of a tool that did its work. */
export function done(body: object, charged?: string): ToolAnswer {
  const answer = { status: 200, body: { ...body } };
  return charged === undefined ? answer : { ...answer, charged };
}

/** An answer of a tool that did not: RFC 9457. */
export function failed(status: number, detail: string): ToolAnswer {
  return { status, body: { title: 'The tool failed', status, detail } };
}
