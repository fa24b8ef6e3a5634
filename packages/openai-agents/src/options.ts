import type { ToolOptions, ToolSetOptions } from '@torii/engine/doors';

/** What `guard` needs to know of a tool. Whether it is one that can be guarded is looked up when it is. */
export interface AnyTool {
  readonly type: string;
  readonly name: string;
}

/** What the arguments of a tool look like once the SDK has validated them. */
export type InputOf<T> = T extends {
  needsApproval: (context: never, input: infer Input, callId?: string) => unknown;
}
  ? Input
  : unknown;

/** What a tool answers. The SDK knows it of a tool with an `outputSchema` only. */
export type OutputOf<T> = T extends {
  invoke: (context: never, input: string, details?: never) => Promise<infer Output>;
}
  ? [Exclude<Output, string>] extends [never]
    ? unknown
    : Exclude<Output, string>
  : unknown;

/** What the tool that `tool()` makes of options answers: its schema says so, else `charged` says what it reads. */
export type OutputIn<Schema, Output> = Schema extends undefined
  ? Output
  : Schema extends { readonly _output: infer Structured }
    ? Structured
    : unknown;

/**
 * How one tool is guarded. A function `identify` is given what the application passed to `run` as `context`. A refusal
 * is the output of the call.
 */
export type GuardOptions<T> = ToolOptions<InputOf<T>, OutputOf<T>>;

/** How a set of tools is guarded. Maps are read by own property, and may name only tools of the set. */
export type GuardToolsOptions = ToolSetOptions;
