import { Agent, Runner, setTracingDisabled, type Tool, tool } from '@openai/agents';
import { assistantMessage, functionCall, ScriptedModel } from '@openai/agents/testing';
import { guard, guardOptions } from '@torii/openai-agents';
import { z } from 'zod';
import type { Pair } from './pair.ts';
import { askItself, type Gate, paid } from '../gate.ts';

const search = {
  name: 'search',
  description: 'Searches',
  parameters: z.object({ query: z.string() }),
  execute: async ({ query }: { query: string }) => `found ${query}`,
};

/** A whole run of a model that calls the tool once, guarded in each of the two ways. */
export function openaiAgents(gate: Gate): readonly Pair[] {
  const { torii, credential } = gate;
  setTracingDisabled(true);
  const options = { torii, identify: credential, ...paid };
  const bare = tool(search);
  const execute: typeof search.execute = ({ query }) =>
    askItself(gate, { query, id: query }, () => `found ${query}`);
  const ways = [
    { name: 'tool(guardOptions())', by: 'door', guarded: tool(guardOptions(search, options)) },
    { name: 'guard(tool())', by: 'door', guarded: guard(tool(search), options) },
    { name: 'no door', by: 'engine', guarded: tool({ ...search, execute }) },
  ] as const;
  return ways.map(({ name, by, guarded }, way) => ({
    name: `openai-agents, ${name}`,
    by,
    bare: (index) => run(bare, `ob${way}-${index}`),
    guarded: (index) => run(guarded, `og${way}-${index}`),
  }));
}

const runner = new Runner({ tracingDisabled: true });

async function run(one: Tool, callId: string): Promise<void> {
  const call = functionCall('search', JSON.stringify({ query: callId }), { callId });
  const model = new ScriptedModel([[call], [assistantMessage('done')]]);
  const { history } = await runner.run(new Agent({ name: 'a', model, tools: [one] }), 'search');
  const answer = history.find((item) => item.type === 'function_call_result');
  if (!JSON.stringify(answer).includes(`found ${callId}`)) throw new Error('the tool did not run');
}
