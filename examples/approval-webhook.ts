// Receives a signed webhook about an approval, believes it only if it verifies, and approves.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createEngine, memoryStore, signAgentToken, signApproverToken } from '@torii/engine';
import { signWebhook, webhookReceiver } from '@torii/engine/webhooks';
import express from 'express';

const secret = 'a webhook secret of 16+ characters';
const key = randomBytes(32).toString('hex');
const issuer = { issuer: 'me', audience: 'torii', algorithm: 'HS256', key } as const;
const bot = { agent: 'bot', owner: 'olga@example.com', session: 's1' };
const policy = { id: 'bots', approvals: [{ when: { tools: ['deploy'] }, approvers: ['on-call'] }] };
const approver = await signApproverToken({ ...issuer, approver: 'on-call', expiresInSeconds: 60 });

// The receiver. It verifies the bytes as they came, before anything parses them.
const receive = webhookReceiver({ secrets: secret });
let approved: (approvalId: string) => void = () => undefined;
const decided = new Promise<string>((resolve) => (approved = resolve));
const app = express();
app.post('/webhooks', express.raw({ type: 'application/json' }), async (request, response) => {
  const receipt = await receive({ headers: request.headers, rawBody: request.body as Buffer });
  if (receipt.kind === 'refused') return void response.sendStatus(401);
  response.sendStatus(204);
  if (receipt.kind === 'repeated') return;
  const { event, approval } = receipt.payload;
  if (event !== 'approval.created') return;
  const { id: approvalId, actionHash, amount, tool } = approval;
  // Here a person would be asked. This receiver stands for one who approves small deployments.
  assert.deepEqual([tool, amount], ['deploy', '0.40 USD']);
  await torii.approvals.decide({ credential: approver, approvalId, actionHash, verdict: 'approve' });
  approved(approvalId);
});
const server = app.listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`;

const torii = await createEngine({
  policies: [policy],
  store: memoryStore(),
  identity: { issuers: [issuer] },
  webhooks: [{ url, secret, events: ['approval.created'] }],
  // Only addresses that are public are sent to, unless they are named.
  egress: { allow: ['127.0.0.1'] },
});
const credential = await signAgentToken({ ...issuer, ...bot, expiresInSeconds: 60 });
const call = {
  tool: 'deploy',
  arguments: { version: '1.4.0' },
  price: '0.40 USD',
  idempotencyKey: 'd-1.4.0',
};
const deploy = () => torii.guard({ credential, framework: 'example', ...call }, () => 'deployed');

const forged = JSON.stringify({ event: 'approval.created', approval: { id: 'apr_1' } });
const signature = signWebhook(forged, 'a secret that somebody guessed');
const headers = { 'content-type': 'application/json', 'x-webhook-signature': signature };
const refused = await fetch(url, { method: 'POST', headers, body: forged });
assert.equal(refused.status, 401);
console.log('REFUSED  a webhook that was signed with another secret');

const waiting = await deploy();
assert(waiting.kind === 'waiting');
console.log(`WAITING  ${waiting.approval.quorums[0]?.reason}`);
assert.equal(await decided, waiting.approval.id);

const done = await deploy();
assert(done.kind === 'done' && done.callId === waiting.callId);
console.log(`DONE     ${done.value}: the repeat under the same key resumed the call`);

server.close();
server.closeAllConnections();
await torii.close();
