import type { RunContext, ToolInputGuardrailData } from '@openai/agents';
import { OutcomeUnknownError } from '@torii/engine';
import type { Session } from '@torii/engine/doors';

/** What is known of one call between the hooks of the SDK, for as long as its run is. */
interface OpenCall {
  /** The arguments as the SDK validated them, where it has told. */
  readonly input?: { readonly value: unknown };

  /** What stands in for an output that has to match a schema. */
  readonly instead?: { readonly value: unknown };

  /** The call, once it may run. */
  readonly session?: Session;
}

/** A call, as the SDK names it to its hooks. */
export interface CallName {
  readonly context: RunContext<unknown>;
  readonly callId: string | undefined;
}

const callsOf = new WeakMap<RunContext<unknown>, Map<string | undefined, OpenCall>>();
const watched = new WeakSet<object>();

/** What is known of a call. */
export function recall({ context, callId }: CallName): OpenCall {
  return callsOf.get(context)?.get(callId) ?? {};
}

/** Adds to what is known of a call. */
export function remember({ context, callId }: CallName, more: OpenCall): void {
  const calls = callsOf.get(context) ?? new Map<string | undefined, OpenCall>();
  callsOf.set(context, calls.set(callId, { ...calls.get(callId), ...more }));
}

/**
 * Ends what an agent's tools leave open. The SDK shows an output to guardrails only where there is one; of a tool that
 * threw, ran out of time or was given up it says only that it ended. A call whose output was seen is over by then.
 */
export function watch(agent: ToolInputGuardrailData['agent']): void {
  if (watched.has(agent)) return;
  watched.add(agent);
  agent.on('agent_tool_end', (context, { name }, ...[result, { toolCall }]) => {
    const callId = 'callId' in toolCall ? String(toolCall.callId) : undefined;
    const { session } = recall({ context, callId });
    session?.fail(new OutcomeUnknownError(`\`${name}\` ended without an output: ${result}`));
  });
}
