// Guards one tool: a call that is allowed, a call that is denied, and why.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createEngine, formatMoney, memoryStore, signAgentToken } from '@torii/engine';

const key = randomBytes(32).toString('hex');
const issuer = { issuer: 'me', audience: 'torii', algorithm: 'HS256', key } as const;
const identity = { issuers: [issuer] };
const bot = { agent: 'bot', owner: 'olga@example.com', session: 's1' };
const policy = {
  id: 'weather-bot',
  tools: { allow: ['weather'] },
  budgets: [
    { scope: 'call', window: 'call', limit: '0.10 USD' },
    { scope: 'session', window: 'lifetime', limit: '1.00 USD' },
  ],
};

const torii = await createEngine({ policies: [policy], store: memoryStore(), identity });
const credential = await signAgentToken({ ...issuer, ...bot, expiresInSeconds: 60 });
const weather = (city: string, price: string) =>
  torii.guard(
    { credential, framework: 'example', tool: 'weather', arguments: { city }, price },
    () => `sunny in ${city}`,
  );

const allowed = await weather('Oslo', '0.02 USD');
assert(allowed.kind === 'done' && allowed.charged !== undefined);
assert.equal(allowed.value, 'sunny in Oslo');
console.log(`ALLOWED  ${allowed.value}, for ${formatMoney(allowed.charged)}`);

const denied = await weather('Oslo, all of it', '0.25 USD');
assert(denied.kind === 'denied');
assert.equal(denied.code, 'PRICE_ABOVE_CAP');
console.log(`DENIED   ${denied.code}: ${denied.message}`);

assert.equal((await torii.journal.verify()).kind, 'intact');
await torii.close();
