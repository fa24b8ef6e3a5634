import type { RunContext, ToolInputGuardrailData } from '@openai/agents';
import { OutcomeUnknownError } from '@torii/engine';
import { type GuardedTool, guardedOf, type Session } from '@torii/engine/doors';
import { FRAMEWORK } from './sdk-call.ts';

/** What is known of one call between the hooks of the SDK, for as long as its run is. */
interface OpenCall {
  /** The arguments as the SDK validated them, where it has told. */
  readonly input?: { readonly value: unknown };

  /** What stands in for an output that has to match a schema. */
  readonly instead?: { readonly value: unknown };

  /** The call, from its start until its output was seen. */
  readonly session?: Session | undefined;
}

/** A call, as the SDK names it to its hooks. Agents that share a context may have calls of one id, of tools of their own. */
export interface CallName {
  readonly guarded: GuardedTool;
  readonly context: RunContext<unknown>;
  readonly callId: string | undefined;
}

type Calls = Map<string | undefined, OpenCall>;

const callsOf = new WeakMap<RunContext<unknown>, WeakMap<GuardedTool, Calls>>();
const watched = new WeakSet<object>();

/** What is known of a call. */
export function recall({ guarded, context, callId }: CallName): OpenCall {
  return callsOf.get(context)?.get(guarded)?.get(callId) ?? {};
}

/** Adds to what is known of a call. */
export function remember({ guarded, context, callId }: CallName, more: OpenCall): void {
  const ofRun = callsOf.get(context) ?? new WeakMap<GuardedTool, Calls>();
  const calls: Calls = ofRun.get(guarded) ?? new Map<string | undefined, OpenCall>();
  callsOf.set(context, ofRun.set(guarded, calls.set(callId, { ...calls.get(callId), ...more })));
}

/**
 * Ends what an agent's tools leave open. The SDK shows an output to guardrails only where there is one; of a tool that
 * threw, ran out of time or was given up it says only that it ended. A call whose output was seen has no session by
 * then: an error for each of them would cost more than all else here.
 */
export function watch(agent: ToolInputGuardrailData['agent']): void {
  if (watched.has(agent)) return;
  watched.add(agent);
  agent.on('agent_tool_end', (context, tool, ...[result, { toolCall }]) => {
    const guarded = guardedOf(tool, FRAMEWORK);
    if (guarded === undefined) return;
    const callId = 'callId' in toolCall ? String(toolCall.callId) : undefined;
    const { session } = recall({ guarded, context, callId });
    session?.fail(new OutcomeUnknownError(`\`${tool.name}\` ended without an output: ${result}`));
  });
}
