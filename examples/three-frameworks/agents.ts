import type { Engine } from '@torii/engine';
import { toriiMiddleware } from '@torii/langchain';
import { guardTools } from '@torii/vercel-ai';
import { generateText, stepCountIs, tool as sdkTool } from 'ai';
import { MockLanguageModelV3 } from 'ai/test';
import { AIMessage, createAgent, fakeModel, tool } from 'langchain';
import { z } from 'zod';
import { CALLS, type News, type Place, PRICE, tokenOf } from './office.ts';

const pages = Array.from({ length: CALLS }, (_, page) => page);

/** Orders in the shop, by plain HTTP. */
export async function clerk(place: Place): Promise<News> {
  const headers = { authorization: `Bearer ${await tokenOf('clerk', place)}` };
  const statuses = await Promise.all(
    pages.map(async (page) => {
      const { status } = await fetch(`${place.shop}/orders/pen-${page}`, { method: 'POST', headers });
      return status;
    }),
  );
  return newsOf(
    'clerk',
    statuses.map((status) => status === 201),
  );
}

/** Searches, as an agent of LangChain. */
export async function scout(torii: Engine, place: Place): Promise<News> {
  const search = tool(({ page }) => `page ${page}`, {
    name: 'search',
    schema: z.object({ page: z.number() }),
  });
  const calls = pages.map((page) => ({ name: 'search', args: { page }, id: `search-${page}` }));
  const agent = createAgent({
    model: fakeModel().respondWithTools(calls).respond(new AIMessage('done')),
    tools: [search],
    middleware: [toriiMiddleware({ torii, identify: await tokenOf('scout', place), price: PRICE })],
  });
  const { messages } = await agent.invoke({ messages: [{ role: 'user', content: 'Search all pages.' }] });
  const answers = messages.filter((message) => message.type === 'tool').map(({ text }) => text);
  return newsOf(
    'scout',
    answers.map((text) => text.startsWith('page ')),
  );
}

const none = { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0, text: 0, reasoning: 0 };
const usage = { inputTokens: none, outputTokens: none };

/** Translates, by the AI SDK. */
export async function writer(torii: Engine, place: Place): Promise<News> {
  const translate = sdkTool({
    inputSchema: z.object({ page: z.number() }),
    execute: ({ page }) => `page ${page}`,
  });
  const identify = await tokenOf('writer', place);
  const calls = pages.map((page) => ({
    type: 'tool-call' as const,
    toolCallId: `translate-${page}`,
    toolName: 'translate',
    input: JSON.stringify({ page }),
  }));
  const { steps } = await generateText({
    model: new MockLanguageModelV3({
      doGenerate: [
        { content: calls, finishReason: { unified: 'tool-calls', raw: undefined }, usage, warnings: [] },
        {
          content: [{ type: 'text', text: 'done' }],
          finishReason: { unified: 'stop', raw: undefined },
          usage,
          warnings: [],
        },
      ],
    }),
    tools: guardTools({ translate }, { torii, identify, price: PRICE }),
    prompt: 'Translate all pages.',
    stopWhen: stepCountIs(2),
  });
  const parts = steps.flatMap(({ content }) => content);
  return newsOf(
    'writer',
    parts.flatMap(({ type }) =>
      type === 'tool-result' || type === 'tool-error' ? type === 'tool-result' : [],
    ),
  );
}

function newsOf(agent: string, ran: readonly boolean[]): News {
  const done = ran.filter(Boolean).length;
  return { agent, ran: done, denied: ran.length - done };
}
