import type { CallbackManagerForToolRun } from '@langchain/core/callbacks/manager';

/** A tool that yields as it goes. */
type Generator = AsyncIterator<unknown, unknown, undefined>;

/** Whether what a tool answered has still to run, step by step. */
export function isGenerator(output: unknown): output is Generator {
  return (
    typeof output === 'object' && output !== null && 'next' in output && typeof output.next === 'function'
  );
}

/** What the tool returns. What it yields is passed on as LangChain would, and the call goes on. */
export async function lastOf(
  output: Generator,
  manager: CallbackManagerForToolRun | undefined,
): Promise<unknown> {
  try {
    let step = await output.next();
    while (step.done !== true) {
      await tell(manager, step.value);
      step = await output.next();
    }
    return step.value;
  } finally {
    await output.return?.();
  }
}

/** A listener that fails does not stop the tool. */
async function tell(manager: CallbackManagerForToolRun | undefined, event: unknown): Promise<void> {
  try {
    await manager?.handleToolEvent(event);
  } catch (error) {
    await manager?.handleToolError(error);
  }
}
