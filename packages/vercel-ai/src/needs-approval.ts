import { mayNeedPeople, report, standingOf } from '@torii/engine/doors';
import { type Guarded, type SdkCall, toolCallOf } from './sdk-call.ts';
import type { PlainTool, SdkOptions } from './tool-types.ts';

/**
 * The SDK's question whether a person has to approve a call, answered from Torii. Never throws: a hook that throws
 * ends the whole run, and the execution asks again anyway.
 *
 * INVARIANT: what was true when the SDK paused stays true when it resumes, also after the approval was given or
 * refused. AI SDK 6 drops an approved call whose hook has become false without telling the model why.
 */
export function needsApprovalOf(
  guarded: Guarded,
): (input: unknown, options?: SdkOptions) => Promise<boolean> {
  return (input, options = {}) =>
    // A call that comes back is asked about in any case: policies may have changed since it paused.
    mayNeedPeople(guarded) || isResumed(options)
      ? needOf(guarded, { input, options })
      : ownNeed(guarded.tool, { input, options });
}

async function needOf(guarded: Guarded, asked: SdkCall): Promise<boolean> {
  const { options } = asked;
  const call = toolCallOf(asked);
  const standing = await standingOf(guarded, call);
  if (standing.kind === 'denied') return isResumed(options);
  if (standing.kind === 'waiting') {
    if (!isResumed(options)) void report(guarded, call, standing);
    return true;
  }
  return standing.approvalId !== undefined || ownNeed(guarded.tool, asked);
}

/** Whether the tool asks for approval by itself. A tool that cannot say does. */
export async function ownNeed({ needsApproval }: PlainTool, { input, options }: SdkCall): Promise<boolean> {
  if (typeof needsApproval !== 'function') return needsApproval === true;
  try {
    return await needsApproval(input, options);
  } catch {
    return true;
  }
}

/** Whether the call is already part of the conversation, so that this is the SDK's second look at it. */
export function isResumed({ messages = [], toolCallId }: SdkOptions): boolean {
  return messages.some(
    ({ role, content }) =>
      role === 'assistant' && Array.isArray(content) && content.some((part) => isCall(part, toolCallId)),
  );
}

function isCall(part: unknown, toolCallId: string | undefined): boolean {
  if (typeof part !== 'object' || part === null) return false;
  const { type, toolCallId: id } = part as { readonly type?: unknown; readonly toolCallId?: unknown };
  return type === 'tool-call' && id === toolCallId;
}
