import { type Denial, deny } from '../nouns/denial.ts';
import type { Ready } from '../nouns/engine.ts';
import type { Outcome, Waiting } from '../nouns/outcome.ts';
import type { GuardedTool, ToolCall } from './guarded-tool.ts';
import type { AnyToolOptions, ToolDecision } from './options.ts';
import { questionOf } from './question.ts';

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
    const question = await questionOf(guarded, call);
    if (question === undefined) return { kind: 'ready', callId: '', approvalId: undefined };
    const { request, mode } = question;
    return await guarded.options.torii.prepare(request, { mode });
  } catch {
    return deny('STORE_UNAVAILABLE', 'the engine cannot answer');
  }
}

/** Tells the application what Torii answered, whatever the application does with it. Never rejects. */
export function report(guarded: GuardedTool, call: ToolCall, outcome: Outcome<unknown>): Promise<void> {
  const { onDecision, tool } = guarded.options;
  return onDecision === undefined ? silence : tell(onDecision, { tool, toolCallId: call.id, outcome });
}

/** One for all calls that nobody wants to be told of. */
const silence = Promise.resolve();

async function tell(
  onDecision: NonNullable<AnyToolOptions['onDecision']>,
  decision: ToolDecision,
): Promise<void> {
  try {
    await onDecision(decision);
  } catch {
    // Documented: logs and metrics do not end a run.
  }
}
