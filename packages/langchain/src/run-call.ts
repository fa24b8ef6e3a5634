import type { CallbackManagerForToolRun } from '@langchain/core/callbacks/manager';
import { isGraphInterrupt, isParentCommand, type ParentCommand } from '@langchain/langgraph';
import { type Denial, deny, type Ready, type Waiting } from '@torii/engine';
import {
  type GuardedTool,
  insteadOf,
  mayNeedPeople,
  report,
  requestOf,
  type Runner,
  runTool,
  standingOf,
  type ToolCall,
} from '@torii/engine/doors';
import { isFailedOutput, succeeded } from './failed-output.ts';
import { isGenerator, lastOf } from './generator.ts';
import { type Action, type Demanding, pause, type Rejected } from './pause.ts';

/** The name of this door. */
export const FRAMEWORK = 'langchain';

/** One call, and how this door runs and refuses it. */
export interface RunOptions extends Runner {
  readonly call: ToolCall;

  /** For the person who looks at a paused run. */
  readonly action: Action;

  /** Told of what the tool yields. */
  readonly manager?: CallbackManagerForToolRun | undefined;
}

/**
 * Runs one call if Torii lets it: pauses where a person has to look, asks Torii again after the pause, runs the tool
 * once. What the tool throws leaves as it came, and so does what pauses or ends the graph.
 */
export async function runCall(guarded: GuardedTool, options: RunOptions): Promise<unknown> {
  const { call, action, manager, execute, refuse } = options;
  call.signal?.throwIfAborted();
  const isAsked = guarded.options.approval !== 'result' && mayNeedPeople(guarded);
  const standing = isAsked ? await standingOf(guarded, call) : undefined;
  const demanding = isDemanding(standing) ? standing : undefined;
  if (demanding !== undefined) {
    const resumed = pause(guarded, call, { demanding, action });
    if (resumed.kind === 'rejected') {
      const denial = await withdraw(guarded, call, { demanding, resumed });
      void report(guarded, call, denial);
      return insteadOf(guarded, denial, refuse);
    }
  }
  let handedOver: ParentCommand | undefined;
  const judged = async (): Promise<unknown> => {
    try {
      const output = await execute();
      return succeeded(isGenerator(output) ? await lastOf(output, manager) : output);
    } catch (error) {
      if (!(error instanceof Error) || !isParentCommand(error)) throw error;
      // This is how a graph inside the tool hands over to one further out: what it did is done, and costs.
      handedOver = error;
      return error.command;
    }
  };
  try {
    const output = await runTool(guarded, call, { execute: judged, refuse });
    if (handedOver !== undefined) throw handedOver;
    return output;
  } catch (error) {
    if (isFailedOutput(error)) return error.output;
    if (demanding !== undefined && isGraphInterrupt(error)) await askAnew(guarded, call);
    throw error;
  }
}

/**
 * A tool that paused the run itself starts over when that is resumed, as a further attempt, and what was approved is
 * used up. So people are asked at once: they decide while the run is paused anyway.
 */
async function askAnew(guarded: GuardedTool, call: ToolCall): Promise<void> {
  const standing = await standingOf(guarded, call);
  if (standing.kind === 'waiting') void report(guarded, call, standing);
}

function isDemanding(standing: Ready | Waiting | Denial | undefined): standing is Demanding {
  return standing?.kind === 'waiting' || (standing?.kind === 'ready' && standing.approvalId !== undefined);
}

interface Refusal {
  readonly demanding: Demanding;
  readonly resumed: Rejected;
}

/** Takes the question back in Torii, so that nobody decides about it any more and its money returns. */
async function withdraw(
  guarded: GuardedTool,
  call: ToolCall,
  { demanding, resumed }: Refusal,
): Promise<Denial> {
  const comment = resumed.message ?? 'whoever resumed the run said no';
  const approvalId = demanding.kind === 'waiting' ? demanding.approval.id : demanding.approvalId;
  try {
    const { credential = '' } = await requestOf(guarded, call);
    await guarded.options.torii.approvals.cancel({ credential, approvalId, comment });
  } catch {
    // Then it expires; the call does not run in any case.
  }
  return deny('APPROVAL_CANCELLED', `the resumed run rejected it: ${comment}`);
}
