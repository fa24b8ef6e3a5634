import type { FunctionTool } from '@openai/agents';
import { OutcomeUnknownError } from '@torii/engine';
import type { GuardedTool } from '@torii/engine/doors';
import type { AskApproval } from './needs-approval.ts';
import { recall } from './open-calls.ts';

/** A function tool as this package reads it. */
export interface PlainTool extends Omit<FunctionTool, 'needsApproval'> {
  readonly needsApproval: AskApproval;
}

type ErrorFunction = NonNullable<PlainTool['errorFunction']>;
type TimeoutErrorFunction = NonNullable<PlainTool['timeoutErrorFunction']>;

/** Whether a tool runs another agent. `agent.asTool` alone makes tools with events of their own. */
export function isAgentTool(tool: PlainTool): boolean {
  return 'on' in tool && typeof tool.on === 'function';
}

/**
 * What a tool with an output schema answers to what ended its call before it ran: `onDenied`, if it was Torii, else
 * what the tool answers by itself.
 */
export function errorFunctionOf(guarded: GuardedTool<PlainTool>): { errorFunction?: ErrorFunction } {
  const { outputSchema, errorFunction } = guarded.tool;
  if (outputSchema === undefined) return {};
  return {
    errorFunction: (context, error, details) => {
      const { instead } = recall({ guarded, context, callId: details?.toolCall?.callId });
      if (instead !== undefined) return instead.value;
      if (errorFunction) return errorFunction(context, error, details);
      throw error;
    },
  };
}

/** Tells a timeout that becomes an output apart from what the tool answers: what the tool did is not known. */
export function timeoutErrorFunctionOf(guarded: GuardedTool<PlainTool>): {
  timeoutErrorFunction?: TimeoutErrorFunction;
} {
  const { timeoutMs, timeoutBehavior, timeoutErrorFunction } = guarded.tool;
  if (timeoutMs === undefined || timeoutBehavior === 'raise_exception') return {};
  return {
    timeoutErrorFunction: (context, error, details) => {
      const { session } = recall({ guarded, context, callId: details?.toolCall?.callId });
      session?.fail(new OutcomeUnknownError('the tool ran out of time', { cause: error }));
      return timeoutErrorFunction === undefined
        ? error.message
        : timeoutErrorFunction(context, error, details);
    },
  };
}
