import { type Denial, deny } from '../nouns/denial.ts';
import type { Ready } from '../nouns/engine.ts';
import type { Outcome, Waiting } from '../nouns/outcome.ts';
import { requestOf } from './call-request.ts';
import type { GuardedTool, ToolCall } from './guarded-tool.ts';
import { isSkipped, modeOf } from './of-run.ts';

/**
 * Whether a call of this tool can need a person, by the policies of now. Where it cannot, a door need not ask before the
 * run: the call is asked about anyway when it runs.
 */
export function mayNeedPeople({ options }: GuardedTool): boolean {
  return options.torii.policies.asksPeople;
}

/**
 * How a call stands in Torii, for the hook of a framework that asks whether a person is needed. Where a policy demands
 * a person, this asks one. A tool that is skipped in this run is `ready`, as a call without an id. Starts nothing and
 * never rejects: a hook that throws ends the whole run in most frameworks.
 */
export async function standingOf(guarded: GuardedTool, call: ToolCall): Promise<Ready | Waiting | Denial> {
  try {
    if (await isSkipped(guarded, call)) return { kind: 'ready', callId: '', approvalId: undefined };
    const mode = await modeOf(guarded, call);
    return await guarded.options.torii.prepare(await requestOf(guarded, call), { mode });
  } catch {
    return deny('STORE_UNAVAILABLE', 'the engine cannot answer');
  }
}

/** Tells the application what Torii answered, whatever the application does with it. Never rejects. */
export async function report(guarded: GuardedTool, call: ToolCall, outcome: Outcome<unknown>): Promise<void> {
  const { onDecision, tool } = guarded.options;
  try {
    await onDecision?.({ tool, toolCallId: call.id, outcome });
  } catch {
    // Documented: logs and metrics do not end a run.
  }
}
