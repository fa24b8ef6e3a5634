import { guard, toriiMiddleware } from '@torii/langchain';
import { AIMessage, createAgent, fakeModel, tool, ToolMessage } from 'langchain';
import { z } from 'zod';
import type { Pair } from './pair.ts';
import { askItself, type Gate, paid } from '../gate.ts';

const terms = { name: 'search', description: 'Searches', schema: z.object({ query: z.string() }) };
const search = tool(async ({ query }) => `found ${query}`, terms);

/** A whole run of a model that calls the tool once: a guarded tool, and middleware in front of the tool as it is. */
export function langchain(gate: Gate): readonly Pair[] {
  const { torii, credential } = gate;
  const asking = tool(({ query }) => askItself(gate, { query, id: query }, () => `found ${query}`), terms);
  const guarded = guard(search, { torii, identify: credential, ...paid });
  const middleware = toriiMiddleware({ torii, identify: credential, price: paid.price });
  return [
    {
      name: 'langchain, guard(tool)',
      by: 'door',
      bare: (index) => run(`lb${index}`, { tools: [search] }),
      guarded: (index) => run(`lg${index}`, { tools: [guarded] }),
    },
    {
      name: 'langchain, toriiMiddleware',
      by: 'door',
      bare: (index) => run(`mb${index}`, { tools: [search] }),
      guarded: (index) => run(`mg${index}`, { tools: [search], middleware: [middleware] }),
    },
    {
      name: 'langchain, no door',
      by: 'engine',
      bare: (index) => run(`ab${index}`, { tools: [search] }),
      guarded: (index) => run(`ag${index}`, { tools: [asking] }),
    },
  ];
}

type Parts = Pick<Parameters<typeof createAgent>[0] & object, 'tools' | 'middleware'>;

async function run(id: string, parts: Parts): Promise<void> {
  const model = fakeModel()
    .respondWithTools([{ name: 'search', args: { query: id }, id }])
    .respond(new AIMessage('done'));
  const { messages } = await createAgent({ model, ...parts }).invoke({ messages: 'search' });
  const answer = messages.find((message) => ToolMessage.isInstance(message));
  if (answer?.content !== `found ${id}`) throw new Error(`the tool did not run: ${JSON.stringify(answer)}`);
}
