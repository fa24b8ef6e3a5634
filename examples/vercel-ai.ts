// Pauses a run of the AI SDK until a person has approved a call in Torii, and resumes it.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { openai } from '@ai-sdk/openai';
import { createEngine, memoryStore, signAgentToken, signApproverToken } from '@torii/engine';
import { guardTools } from '@torii/vercel-ai';
import { generateText, type ModelMessage, stepCountIs, tool } from 'ai';
import { MockLanguageModelV3 } from 'ai/test';
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
const pay = tool({
  description: 'Pays an invoice',
  inputSchema: z.object({ invoice: z.string() }),
  execute: ({ invoice }) => `paid ${invoice}, payment ${++sent}`,
});
const tools = guardTools({ pay }, { torii, identify: token, price: '9.00 USD' });

const none = { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0, text: 0, reasoning: 0 };

// A real model where there is a key for one; else one that asks to pay, and then is done.
const scripted = new MockLanguageModelV3({
  doGenerate: ({ prompt }) => {
    const isDone = prompt.at(-1)?.role === 'tool';
    const input = '{"invoice":"2026-17"}';
    const call = { type: 'tool-call', toolCallId: 'call-1', toolName: 'pay', input } as const;
    const text = { type: 'text', text: 'Invoice 2026-17 is paid.' } as const;
    return Promise.resolve({
      content: [isDone ? text : call],
      finishReason: { unified: isDone ? 'stop' : 'tool-calls', raw: undefined },
      usage: { inputTokens: none, outputTokens: none },
      warnings: [],
    });
  },
});
const { OPENAI_API_KEY: openaiKey = '', OPENAI_MODEL: openaiModel = 'gpt-5.4-mini' } = process.env;
const model = openaiKey === '' ? scripted : openai(openaiModel);

const messages: ModelMessage[] = [{ role: 'user', content: 'Pay invoice 2026-17.' }];
const paused = await generateText({ model, tools, messages, stopWhen: stepCountIs(5) });
const request = paused.content.find((part) => part.type === 'tool-approval-request');
assert(request?.type === 'tool-approval-request');
assert.equal(sent, 0);
console.log(`WAITING  the SDK paused before \`${request.toolCall.toolName}\``);

// The answer in the messages only wakes the run up: whether a person agreed, Torii looks up in its own record.
const list = await torii.approvals.list({ credential: ada });
assert(list.kind === 'page' && list.approvals[0] !== undefined);
const { id: approvalId, actionHash, action } = list.approvals[0];
const vote = await torii.approvals.decide({ credential: ada, approvalId, actionHash, verdict: 'approve' });
assert.equal(vote.kind, 'counted');
console.log(`APPROVED ${action.tool} ${action.arguments} for ${action.price}`);

const answer = { type: 'tool-approval-response', approvalId: request.approvalId, approved: true } as const;
messages.push(...paused.response.messages, { role: 'tool', content: [answer] });
const resumed = await generateText({ model, tools, messages, stopWhen: stepCountIs(5) });
assert.equal(sent, 1);
const result = resumed.response.messages
  .flatMap((message) => (message.role === 'tool' ? message.content : []))
  .find((part) => part.type === 'tool-result');
assert.deepEqual(result?.output, { type: 'text', value: 'paid 2026-17, payment 1' });
console.log(`DONE     the model read ${JSON.stringify(result?.output)}`);
await torii.close();
