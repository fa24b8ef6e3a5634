import type { ToolMessage } from '@langchain/core/messages';
import { type Command, isGraphBubbleUp } from '@langchain/langgraph';
import {
  type GuardedTool,
  guardedTool,
  isGuarded,
  optionsOfTool,
  type ToolSetOptions,
} from '@torii/engine/doors';
import { type AgentMiddleware, createMiddleware, type ToolCallRequest } from 'langchain';
import { validated } from './arguments.ts';
import { definitionOf } from './definition.ts';
import { toldOfFailures } from './failed-output.ts';
import { defaultMessage, errorMessage, messageOf } from './messages.ts';
import { toolSetOf } from './middleware-options.ts';
import type { MiddlewareOptions } from './options.ts';
import { FRAMEWORK, runCall } from './run-call.ts';
import { runContextOf } from './run-context.ts';

/** A middleware without a state, a context or tools of its own. */
export type ToriiMiddleware = AgentMiddleware<undefined, undefined, unknown, readonly [], readonly []>;

/**
 * Guards every tool of an agent, also those that other middleware brings along: `createAgent({ middleware: [...] })`.
 * A tool that is guarded by itself stays so, and is asked about once. Throws OPTIONS_INVALID for a mistake in the
 * options; names of tools are not checked, as tools may come later.
 */
export function toriiMiddleware(options: MiddlewareOptions): ToriiMiddleware {
  const guardedFor = guarding(toolSetOf(options));
  const { toolErrors = 'message' } = options;
  return createMiddleware({
    name: 'ToriiMiddleware',
    tools: [],
    wrapToolCall: async (request, handler) => {
      const guarded = guardedFor(request);
      try {
        return guarded === undefined
          ? await handler(request)
          : await runRequest(guarded, request, () => toldOfFailures(request, handler));
      } catch (error) {
        if (toolErrors === 'throw' || isGraphBubbleUp(error)) throw error;
        return defaultMessage(request.toolCall, error);
      }
    },
  });
}

type Request = Pick<ToolCallRequest, 'toolCall' | 'tool' | 'runtime'>;

async function runRequest(
  guarded: GuardedTool,
  { toolCall, tool, runtime }: Request,
  execute: () => unknown,
): Promise<ToolMessage | Command> {
  const { id, name, args } = toolCall;
  const input = await validated(tool, args);
  const output = await runCall(guarded, {
    call: { input, id, context: runContextOf(runtime), signal: runtime.signal },
    action: { name, args },
    execute,
    refuse: (text) => errorMessage(toolCall, text),
  });
  return messageOf(toolCall, output);
}

/** How each call is guarded; undefined for a tool that is skipped, or guarded by itself. */
function guarding(set: ToolSetOptions): (request: Request) => GuardedTool | undefined {
  const known = new WeakMap<object, GuardedTool>();
  return ({ tool, toolCall: { name } }) => {
    // Middleware may put one tool behind several names, each with a price of its own.
    const registered = tool?.name === name ? tool : undefined;
    const found = registered && known.get(registered);
    if (found !== undefined) return found;
    if (tool !== undefined && isGuarded(tool)) return undefined;
    const options = optionsOfTool(set, name);
    if (options.skip === true) return undefined;
    const made = tool ?? { name };
    const guarded = guardedTool({
      framework: FRAMEWORK,
      tool: made,
      options,
      definition: () => definitionOf(made),
    });
    // A tool that nobody registered is known by a name from a model: those are not kept.
    if (registered !== undefined) known.set(registered, guarded);
    return guarded;
  };
}
