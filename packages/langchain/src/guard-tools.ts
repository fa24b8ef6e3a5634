import {
  checkOptions,
  mistake,
  optionsOfTools,
  toolSetFields,
  type ToolSetOptions,
} from '@torii/engine/doors';
import { guard } from './guard.ts';
import type { GuardOptions, GuardToolsOptions } from './options.ts';
import type { AnyTool } from './tool-types.ts';

/**
 * Guards every tool of a list, under its own name. Keeps the order and the types. Throws OPTIONS_INVALID for a tool
 * without a price, for a map that names another tool, and for whatever `guard` refuses.
 */
export function guardTools<const T extends readonly AnyTool[], Skipped extends T[number]['name'] = never>(
  tools: T,
  options: GuardToolsOptions<T[number], Skipped>,
): { -readonly [K in keyof T]: T[K] } {
  checkOptions(options, toolSetFields);
  if (!Array.isArray(tools)) throw mistake('`tools`: expected a list of tools');
  const list: readonly AnyTool[] = tools;
  const optionsOf = optionsOfTools(
    list.map(({ name }) => name),
    options as unknown as ToolSetOptions,
  );
  return list.map((tool) => guard(tool, optionsOf.get(tool.name) as GuardOptions<AnyTool>)) as {
    -readonly [K in keyof T]: T[K];
  };
}
