import type { RunContext } from '@openai/agents';
import type { ToolCall } from '@torii/engine/doors';

/** The name of this door. */
export const FRAMEWORK = 'openai-agents';

/** One call as the SDK tells it. */
export interface SdkCall {
  readonly context: RunContext<unknown> | undefined;
  readonly input: unknown;
  readonly callId: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The call as the engine is told of it. What the application handed to `run` is the context. */
export function toolCallOf({ context, input, callId, signal }: SdkCall): ToolCall {
  return { input, context: context?.context, id: callId, signal };
}

/** The arguments as a model wrote them, read as JSON; what is no JSON stays as it is. */
export function parsed(written: unknown): unknown {
  if (typeof written !== 'string') return written;
  try {
    return JSON.parse(written);
  } catch {
    return written;
  }
}
