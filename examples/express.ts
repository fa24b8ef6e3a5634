// Puts Torii in front of an Express route: what is denied never reaches the handler.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createEngine, memoryStore, signAgentToken } from '@torii/engine';
import { guard, toriiMiddleware, toriiRouter } from '@torii/express';
import express from 'express';

const key = randomBytes(32).toString('hex');
const issuer = { issuer: 'me', audience: 'torii', algorithm: 'HS256', key } as const;
const identity = { issuers: [issuer] };
const bot = { agent: 'bot', owner: 'olga@example.com', session: 's1' };
const policy = {
  id: 'bots',
  tools: { allow: ['translate', 'count'] },
  budgets: [{ scope: 'session', window: 'lifetime', limit: '0.30 USD' }],
};
const torii = await createEngine({ policies: [policy], store: memoryStore(), identity });

const app = express();
app.use('/torii', toriiRouter(torii));
app.use(express.json());

app.use('/translate', toriiMiddleware(torii, { tool: 'translate', price: '0.20 USD' }));
app.post('/translate', (_request, response) => void response.json({ text: 'god morgen' }));

// What it costs is known only afterwards: 0.10 USD is held, and the handler's word is what is charged.
const count = guard((_request, response) => void response.json({ words: 3 }), {
  torii,
  tool: 'count',
  price: '0.10 USD',
  charged: () => '0.03 USD',
});
app.post('/count', count);

const server = app.listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const token = await signAgentToken({ ...issuer, ...bot, expiresInSeconds: 60 });
const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
const post = (path: string) =>
  fetch(url + path, { method: 'POST', headers, body: '{"text":"good morning"}' });

const allowed = await post('/translate');
assert.equal(allowed.status, 200);
assert.equal(allowed.headers.get('x-cost-usd'), '0.20');
console.log(`ALLOWED  /translate for ${allowed.headers.get('x-cost-usd')} USD: ${await allowed.text()}`);

const counted = await post('/count');
assert.equal(counted.status, 200);
console.log(
  `ALLOWED  /count holds ${counted.headers.get('x-cost-usd')} USD and is charged 0.03: ${await counted.text()}`,
);

const denied = await post('/translate');
const problem = (await denied.json()) as { code: string; detail: string };
assert.equal(denied.status, 403);
assert.equal(problem.code, 'BUDGET_EXCEEDED');
console.log(`DENIED   /translate: ${problem.detail}`);

const status = await fetch(`${url}/torii/authorization/status`, { headers });
const { budgets } = (await status.json()) as { budgets: { spent: string; left: string }[] };
assert.deepEqual(
  budgets.map(({ spent, left }) => [spent, left]),
  [['0.23', '0.07']],
);
console.log(`STATUS   spent ${budgets[0]?.spent} USD, left ${budgets[0]?.left}`);

server.close();
server.closeAllConnections();
await torii.close();
