import { ToolMessage } from '@langchain/core/messages';
import { OutcomeUnknownError } from '@torii/engine';
import type { ToolCallHandler, ToolCallRequest } from 'langchain';

/** Makes an output that says of itself that the tool failed count as a failure, which costs nothing. */
class FailedOutput extends Error {
  override readonly name = 'FailedOutput';

  /** A cause that leaves open what the tool did leaves this open too. */
  constructor(
    readonly output: unknown,
    options?: ErrorOptions,
  ) {
    super('the tool answered with an error', options);
  }
}

/** Throws where a tool answered with a message of status `error`; else answers the output. */
export function succeeded(output: unknown): unknown {
  if (isFailure(output)) throw new FailedOutput(output);
  return output;
}

/** Whether this is an output that `succeeded` took for a failure: it is still what the run is told. */
export function isFailedOutput(error: unknown): error is FailedOutput {
  return error instanceof FailedOutput;
}

/**
 * What the middleware further in makes of a call. One that answers in the place of a tool that threw hides what was
 * thrown: where that leaves open what the tool did, so does the answer.
 */
export async function toldOfFailures(request: ToolCallRequest, handler: ToolCallHandler): Promise<unknown> {
  const open: unknown[] = [];
  const { tool } = request;
  const seen =
    tool &&
    observed(tool, (error) => {
      if (OutcomeUnknownError.describes(error)) open.push(error);
    });
  const output = await handler({ ...request, tool: seen });
  if (open.length > 0 && isFailure(output)) throw new FailedOutput(output, { cause: open[0] });
  return output;
}

/** The same tool in all but that somebody is told what its runs throw. */
function observed<T extends object>(tool: T, told: (error: unknown) => void): T {
  const { invoke } = tool as { readonly invoke?: unknown };
  if (typeof invoke !== 'function') return tool;
  const value = async (...all: unknown[]): Promise<unknown> => {
    try {
      return await (Reflect.apply(invoke, tool, all) as unknown);
    } catch (error) {
      told(error);
      throw error;
    }
  };
  return Object.create(tool, { invoke: { value } }) as T;
}

function isFailure(output: unknown): boolean {
  const [content] = Array.isArray(output) ? (output as unknown[]) : [output];
  return ToolMessage.isInstance(content) && content.status === 'error';
}
