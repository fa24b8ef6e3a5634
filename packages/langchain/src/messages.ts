import { ToolMessage } from '@langchain/core/messages';
import type { ToolCall } from '@langchain/core/messages/tool';
import { type Command, isCommand } from '@langchain/langgraph';
import { ToolInvocationError } from 'langchain';

/** The part of a tool call that messages name. */
export type Named = Pick<ToolCall, 'id' | 'name'>;

/** Says to the model that its call did not run, or failed. */
export function errorMessage({ id = '', name }: Named, content: string): ToolMessage {
  return new ToolMessage({ content, name, tool_call_id: id, status: 'error' });
}

/** What LangChain tells the model of a failed tool as long as no middleware wraps tools. With one, it ends the run. */
export function defaultMessage(call: Named, error: unknown): ToolMessage {
  const content = ToolInvocationError.isInstance(error)
    ? error.message
    : `${String(error)}\n Please fix your mistakes.`;
  return errorMessage(call, content);
}

/** An output as LangChain hands it on: messages and commands as they are, anything else as the content of a message. */
export function messageOf({ id = '', name }: Named, output: unknown): ToolMessage | Command {
  if (ToolMessage.isInstance(output) || isCommand(output)) return output;
  const content = typeof output === 'string' ? output : (JSON.stringify(output) ?? '');
  return new ToolMessage({ content, name, tool_call_id: id, status: 'success' });
}
