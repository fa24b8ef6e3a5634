import {
  checkToolOptions,
  definitionOf,
  type GuardedTool,
  guardedTool,
  isGuarded,
  markOf,
  mistake,
  requireTool,
  toolFields,
} from '@torii/engine/doors';
import { inputGuardrail, outputGuardrail } from './guardrails.ts';
import { type AskApproval, needsApprovalOf } from './needs-approval.ts';
import { remember } from './open-calls.ts';
import type { AnyTool, GuardOptions } from './options.ts';
import { checkAnswerable } from './output-schema.ts';
import { errorFunctionOf, isAgentTool, type PlainTool, timeoutErrorFunctionOf } from './plain-tool.ts';
import { FRAMEWORK } from './sdk-call.ts';

/**
 * A tool that asks Torii before it runs and tells Torii what it cost, for tools that somebody else has made: those of
 * an MCP server, agents as tools. What it runs stays the same function, and its types stay what they are. Whether such
 * a tool failed nobody sees: a call with an output costs what `charged` says of it, and one without is `unresolved`.
 * An agent as a tool is guarded in place, as the SDK knows its agent by that object; any other tool is copied. Throws
 * OPTIONS_INVALID for a mistake, and for a tool that runs where nothing here can stop it.
 */
export function guard<T extends AnyTool>(tool: T, options: GuardOptions<NoInfer<T>>): T {
  checkToolOptions(options, toolFields);
  requireTool(tool, options.tool);
  if (options.skip === true) return tool;
  const plain = functionTool(tool, options.tool);
  checkAnswerable(plain, options);
  const { description, parameters, needsApproval } = plain;
  if (isGuarded(needsApproval))
    throw mistake(`\`${options.tool}\` is guarded already; expected the tool itself`);
  const guarded = guardedTool({
    framework: FRAMEWORK,
    tool: plain,
    options,
    definition: () => definitionOf({ name: options.tool, description, schema: parameters }),
  });
  const hooks = {
    inputGuardrails: [...(plain.inputGuardrails ?? []), inputGuardrail(guarded)],
    outputGuardrails: [outputGuardrail(guarded), ...(plain.outputGuardrails ?? [])],
    ...timeoutErrorFunctionOf(guarded),
    ...errorFunctionOf(guarded),
    ...(options.approval === 'result'
      ? {}
      : { needsApproval: remembering(guarded, needsApprovalOf(guarded, needsApproval)) }),
  };
  const target = isAgentTool(plain) ? tool : copyOf(tool);
  return Object.defineProperties(target, {
    ...Object.getOwnPropertyDescriptors(hooks),
    ...markOf(guarded),
  });
}

/** The guardrails are shown the arguments as the model wrote them, which is another call once defaults are filled in. */
function remembering(guarded: GuardedTool, ask: AskApproval): AskApproval {
  return (context, input, callId) => {
    remember({ guarded, context, callId }, { input: { value: input } });
    return ask(context, input, callId);
  };
}

function functionTool(tool: AnyTool, name: string): PlainTool {
  if (tool.type === 'function') return tool as unknown as PlainTool;
  if ('execute' in tool) throw mistake(`\`${name}\` is no tool yet: guard its options with \`guardOptions\``);
  const where = tool.type === 'hosted_tool' ? 'the provider runs it' : `it is of the type \`${tool.type}\``;
  throw mistake(
    `\`${name}\` is no function tool: ${where}, where Torii cannot stop it; leave it out, ` +
      'or set `skip` to admit it unguarded',
  );
}

function copyOf<T extends object>(tool: T): T {
  return Object.create(
    Object.getPrototypeOf(tool) as object | null,
    Object.getOwnPropertyDescriptors(tool),
  ) as T;
}
