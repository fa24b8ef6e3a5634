import { definitionOf } from './definition.ts';
import { type Guarded, guardedOf, markOf } from './guarded.ts';
import { needsApprovalOf } from './needs-approval.ts';
import type { GuardOptions } from './options.ts';
import { run } from './run.ts';
import { stream } from './stream.ts';
import type { AnyTool, PlainTool, SdkOptions } from './tool-types.ts';
import { checkGuardOptions, mistake } from './validate.ts';

/**
 * A tool that asks Torii before it runs and tells Torii what it cost. Everything else about it stays as it is, its
 * types too. Throws OPTIONS_INVALID for a mistake in the options, and for a tool without `execute`: such a tool runs in
 * a client or at the provider, where nothing here can stop it.
 */
export function guard<T extends AnyTool>(tool: T, options: GuardOptions<NoInfer<T>>): T {
  checkGuardOptions(options);
  if (options.skip === true) return tool;
  const guarded = guardedFrom(tool, options as unknown as GuardOptions<PlainTool>);
  return Object.create(Object.getPrototypeOf(tool) as object | null, {
    ...Object.getOwnPropertyDescriptors(tool),
    ...markOf(guarded),
    execute: valueOf(isStreaming(guarded) ? streamingExecute(guarded) : executeOf(guarded)),
    ...(options.approval === 'result' ? {} : { needsApproval: valueOf(needsApprovalOf(guarded)) }),
  }) as T;
}

function guardedFrom(tool: PlainTool, options: GuardOptions<PlainTool>): Guarded {
  const { execute } = tool;
  const name = options.tool;
  if (typeof execute !== 'function') {
    throw mistake(
      `\`${name}\` has no \`execute\`: it runs in a client or at the provider, where Torii cannot stop it; ` +
        'leave it out, or set `skip` to admit it unguarded',
    );
  }
  if (guardedOf(tool) !== undefined)
    throw mistake(`\`${name}\` is guarded already; expected the tool itself`);
  let definition = options.definition === undefined ? undefined : Promise.resolve(options.definition);
  return {
    tool,
    options: { ...options },
    execute: (input, sdkOptions) => Reflect.apply(execute, tool, [input, sdkOptions]),
    definition: () => (definition ??= definitionOf(name, tool)),
  };
}

type Execute = NonNullable<PlainTool['execute']>;

function executeOf(guarded: Guarded): Execute {
  return (input, options = {}) => run(guarded, { input, options: options as SdkOptions });
}

/** The SDK looks at what `execute` returns at once: a promise of a stream would be no stream. */
function streamingExecute(guarded: Guarded): Execute {
  return (input, options = {}) => stream(guarded, { input, options: options as SdkOptions });
}

function isStreaming({ tool, options }: Guarded): boolean {
  const kind = Object.prototype.toString.call(tool.execute);
  return options.streaming ?? kind === '[object AsyncGeneratorFunction]';
}

function valueOf(value: unknown): PropertyDescriptor {
  return { value, enumerable: true, configurable: true, writable: true };
}
