import type { ToolRunnableConfig } from '@langchain/core/tools';
import {
  checkToolOptions,
  guardedTool,
  markOf,
  mistake,
  type Refuse,
  requireTool,
  type SomeToolOptions,
  type ToolCall,
  toolFields,
} from '@torii/engine/doors';
import { definitionOf } from './definition.ts';
import { errorMessage } from './messages.ts';
import type { GuardOptions } from './options.ts';
import type { Action } from './pause.ts';
import { FRAMEWORK, runCall } from './run-call.ts';
import { runContextOf } from './run-context.ts';
import type { AnyTool, PlainTool, Run } from './tool-types.ts';

/**
 * A tool that asks Torii before it runs and tells Torii what it cost, wherever it runs: in an agent, in a `ToolNode`, or
 * by `invoke`. Everything else about it stays as it is, its types too. Throws OPTIONS_INVALID for a mistake in the
 * options, and for a tool that LangChain does not run itself.
 */
export function guard<T extends AnyTool>(tool: T, options: GuardOptions<NoInfer<T>>): T {
  checkToolOptions(options, toolFields);
  requireTool(tool, options.tool);
  if (options.skip === true) return tool;
  const plain: PlainTool = tool;
  const run = runOf(plain, options.tool);
  const guarded = guardedTool({
    framework: FRAMEWORK,
    tool: plain,
    // Handed exactly a `RunContext`, see `toolCallOf`.
    options: options as SomeToolOptions,
    definition: () => definitionOf(plain),
  });
  const _call: Run = (input, manager, config = {}) =>
    runCall(guarded, {
      call: toolCallOf(plain, input, config),
      action: actionOf(plain, input, config),
      manager,
      execute: () => run(input, manager, config),
      refuse: refusalOf(plain, config),
    });
  // Not a copy: name, schema and whatever else the tool has, or gets later, are those of the tool itself. A copy of the
  // result takes over what is enumerable: never the mark without the run.
  return Object.create(tool, { ...markOf(guarded), _call: { value: _call, enumerable: true } }) as T;
}

/** What the tool runs, bound to it. */
function runOf(tool: PlainTool, name: string): Run {
  const { _call } = tool;
  if (typeof _call !== 'function') {
    throw mistake(
      `\`${name}\` has no \`_call\`: the provider runs it, or it is a runnable; ` +
        'guard a runnable by `toriiMiddleware`, leave the tool out, or set `skip` to admit it unguarded',
    );
  }
  return (input, manager, config) => Reflect.apply(_call, tool, [input, manager, config]);
}

/** The call as the engine is told of it. A tool that another tool calls is handed the call of that one: not its own. */
function toolCallOf({ name }: PlainTool, input: unknown, config: ToolRunnableConfig): ToolCall {
  const { toolCall, signal } = config;
  return {
    input,
    id: toolCall?.name === name ? toolCall.id : undefined,
    context: runContextOf(config),
    signal,
  };
}

function actionOf({ name }: PlainTool, input: unknown, { toolCall }: ToolRunnableConfig): Action {
  if (toolCall?.name === name) return { name, args: toolCall.args };
  return { name, args: typeof input === 'object' && input !== null ? { ...input } : { input } };
}

/** A message where LangChain would make one of the output, else the text; both in the form that the tool answers in. */
function refusalOf({ name, responseFormat }: PlainTool, { toolCall }: ToolRunnableConfig): Refuse {
  return (text) => {
    const refusal = toolCall?.id === undefined ? text : errorMessage({ id: toolCall.id, name }, text);
    return responseFormat === 'content_and_artifact' ? [refusal, undefined] : refusal;
  };
}
