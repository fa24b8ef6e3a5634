import type {
  RunContext,
  ToolExecuteArgument,
  ToolInputParameters,
  ToolOptions as SdkToolOptions,
  ToolOutputSchema,
} from '@openai/agents';
import {
  checkToolOptions,
  definitionOf,
  type GuardedTool,
  guardedTool,
  markOf,
  mistake,
  requireTool,
  runTool,
  toolFields,
  type ToolOptions,
} from '@torii/engine/doors';
import { type AskApproval, needsApprovalOf } from './needs-approval.ts';
import type { OutputIn } from './options.ts';
import { checkAnswerable } from './output-schema.ts';
import { FRAMEWORK, toolCallOf } from './sdk-call.ts';

/**
 * Options for `tool()` that make a tool which asks Torii before it runs and tells Torii what it cost. They are the
 * options that were handed in, with their types, so `tool()` infers from them what it always does. Sees the validated
 * arguments, the output and the errors of `execute`: a call that fails returns its money. Throws OPTIONS_INVALID for a
 * mistake.
 */
export function guardOptions<
  Parameters extends ToolInputParameters = undefined,
  Context = unknown,
  Schema extends ToolOutputSchema | undefined = undefined,
  Output = unknown,
>(
  toolOptions: SdkToolOptions<Parameters, Context, Schema>,
  options: ToolOptions<ToolExecuteArgument<Parameters>, OutputIn<Schema, Output>>,
): SdkToolOptions<Parameters, Context, Schema> {
  checkToolOptions(options, toolFields);
  requireTool(toolOptions, options.tool);
  if (options.skip === true) return toolOptions;
  const plain = toolOptions as unknown as PlainOptions;
  if (typeof plain.execute !== 'function')
    throw mistake(`\`${options.tool}\` has no \`execute\`: guard a tool that is made already with \`guard\``);
  checkAnswerable(plain, options);
  const { description, parameters } = plain;
  const guarded = guardedTool({
    framework: FRAMEWORK,
    tool: plain,
    options,
    definition: () => definitionOf({ name: options.tool, description, schema: parameters }),
  });
  const wrapped = {
    ...plain,
    // `tool()` names a tool after its function, which is another one now.
    name: plain.name ?? plain.execute.name,
    execute: executeOf(guarded),
    ...approvalOf(guarded, options),
  };
  return Object.defineProperties(wrapped, markOf(guarded)) as unknown as typeof toolOptions;
}

/** The options of a tool once their types do not matter any more. */
interface PlainOptions {
  readonly name?: string;
  readonly description?: unknown;
  readonly parameters?: unknown;
  readonly outputSchema?: unknown;
  readonly errorFunction?: unknown;
  readonly execute: Execute;
  readonly needsApproval?: boolean | AskApproval;
}

type Execute = (input: unknown, context?: RunContext, details?: Details) => unknown;

interface Details {
  readonly toolCall?: { readonly callId: string };
  readonly signal?: AbortSignal;
}

function executeOf(guarded: GuardedTool<PlainOptions>): Execute {
  const { tool } = guarded;
  // An output that has to match a schema cannot be a sentence: it is thrown, and `errorFunction` makes the output.
  const refuse = tool.outputSchema === undefined ? { refuse: (message: string) => message } : {};
  return (input, context, details) => {
    const call = toolCallOf({
      context,
      input,
      callId: details?.toolCall?.callId,
      signal: details?.signal,
    });
    return runTool(guarded, call, { ...refuse, execute: () => tool.execute(input, context, details) });
  };
}

function approvalOf(
  guarded: GuardedTool<PlainOptions>,
  { approval }: { readonly approval?: string | undefined },
): { needsApproval?: AskApproval } {
  if (approval === 'result') return {};
  const { needsApproval: own } = guarded.tool;
  const needsApproval = needsApprovalOf(guarded, (context, input, callId) =>
    typeof own === 'function' ? own(context, input, callId) : own === true,
  );
  // `tool()` keeps this function and nothing else of what is handed in here: it carries the mark to the tool.
  return { needsApproval: Object.defineProperties(needsApproval, markOf(guarded)) };
}
