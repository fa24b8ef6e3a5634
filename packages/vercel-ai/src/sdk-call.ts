import type { GuardedTool, ToolCall } from '@torii/engine/doors';
import type { PlainTool, SdkOptions } from './tool-types.ts';

/** The name of this door. */
export const FRAMEWORK = 'vercel-ai';

/** A tool that this door guards. */
export type Guarded = GuardedTool<PlainTool>;

/** One call as the SDK tells it. */
export interface SdkCall {
  readonly input: unknown;
  readonly options: SdkOptions;
}

/** The call as the engine is told of it. */
export function toolCallOf({ input, options }: SdkCall): ToolCall {
  return {
    input,
    context: options.context ?? options.experimental_context,
    id: options.toolCallId,
    signal: options.abortSignal,
  };
}
