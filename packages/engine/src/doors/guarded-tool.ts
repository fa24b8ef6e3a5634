import type { MaybePromise } from '../nouns/steps.ts';
import { mistake } from './fields.ts';
import type { AnyToolOptions, SomeToolOptions } from './options.ts';

const GUARDED: unique symbol = Symbol.for('torii.guarded-tool') as never;

/** A tool and how it is guarded. The tool runs wherever its door runs it; this is what Torii is asked with. */
export interface GuardedTool<Tool extends object = object> {
  /** The door: `vercel-ai`, `langchain`, ... */
  readonly framework: string;

  /** The tool as it was handed in. */
  readonly tool: Tool;

  /** As they were at construction. */
  readonly options: AnyToolOptions;

  /** Computed once, when a call asks for it first: promised until it is known. */
  readonly definition: () => MaybePromise<string>;
}

/** One call as a framework tells it. */
export interface ToolCall {
  /** The arguments. All questions about one call must name them in the same form: raw or validated. */
  readonly input: unknown;

  /** What the application passed for this run; `identify` is given it. Nothing a model wrote. */
  readonly context?: unknown;

  /** The framework's id of the call, stable over pause and resume. */
  readonly id?: string | undefined;

  /** Ends the waiting for people. Aborted while the tool runs, it leaves open what an error means. */
  readonly signal?: AbortSignal | undefined;
}

/** What a door says of a tool that it is about to guard, with options that `checkOptions` accepts. */
export interface ToolToGuard<Tool extends object> {
  readonly framework: string;
  readonly tool: Tool;
  readonly options: SomeToolOptions;

  /** Asked where the options name no definition. */
  readonly definition: () => string | Promise<string>;
}

/** Makes a tool known to the functions here. Throws OPTIONS_INVALID for one that any door guards already. */
export function guardedTool<Tool extends object>(door: ToolToGuard<Tool>): GuardedTool<Tool> {
  const { framework, tool } = door;
  // Its functions are given the arguments and the output of this very tool: whoever handed both in said that they fit.
  const options = { ...door.options } as AnyToolOptions;
  if (isGuarded(tool)) throw mistake(`\`${options.tool}\` is guarded already; expected the tool itself`);
  const pin = async (): Promise<string> => (definition = await door.definition());
  let definition: MaybePromise<string> | undefined = options.definition;
  return {
    framework,
    tool,
    options,
    definition: () => (definition ??= pin()),
  };
}

/** The property that marks a tool as guarded, for every door; it survives a copy of the tool and delegation to it. */
export function markOf(guarded: GuardedTool): PropertyDescriptorMap {
  return { [GUARDED]: { value: guarded, enumerable: true } };
}

/** Whether any door guards this tool. */
export function isGuarded(tool: object): boolean {
  return markedOf(tool) !== undefined;
}

/** How the door of this framework guards a tool, which is then of its kind; undefined where it does not. */
export function guardedOf<Tool extends object>(
  tool: object,
  framework: string,
): GuardedTool<Tool> | undefined {
  const guarded = markedOf<Tool>(tool);
  return guarded?.framework === framework ? guarded : undefined;
}

function markedOf<Tool extends object>(tool: object): GuardedTool<Tool> | undefined {
  return (tool as { readonly [GUARDED]?: GuardedTool<Tool> })[GUARDED];
}
