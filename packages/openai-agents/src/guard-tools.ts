import { checkOptions, mistake, optionsOfTools, toolSetFields } from '@torii/engine/doors';
import { guard } from './guard.ts';
import type { AnyTool, GuardOptions, GuardToolsOptions } from './options.ts';

/**
 * Guards every tool of a list under its own name, `server/name` with `server`. Keeps order and types. For the tools of
 * MCP servers hand it what `getAllMcpTools` answers. Throws OPTIONS_INVALID for a tool without a price, for a map that
 * names another tool, and for whatever `guard` refuses.
 */
export function guardTools<const T extends readonly AnyTool[]>(tools: T, options: GuardToolsOptions): [...T] {
  checkOptions(options, toolSetFields);
  if (!Array.isArray(tools)) throw mistake('`tools`: expected a list of tools');
  const optionsOf = optionsOfTools(
    tools.map(({ name }: AnyTool) => name),
    options,
  );
  return tools.map((tool: AnyTool) => guard(tool, optionsOf.get(tool.name) as GuardOptions<AnyTool>)) as [
    ...T,
  ];
}
