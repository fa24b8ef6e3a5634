import type { RunContext } from '@openai/agents';
import { type GuardedTool, mayNeedPeople, report, standingOf } from '@torii/engine/doors';
import { toolCallOf } from './sdk-call.ts';

/** The SDK's question whether a person has to approve a call of a tool. */
export type AskApproval = (...asked: Parameters<OwnApproval>) => Promise<boolean>;

/** What a tool answers by itself. */
export type OwnApproval = (
  context: RunContext,
  input: unknown,
  callId?: string,
) => boolean | Promise<boolean>;

interface Asked {
  readonly context: RunContext;
  readonly input: unknown;
  readonly callId: string | undefined;
}

/**
 * The SDK's question, answered from Torii, else by `own`, the tool's answer. Never throws: a hook that throws ends the
 * whole run, and the call asks again anyway before it runs.
 *
 * INVARIANT: what was true when the run paused stays true when it goes on, until the call has run. A denied call needs
 * nobody: it does not run, and the model reads why.
 */
export function needsApprovalOf(guarded: GuardedTool, own: OwnApproval): AskApproval {
  return (context, input, callId) =>
    mayNeedPeople(guarded)
      ? askTorii(guarded, own, { context, input, callId })
      : askOwn(own, { context, input, callId });
}

async function askTorii(guarded: GuardedTool, own: OwnApproval, asked: Asked): Promise<boolean> {
  const call = toolCallOf(asked);
  const standing = await standingOf(guarded, call);
  if (standing.kind === 'denied') return false;
  if (standing.kind === 'waiting') {
    void report(guarded, call, standing);
    return true;
  }
  return standing.approvalId !== undefined || askOwn(own, asked);
}

/** A tool that cannot say whether it needs approval does. */
async function askOwn(own: OwnApproval, { context, input, callId }: Asked): Promise<boolean> {
  try {
    return await own(context, input, callId);
  } catch {
    return true;
  }
}
