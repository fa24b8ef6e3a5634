import { explain, explainDemand, guardedOf, report, standingOf } from '@torii/engine/doors';
import { isResumed, ownNeed } from './needs-approval.ts';
import { FRAMEWORK, type Guarded, type SdkCall, toolCallOf } from './sdk-call.ts';
import type { PlainTool, SdkMessage } from './tool-types.ts';

/** What AI SDK 7 tells its `toolApproval` function of a call, as far as this package reads it. */
export interface ToolApprovalRequest {
  readonly toolCall: { readonly toolCallId: string; readonly toolName: string; readonly input: unknown };
  readonly tools: object | undefined;
  readonly toolsContext?: object;
  readonly messages: readonly SdkMessage[];
}

/** What `toolApproval` answers: undefined leaves the call, and the messages, as they are. */
export type ToolApprovalAnswer =
  { readonly type: 'denied' | 'user-approval'; readonly reason?: string } | undefined;

/** A function for the option `toolApproval` of AI SDK 7. */
export type ToriiApproval = (request: ToolApprovalRequest) => Promise<ToolApprovalAnswer>;

/**
 * Asks Torii before AI SDK 7 runs a guarded tool: a denial reaches the model as a denied execution, and a call that
 * needs a person pauses the run with the reason. A tool that is not guarded keeps its own `needsApproval`.
 *
 * The function never throws. What it lets pass is asked again by the tool itself, so a forged approval gains nothing.
 */
export function toriiApproval(): ToriiApproval {
  return async ({ toolCall, tools, toolsContext, messages }) => {
    const { toolCallId, toolName, input } = toolCall;
    const tool = ownValue(tools, toolName);
    if (typeof tool !== 'object' || tool === null) return undefined;
    const call = { input, options: { toolCallId, messages, context: ownValue(toolsContext, toolName) } };
    const guarded = guardedOf<PlainTool>(tool, FRAMEWORK);
    if (guarded === undefined) return ownAnswer(tool as PlainTool, call);
    return guarded.options.approval === 'result' ? ownAnswer(guarded.tool, call) : answerOf(guarded, call);
  };
}

async function answerOf(guarded: Guarded, call: SdkCall): Promise<ToolApprovalAnswer> {
  const asked = toolCallOf(call);
  const standing = await standingOf(guarded, asked);
  if (standing.kind === 'ready') return ownAnswer(guarded.tool, call);

  void report(guarded, asked, standing);
  if (standing.kind === 'waiting' && !isResumed(call.options)) {
    return { type: 'user-approval', reason: explainDemand(standing) };
  }
  return { type: 'denied', reason: explain(guarded.options.tool, standing, 'native') };
}

async function ownAnswer(tool: PlainTool, call: SdkCall): Promise<ToolApprovalAnswer> {
  return (await ownNeed(tool, call)) ? { type: 'user-approval' } : undefined;
}

/** Names of tools come from a model: only own properties count. */
function ownValue(map: object | undefined, name: string): unknown {
  return map !== undefined && Object.hasOwn(map, name) ? (map as Record<string, unknown>)[name] : undefined;
}
