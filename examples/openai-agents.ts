// Pauses a run of the OpenAI Agents SDK until a person has approved a call in Torii, stores it, and goes on with it.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Agent, run, RunState, setTracingDisabled, tool } from '@openai/agents';
import { assistantMessage, functionCall, ScriptedModel } from '@openai/agents/testing';
import { createEngine, memoryStore, signAgentToken, signApproverToken } from '@torii/engine';
import { guardOptions } from '@torii/openai-agents';
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
const pay = tool(
  guardOptions(
    {
      name: 'pay',
      description: 'Pays an invoice',
      parameters: z.object({ invoice: z.string() }),
      execute: ({ invoice }) => `paid ${invoice}, payment ${++sent}`,
    },
    {
      torii,
      tool: 'pay',
      identify: ({ token: given }: { token: string }) => given,
      price: '9.00 USD',
    },
  ),
);

// A real model where there is a key for one; else one that asks to pay, and then is done.
const { OPENAI_API_KEY: openaiKey = '', OPENAI_MODEL: openaiModel = 'gpt-5.4-mini' } = process.env;
setTracingDisabled(openaiKey === '');
const scripted = new ScriptedModel([
  [functionCall('pay', { invoice: '2026-17' }, { callId: 'call-1' })],
  [assistantMessage('Invoice 2026-17 is paid.')],
]);
const agent = new Agent({ name: 'clerk', model: openaiKey === '' ? scripted : openaiModel, tools: [pay] });

const paused = await run(agent, 'Pay invoice 2026-17.', { context: { token } });
assert.equal(paused.interruptions.length, 1);
assert.equal(sent, 0);
const stored = paused.state.toString();
console.log('WAITING  the SDK paused before `pay`');

// To approve in the run state only wakes the run up: whether a person agreed, Torii looks up in its own record.
const list = await torii.approvals.list({ credential: ada });
assert(list.kind === 'page' && list.approvals[0] !== undefined);
const { id: approvalId, actionHash, action } = list.approvals[0];
const vote = await torii.approvals.decide({ credential: ada, approvalId, actionHash, verdict: 'approve' });
assert.equal(vote.kind, 'counted');
console.log(`APPROVED ${action.tool} ${action.arguments} for ${action.price}`);

const state = await RunState.fromString(agent, stored);
for (const item of state.getInterruptions()) state.approve(item);
const resumed = await run(agent, state);
assert.equal(sent, 1);
const output = resumed.newItems.find((item) => item.type === 'tool_call_output_item');
assert(output?.type === 'tool_call_output_item');
assert.equal(output.output, 'paid 2026-17, payment 1');
console.log(`DONE     the model read ${JSON.stringify(output.output)}`);
await torii.close();
