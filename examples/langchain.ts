// Pauses an agent of LangChain until a person has approved a call in Torii, and resumes it.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Command, MemorySaver } from '@langchain/langgraph';
import { ChatOpenAI } from '@langchain/openai';
import { createEngine, memoryStore, signAgentToken, signApproverToken } from '@torii/engine';
import { type RunContext, toriiMiddleware } from '@torii/langchain';
import { AIMessage, createAgent, fakeModel, tool, ToolMessage } from 'langchain';
import { z } from 'zod';

const key = randomBytes(32).toString('hex');
const issuer = { issuer: 'me', audience: 'torii', algorithm: 'HS256', key } as const;
const identity = { issuers: [issuer] };
const bot = { agent: 'bot', owner: 'olga@example.com', session: 's1' };
const policy = { id: 'bots', approvals: [{ when: { above: '1.00 USD' }, approvers: ['ada@example.com'] }] };
const torii = await createEngine({ policies: [policy], store: memoryStore(), identity });
const token = await signAgentToken({ ...issuer, ...bot, expiresInSeconds: 60 });
const ada = await signApproverToken({ ...issuer, approver: 'ada@example.com', expiresInSeconds: 60 });

let sent = 0;
const pay = tool(({ invoice }) => `paid ${invoice}, payment ${++sent}`, {
  name: 'pay',
  description: 'Pays an invoice',
  schema: z.object({ invoice: z.string() }),
});

// A real model where there is a key for one; else one that asks to pay, and then is done.
const scripted = fakeModel()
  .respondWithTools([{ name: 'pay', args: { invoice: '2026-17' }, id: 'call-1' }])
  .respond(new AIMessage('Invoice 2026-17 is paid.'));
const { OPENAI_API_KEY: openaiKey = '', OPENAI_MODEL: openaiModel = 'gpt-5.4-mini' } = process.env;
const model = openaiKey === '' ? scripted : new ChatOpenAI({ model: openaiModel });

const agent = createAgent({
  model,
  tools: [pay],
  checkpointer: new MemorySaver(),
  contextSchema: z.object({ token: z.string() }),
  middleware: [
    toriiMiddleware({
      torii,
      identify: ({ context }: RunContext<{ token: string }>) => context.token,
      price: { pay: '9.00 USD' },
    }),
  ],
});
const run = { configurable: { thread_id: 't1' }, context: { token } };

const paused = await agent.invoke({ messages: [{ role: 'user', content: 'Pay invoice 2026-17.' }] }, run);
assert('__interrupt__' in paused);
assert.equal(sent, 0);
console.log('WAITING  LangGraph interrupted the run before `pay`');

// The decision in the resumed run only wakes it up: whether a person agreed, Torii looks up in its own record.
const list = await torii.approvals.list({ credential: ada });
assert(list.kind === 'page' && list.approvals[0] !== undefined);
const { id: approvalId, actionHash, action } = list.approvals[0];
const vote = await torii.approvals.decide({ credential: ada, approvalId, actionHash, verdict: 'approve' });
assert.equal(vote.kind, 'counted');
console.log(`APPROVED ${action.tool} ${action.arguments} for ${action.price}`);

const resumed = await agent.invoke(new Command({ resume: { decisions: [{ type: 'approve' }] } }), run);
const answer = resumed.messages.find((message) => ToolMessage.isInstance(message));
assert.equal(sent, 1);
assert.equal(answer?.content, 'paid 2026-17, payment 1');
console.log(`DONE     the model read ${JSON.stringify(answer.content)}`);
await torii.close();
