import { guard } from '@torii/vercel-ai';
import { generateText, stepCountIs, tool } from 'ai';
import { MockLanguageModelV3 } from 'ai/test';
import { z } from 'zod';
import type { Pair } from './pair.ts';
import { askItself, type Gate, paid } from '../gate.ts';

const search = tool({
  description: 'Searches',
  inputSchema: z.object({ query: z.string() }),
  execute: async ({ query }) => `found ${query}`,
});
type Search = typeof search;

/** The tool alone, as the SDK runs it, and a whole run of a model that calls it once. */
export function vercelAi(gate: Gate): readonly Pair[] {
  const { torii, credential } = gate;
  const guarded = guard(search, { torii, identify: credential, ...paid });
  const asking: Search = {
    ...search,
    execute: ({ query }) => askItself(gate, { query, id: query }, () => `found ${query}`),
  };
  const generating = (index: number): Promise<void> => generate(search, `bt${index}`);
  return [
    {
      name: 'vercel-ai, execute',
      by: 'door',
      bare: (index) => execute(search, `b${index}`),
      guarded: (index) => execute(guarded, `g${index}`),
    },
    {
      name: 'vercel-ai, generateText',
      by: 'door',
      bare: generating,
      guarded: (index) => generate(guarded, `gt${index}`),
    },
    {
      name: 'vercel-ai, generateText, no door',
      by: 'engine',
      bare: generating,
      guarded: (index) => generate(asking, `ga${index}`),
    },
  ];
}

async function execute(one: Search, toolCallId: string): Promise<void> {
  const answer = await one.execute?.({ query: toolCallId }, { toolCallId, messages: [] });
  if (answer !== `found ${toolCallId}`) throw new Error(`the tool did not run: ${JSON.stringify(answer)}`);
}

const tokens = { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0, text: 1, reasoning: 0 };
const usage = { inputTokens: tokens, outputTokens: tokens };

async function generate(one: Search, toolCallId: string): Promise<void> {
  const input = JSON.stringify({ query: toolCallId });
  const model = new MockLanguageModelV3({
    doGenerate: [
      {
        content: [{ type: 'tool-call', toolCallId, toolName: 'search', input }],
        finishReason: { unified: 'tool-calls', raw: 'tool-calls' },
        usage,
        warnings: [],
      },
      {
        content: [{ type: 'text', text: 'done' }],
        finishReason: { unified: 'stop', raw: 'stop' },
        usage,
        warnings: [],
      },
    ],
  });
  const { steps } = await generateText({
    model,
    prompt: 'search',
    tools: { search: one },
    stopWhen: stepCountIs(2),
  });
  if (steps[0]?.toolResults[0]?.output !== `found ${toolCallId}`) throw new Error('the tool did not run');
}
