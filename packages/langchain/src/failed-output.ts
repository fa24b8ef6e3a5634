import { ToolMessage } from '@langchain/core/messages';

/** Makes an output that says of itself that the tool failed count as a failure, which costs nothing. */
class FailedOutput extends Error {
  override readonly name = 'FailedOutput';

  constructor(readonly output: unknown) {
    super('the tool answered with an error');
  }
}

/** Throws where a tool answered with a message of status `error`; else answers the output. */
export function succeeded(output: unknown): unknown {
  const [content] = Array.isArray(output) ? (output as unknown[]) : [output];
  if (ToolMessage.isInstance(content) && content.status === 'error') throw new FailedOutput(output);
  return output;
}

/** Gives back the output that `succeeded` took for a failure. */
export async function withFailedOutput(run: () => Promise<unknown>): Promise<unknown> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof FailedOutput) return error.output;
    throw error;
  }
}
