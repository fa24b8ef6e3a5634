// A signed webhook tells that somebody is asked; a signed link lets them decide in a browser; the call that waited runs.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createEngine, memoryStore, signAgentToken } from '@torii/engine';
import { toriiRouter, webhookOf, webhookReceiver } from '@torii/express';
import express from 'express';

const secret = randomBytes(24).toString('hex');
const key = randomBytes(32).toString('hex');
const issuer = { issuer: 'me', audience: 'torii', algorithm: 'HS256', key } as const;
const bot = { agent: 'bot', owner: 'olga@example.com', session: 's1' };
const policy = { id: 'bots', approvals: [{ when: { tools: ['pay'] }, approvers: ['ada@example.com'] }] };

const app = express();
const server = app.listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const torii = await createEngine({
  policies: [policy],
  store: memoryStore(),
  identity: { issuers: [issuer] },
  webhooks: [{ url: `${url}/webhooks`, secret, events: ['approval.created'] }],
  // Only addresses that are public are sent to, unless they are named.
  egress: { allow: ['127.0.0.1'] },
  approvalLinks: { secret: randomBytes(32), url: `${url}/torii/approvals/link` },
});

// The page that a link leads to.
app.use('/torii', toriiRouter(torii));

// The receiver. It is called only for messages that are genuine and new, and sends each person a link of their own.
let send: (link: string) => void = () => undefined;
const inbox = new Promise<string>((resolve) => (send = resolve));
app.post('/webhooks', webhookReceiver({ secrets: secret }), async (request, response) => {
  const approvalId = webhookOf(request)?.approval?.id ?? '';
  // Here an e-mail would be sent: whoever has a link can decide as the person it is for.
  for (const link of await torii.approvals.links({ approvalId })) {
    console.log(`SENT      a link to ${link.approver}, good for an hour`);
    send(link.url);
  }
  response.sendStatus(204);
});

const forged = await fetch(`${url}/webhooks`, {
  method: 'POST',
  headers: { 'content-type': 'application/json', 'x-webhook-signature': `sha256=${'0'.repeat(64)}` },
  body: JSON.stringify({ event: 'approval.created', approval: { id: 'apr_1' } }),
});
assert.equal(forged.status, 401);
console.log('REFUSED   a webhook that nobody signed');

// The agent asks, and waits for at most a minute.
const credential = await signAgentToken({ ...issuer, ...bot, expiresInSeconds: 60 });
const call = { tool: 'pay', arguments: { invoice: 4711 }, price: '0.40 USD', idempotencyKey: 'invoice-4711' };
const paying = torii.guard({ credential, framework: 'example', ...call }, () => 'paid', { waitMs: 60_000 });

// Ada opens her link. Looking decides nothing: mail scanners open links, too.
const link = await inbox;
const page = await fetch(link);
const html = await page.text();
assert.equal(page.status, 200);
assert(html.includes('4711') && html.includes('0.40 USD'));
assert.equal(page.headers.get('referrer-policy'), 'no-referrer');
assert.deepEqual(await torii.journal.entries({ types: ['approval.approved'] }), []);
console.log('SHOWN     what is to be paid; nothing is decided');

// She presses a button of the page.
const decided = await fetch(link, {
  method: 'POST',
  headers: { origin: url },
  body: new URLSearchParams({ decision: 'approve', comment: 'as agreed' }),
});
assert.equal(decided.status, 200);
console.log('APPROVED  by link');

const done = await paying;
assert(done.kind === 'done' && done.value === 'paid');
console.log(`DONE      ${done.value}: the call that waited went on by itself`);

// The link of a question that is decided decides nothing more.
const late = await fetch(link, { method: 'POST', body: new URLSearchParams({ decision: 'deny' }) });
assert.equal(late.status, 409);
console.log('OVER      the same link again is told that it was decided');

server.close();
server.closeAllConnections();
await torii.close();
