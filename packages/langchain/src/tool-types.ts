import type { CallbackManagerForToolRun } from '@langchain/core/callbacks/manager';
import type { ToolRunnableConfig } from '@langchain/core/tools';
import type { InferInteropZodOutput, InteropZodType } from '@langchain/core/utils/types';

/** What `guard` needs to know of a tool: those of `tool()`, `DynamicTool` and classes of one's own fit. */
export interface AnyTool {
  readonly name: string;
  readonly schema: unknown;
}

/** The arguments of a tool once LangChain has validated them. */
export type InputOf<T> = T extends { readonly func: (input: infer Input, ...rest: never[]) => unknown }
  ? Input
  : T extends { readonly schema: infer Schema }
    ? Schema extends InteropZodType
      ? InferInteropZodOutput<Schema>
      : unknown
    : never;

/** What a tool answers; of one that yields, what it returns in the end. */
export type OutputOf<T> = T extends { readonly func: (...all: never[]) => infer Output }
  ? OutputOfRun<Output>
  : unknown;

type OutputOfRun<Run> =
  | (Run extends PromiseLike<infer Resolved> ? Resolved : never)
  | (Run extends AsyncGenerator<unknown, infer Returned> ? Returned : never);

/** What runs a tool, however it was made. */
export type Run = (
  input: unknown,
  manager?: CallbackManagerForToolRun,
  config?: ToolRunnableConfig,
) => unknown;

/** A tool as this package handles it. */
export interface PlainTool extends AnyTool {
  readonly description?: unknown;
  readonly responseFormat?: unknown;
  readonly _call?: Run;
}
