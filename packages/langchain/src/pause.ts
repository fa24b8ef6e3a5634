import { interrupt, isGraphBubbleUp } from '@langchain/langgraph';
import type { Ready, Waiting } from '@torii/engine';
import { explainDemand, type GuardedTool, report, type ToolCall } from '@torii/engine/doors';
import type { HITLRequest } from 'langchain';

/** What a pause hands whoever reviews it: the request of LangChain's own human-in-the-loop, and the approval in Torii. */
export interface ToriiInterrupt extends HITLRequest {
  readonly torii: { readonly approvalId: string };
}

/** A call that a person has to allow, or has allowed. */
export type Demanding = Waiting | (Ready & { readonly approvalId: string });

/** What the model called, and with which arguments. */
export interface Action {
  readonly name: string;
  readonly args: Record<string, unknown>;
}

/** What a pause asks whoever reviews it. */
export interface Question {
  readonly demanding: Demanding;
  readonly action: Action;
}

/** How a paused run was resumed, or that it cannot pause at all. */
export type Resumed = { readonly kind: 'go-on' | 'no-pause' } | Rejected;

/** Whoever resumed the run said no. */
export interface Rejected {
  readonly kind: 'rejected';

  /** Their words for the model. */
  readonly message: string | undefined;
}

/**
 * Pauses the run, and answers how it was resumed. That is transport: only Torii says whether the call may run.
 *
 * INVARIANT: a call that paused pauses again when its node starts over, also once Torii allows it. LangGraph hands out
 * the values of a resumed run by their order: the tool's own `interrupt` would be given what was meant for this one.
 */
export function pause(guarded: GuardedTool, call: ToolCall, { demanding, action }: Question): Resumed {
  try {
    return readResume(interrupt<ToriiInterrupt, unknown>(requestOf({ demanding, action })));
  } catch (error) {
    // Without a checkpointer, or outside a graph, there is nothing to pause, and going on asks Torii.
    if (!isGraphBubbleUp(error)) return { kind: 'no-pause' };
    if (demanding.kind === 'waiting') void report(guarded, call, demanding);
    throw error;
  }
}

function requestOf({ demanding, action: { name, args } }: Question): ToriiInterrupt {
  const approvalId = demanding.kind === 'waiting' ? demanding.approval.id : demanding.approvalId;
  const description =
    demanding.kind === 'waiting' ? explainDemand(demanding) : `approved (Torii approval ${approvalId})`;
  return {
    actionRequests: [{ name, args, description }],
    reviewConfigs: [{ actionName: name, allowedDecisions: ['approve', 'reject'] }],
    torii: { approvalId },
  };
}

/** Anything but a decision to approve is a no: an edited call would be another one, and nobody asked for it. */
function readResume(value: unknown): Resumed {
  const { decisions } = objectOf(value);
  const { type, message } = objectOf(Array.isArray(decisions) ? decisions[0] : undefined);
  if (type === 'approve') return { kind: 'go-on' };
  return { kind: 'rejected', message: typeof message === 'string' ? message : undefined };
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
