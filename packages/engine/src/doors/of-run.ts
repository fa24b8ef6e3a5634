import type { Mode } from '../nouns/engine.ts';
import { known, type MaybePromise, type Steps } from '../nouns/steps.ts';
import type { GuardedTool, ToolCall } from './guarded-tool.ts';

/** In which mode a call of this run is asked about: in doubt, enforced. Never throws. */
export function* modeOf({ options: { mode } }: GuardedTool, { context }: ToolCall): Steps<Mode> {
  const asked = typeof mode === 'function' ? yield* answerOf(mode, context) : mode;
  return asked === 'shadow' ? 'shadow' : 'enforce';
}

/** Whether the tool runs as it is in this run: only where the answer is `true`. Never throws. */
export function* isSkipped({ options: { skip } }: GuardedTool, { context }: ToolCall): Steps<boolean> {
  return (typeof skip === 'function' ? yield* answerOf(skip, context) : skip) === true;
}

/** What a function of the application says of a run; undefined for one that fails. */
export function* answerOf<T>(
  ask: (context: unknown) => MaybePromise<T>,
  context: unknown,
): Steps<T | undefined> {
  try {
    return yield* known(ask(context));
  } catch {
    return undefined;
  }
}
