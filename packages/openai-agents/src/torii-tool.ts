import {
  type ToolExecuteArgument,
  type ToolInputParameters,
  type ToolOptions as SdkToolOptions,
  type ToolOutputSchema,
  tool,
} from '@openai/agents';
import type { ToolOptions } from '@torii/engine/doors';
import { guardOptions } from './guard-options.ts';
import type { OutputIn } from './options.ts';

/**
 * A guarded tool made in one go: `tool(guardOptions(toolOptions, options))`, of the type that `tool()` answers. Throws
 * OPTIONS_INVALID for a mistake.
 */
export function toriiTool<
  Parameters extends ToolInputParameters = undefined,
  Context = unknown,
  Schema extends ToolOutputSchema | undefined = undefined,
  Output = unknown,
>(
  toolOptions: SdkToolOptions<Parameters, Context, Schema>,
  options: ToolOptions<ToolExecuteArgument<Parameters>, OutputIn<Schema, Output>>,
): ReturnType<typeof tool<Parameters, Context, string, Schema>> {
  return tool<Parameters, Context, string, Schema>(guardOptions(toolOptions, options));
}
