import type { CallRequest } from '../nouns/call.ts';
import type { Mode } from '../nouns/engine.ts';
import { type MaybePromise, type Steps, take } from '../nouns/steps.ts';
import { requestIn } from './call-request.ts';
import type { GuardedTool, ToolCall } from './guarded-tool.ts';
import { isSkipped, modeOf } from './of-run.ts';

/** What the engine is asked about one call. */
export interface Question {
  readonly mode: Mode;
  readonly request: CallRequest;
}

/**
 * What to ask about a call; undefined for a tool that is skipped in this run. Promised only where the application
 * promises one of its answers: in most runs nothing is, and every door comes by here for every call.
 */
export function questionOf(guarded: GuardedTool, call: ToolCall): MaybePromise<Question | undefined> {
  return take(question(guarded, call));
}

function* question(guarded: GuardedTool, call: ToolCall): Steps<Question | undefined> {
  if (yield* isSkipped(guarded, call)) return undefined;
  const mode = yield* modeOf(guarded, call);
  return { mode, request: yield* requestIn(guarded, call) };
}
