import {
  checkNames,
  checkOptions,
  mistake,
  namesField,
  optionsOfTools,
  toolSetFields,
  type ToolSetOptions,
} from '@torii/engine/doors';
import { guard } from './guard.ts';
import type { GuardOptions, GuardToolsOptions } from './options.ts';
import { type ToriiApproval, toriiApproval } from './tool-approval.ts';
import type { AnyTool } from './tool-types.ts';

/** A set of tools as the SDK takes it. */
export type AnyTools = Readonly<Record<string, AnyTool>>;

const fields = { ...toolSetFields, streaming: namesField };

/**
 * Guards every tool of a set, under its own name. Keeps keys and types. Throws OPTIONS_INVALID for a tool without a
 * price, for a map that names another tool, and for whatever `guard` refuses.
 */
export function guardTools<T extends AnyTools, Skipped extends keyof T = never>(
  tools: T,
  options: GuardToolsOptions<NoInfer<T>, Skipped>,
): T {
  checkOptions(options, fields);
  if (typeof tools !== 'object' || tools === null || Array.isArray(tools))
    throw mistake('`tools`: expected an object of tools');
  const { streaming = [], ...shared } = options as unknown as PlainOptions;
  const names = Object.keys(tools);
  checkNames('streaming', streaming, names);
  const optionsOf = optionsOfTools(names, shared);
  const guarded = Object.entries(tools).map(([name, tool]) => {
    const own = { ...optionsOf.get(name), ...(streaming.includes(name) ? { streaming: true } : {}) };
    return [name, guard(tool, own as GuardOptions<AnyTool>)];
  });
  // Built from entries, so that a tool named `__proto__` is one more tool.
  return Object.fromEntries(guarded) as T;
}

/**
 * Guards a set of tools and answers what to spread into `generateText`, `streamText` or `ToolLoopAgent`: the tools,
 * and for AI SDK 7 its `toolApproval`. AI SDK 6 ignores that and asks the tools themselves.
 */
export function withTorii<T extends AnyTools, Skipped extends keyof T = never>(
  options: GuardToolsOptions<NoInfer<T>, Skipped> & { readonly tools: T },
): { tools: T; toolApproval: ToriiApproval } {
  const { tools, ...rest } = options;
  const guarding = rest as unknown as GuardToolsOptions<T, Skipped>;
  return { tools: guardTools(tools, guarding), toolApproval: toriiApproval() };
}

/** The options once the types of the tools do not matter any more. */
interface PlainOptions extends ToolSetOptions {
  readonly streaming?: readonly string[] | undefined;
}
