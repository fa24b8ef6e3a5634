import {
  checkToolOptions,
  flagField,
  guardedTool,
  lastValueOf,
  markOf,
  mistake,
  requireTool,
  runTool,
  streamTool,
  toolFields,
} from '@torii/engine/doors';
import { definitionOf } from './definition.ts';
import { needsApprovalOf } from './needs-approval.ts';
import type { GuardOptions } from './options.ts';
import { FRAMEWORK, type Guarded, toolCallOf } from './sdk-call.ts';
import type { AnyTool, PlainTool, SdkOptions } from './tool-types.ts';

const fields = { ...toolFields, streaming: flagField };

/**
 * A tool that asks Torii before it runs and tells Torii what it cost. Everything else about it stays as it is, its
 * types too. Throws OPTIONS_INVALID for a mistake in the options, and for a tool without `execute`: such a tool runs in
 * a client or at the provider, where nothing here can stop it.
 */
export function guard<T extends AnyTool>(tool: T, options: GuardOptions<NoInfer<T>>): T {
  checkToolOptions(options, fields);
  requireTool(tool, options.tool);
  if (options.skip === true) return tool;
  const { streaming, ...shared } = options;
  const plain: PlainTool = tool;
  const run = executionOf(plain, options.tool);
  const guarded = guardedTool({
    framework: FRAMEWORK,
    tool: plain,
    options: shared,
    definition: () => definitionOf(options.tool, plain),
  });
  const execute =
    (streaming ?? isGenerator(plain.execute)) ? streamingOf(guarded, run) : runningOf(guarded, run);
  return Object.create(Object.getPrototypeOf(tool) as object | null, {
    ...Object.getOwnPropertyDescriptors(tool),
    ...markOf(guarded),
    execute: valueOf(execute),
    ...(options.approval === 'result' ? {} : { needsApproval: valueOf(needsApprovalOf(guarded)) }),
  }) as T;
}

type Execute = (input: unknown, options?: SdkOptions) => unknown;

/** What the tool runs, bound to it. */
function executionOf(tool: PlainTool, name: string): Execute {
  const { execute } = tool;
  if (typeof execute !== 'function') {
    throw mistake(
      `\`${name}\` has no \`execute\`: it runs in a client or at the provider, where Torii cannot stop it; ` +
        'leave it out, or set `skip` to admit it unguarded',
    );
  }
  return (input, options) => Reflect.apply(execute, tool, [input, options]);
}

function runningOf(guarded: Guarded, run: Execute): Execute {
  return (input, options = {}) =>
    runTool(guarded, toolCallOf({ input, options }), { execute: () => lastValueOf(run(input, options)) });
}

/** The SDK looks at what `execute` returns at once: a promise of a stream would be no stream. */
function streamingOf(guarded: Guarded, run: Execute): Execute {
  return (input, options = {}) =>
    streamTool(guarded, toolCallOf({ input, options }), { execute: () => run(input, options) });
}

function isGenerator(execute: unknown): boolean {
  return Object.prototype.toString.call(execute) === '[object AsyncGeneratorFunction]';
}

function valueOf(value: unknown): PropertyDescriptor {
  return { value, enumerable: true, configurable: true, writable: true };
}
