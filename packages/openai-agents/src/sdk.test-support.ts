import { Agent, setTracingDisabled, type Tool, tool } from '@openai/agents';
import { assistantMessage, functionCall, ScriptedModel } from '@openai/agents/testing';
import type { ToolOptions } from '@torii/engine/doors';
import * as z from 'zod';
import { guard, guardOptions, toriiTool } from './index.ts';
import type { Lab } from '@torii/sandbox/lab';

setTracingDisabled(true);

/** A call that a model makes: its id, the tool, and the arguments, or what it wrote in their place. */
export interface Call {
  readonly id: string;
  readonly tool: string;
  readonly input: unknown;
}

export function call(id: string, name: string, input: unknown = {}): Call {
  return { id, tool: name, input };
}

/** A model that makes the calls of one step after those of the other, and says `done` after all. */
export function modelThatCalls(...steps: (readonly Call[])[]): ScriptedModel {
  const outputs = steps.map((calls) =>
    calls.map(({ id, tool: name, input }) =>
      functionCall(name, typeof input === 'string' ? input : JSON.stringify(input), { callId: id }),
    ),
  );
  return new ScriptedModel([...outputs, [assistantMessage('done')]]);
}

/** An agent whose model makes these calls. */
export function agentThatCalls(tools: readonly Tool[], ...steps: (readonly Call[])[]): Agent {
  return new Agent({ name: 'assistant', model: modelThatCalls(...steps), tools: [...tools] });
}

/** What the model read as the output of each call, by its id. */
export function outputsOf({ history }: { readonly history: readonly object[] }): Record<string, unknown> {
  return Object.fromEntries(
    history.flatMap((item) =>
      'type' in item && item.type === 'function_call_result' && 'callId' in item && 'output' in item
        ? [[String(item.callId), textOf(item.output)]]
        : [],
    ),
  );
}

function textOf(output: unknown): unknown {
  return typeof output === 'object' && output !== null && 'text' in output ? output.text : output;
}

const parameters = z.object({ cents: z.number(), note: z.string().default('none') });

/** What the tool `pay` is called with. */
export type Pay = z.infer<typeof parameters>;

export type Execute = (input: Pay) => string | Promise<string>;

export type PayOptions = Partial<ToolOptions<Pay, unknown>>;

/** The tool `pay`, guarded in each of the ways. */
export const ways = {
  guardOptions: ({ torii }: Pick<Lab, 'torii'>, execute: Execute, more: PayOptions = {}) =>
    tool(
      guardOptions({ name: 'pay', description: 'Pays', parameters, execute }, { ...options(torii), ...more }),
    ),
  toriiTool: ({ torii }: Pick<Lab, 'torii'>, execute: Execute, more: PayOptions = {}) =>
    toriiTool({ name: 'pay', description: 'Pays', parameters, execute }, { ...options(torii), ...more }),
  guard: ({ torii }: Pick<Lab, 'torii'>, execute: Execute, more: PayOptions = {}) =>
    guard(tool({ name: 'pay', description: 'Pays', parameters, execute }), { ...options(torii), ...more }),
};

function options(torii: Lab['torii']): ToolOptions<Pay, unknown> {
  return {
    torii,
    identify: tokenIn,
    tool: 'pay',
    price: ({ cents }) => `${(cents / 100).toFixed(2)} USD`,
  };
}

/** The token in what the application handed to the run. */
export function tokenIn(context: unknown): string | undefined {
  const token: unknown =
    typeof context === 'object' && context !== null && 'token' in context ? context.token : undefined;
  return typeof token === 'string' ? token : undefined;
}
