/** What `guard` needs to know of a tool: tools of AI SDK 6 and of AI SDK 7 both fit. */
export interface AnyTool {
  readonly inputSchema: unknown;
}

/** What the arguments of a tool look like once the SDK has validated them. */
export type InputOf<T> = InputOfExecute<ExecuteOf<T>>;

/** What a tool answers; of a streaming tool, what it yields. */
export type OutputOf<T> = OutputOfExecute<ExecuteOf<T>>;

type ExecuteOf<T> = T extends { readonly execute?: infer Execute } ? Exclude<Execute, undefined> : never;
type InputOfExecute<E> = E extends (input: infer Input, ...rest: never[]) => unknown ? Input : never;
type OutputOfExecute<E> = E extends (...all: never[]) => infer Output ? Awaitable<Output> : never;
type Awaitable<T> =
  T extends AsyncIterable<infer Yielded> ? Yielded : T extends PromiseLike<infer Resolved> ? Resolved : T;

/** A tool as this package handles it: `inputSchema` of any kind, and functions of anything. */
export interface PlainTool extends AnyTool {
  readonly description?: unknown;
  readonly execute?: (input: unknown, options?: unknown) => unknown;
  readonly needsApproval?: boolean | ((input: unknown, options: unknown) => boolean | PromiseLike<boolean>);
}

/** The part of the SDK's options for a tool that this package reads. AI SDK 6 and 7 name the context differently. */
export interface SdkOptions {
  readonly toolCallId?: string;
  readonly messages?: readonly SdkMessage[];
  readonly abortSignal?: AbortSignal;
  readonly context?: unknown;
  readonly experimental_context?: unknown;
}

/** A message of the conversation, as far as this package reads it. */
export interface SdkMessage {
  readonly role: string;
  readonly content: unknown;
}
