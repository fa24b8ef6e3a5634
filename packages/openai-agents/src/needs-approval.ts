import type { RunContext } from '@openai/agents';
import { type GuardedTool, mayNeedPeople, report, standingOf } from '@torii/engine/doors';
import { toolCallOf } from './sdk-call.ts';

/** The SDK's question whether a person has to approve a call of a tool. */
export type AskApproval = (context: RunContext, input: unknown, callId?: string) => Promise<boolean>;

/**
 * The SDK's question, answered from Torii, else by `own`, the tool's answer. Never throws: a hook that throws ends the
 * whole run, and the call asks again anyway before it runs.
 *
 * INVARIANT: what was true when the run paused stays true when it goes on, until the call has run. A denied call needs
 * nobody: it does not run, and the model reads why.
 */
export function needsApprovalOf(guarded: GuardedTool, own: AskApproval): AskApproval {
  return async (context, input, callId) => {
    if (!mayNeedPeople(guarded)) return askOwn(() => own(context, input, callId));
    const call = toolCallOf({ context, input, callId });
    const standing = await standingOf(guarded, call);
    if (standing.kind === 'denied') return false;
    if (standing.kind === 'waiting') {
      void report(guarded, call, standing);
      return true;
    }
    return standing.approvalId !== undefined || askOwn(() => own(context, input, callId));
  };
}

/** A tool that cannot say whether it needs approval does. */
async function askOwn(ask: () => Promise<boolean>): Promise<boolean> {
  try {
    return await ask();
  } catch {
    return true;
  }
}
