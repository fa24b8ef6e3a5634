import type { Mode } from '../nouns/engine.ts';
import type { GuardedTool, ToolCall } from './guarded-tool.ts';

/** In which mode a call of this run is asked about: in doubt, enforced. Never rejects. */
export async function modeOf({ options: { mode } }: GuardedTool, { context }: ToolCall): Promise<Mode> {
  const asked = typeof mode === 'function' ? await answerOf(mode, context) : mode;
  return asked === 'shadow' ? 'shadow' : 'enforce';
}

/** Whether the tool runs as it is in this run: only where the answer is `true`. Never rejects. */
export async function isSkipped({ options: { skip } }: GuardedTool, { context }: ToolCall): Promise<boolean> {
  return (typeof skip === 'function' ? await answerOf(skip, context) : skip) === true;
}

/** Undefined for a function that fails. */
async function answerOf(ask: (context: unknown) => unknown, context: unknown): Promise<unknown> {
  try {
    return await ask(context);
  } catch {
    return undefined;
  }
}
