// Tries a policy on real calls that nothing blocks, asks what a stricter one would have done, activates it, takes it back.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createEngine,
  type Engine,
  readSqlite,
  signAgentToken,
  simulate,
  sqliteStore,
  storedPolicies,
} from '@torii/engine';

const key = randomBytes(32).toString('hex');
const issuer = { issuer: 'me', audience: 'torii', algorithm: 'HS256', key } as const;
const identity = { issuers: [issuer] };
const bot = { agent: 'bot', owner: 'olga@example.com', session: 's1' };
const by = { author: 'olga@example.com' };
const folder = await mkdtemp(join(tmpdir(), 'torii-example-'));
const file = join(folder, 'torii.db');
const credential = await signAgentToken({ ...issuer, ...bot, expiresInSeconds: 60 });
const order = (engine: Engine, item: string, price: string) =>
  engine.guard({ credential, framework: 'example', tool: 'order', arguments: { item }, price }, () => item);

// A first policy, in shadow: every call runs, and the journal says which would have been denied.
const first = [{ id: 'orders', budgets: [{ scope: 'call', window: 'call', limit: '10.00 USD' }] }];
const watching = await createEngine({
  policies: storedPolicies(first),
  store: sqliteStore(file),
  identity,
  mode: 'shadow',
});
for (const [item, price] of [
  ['pen', '2.00 USD'],
  ['book', '9.00 USD'],
  ['desk', '90.00 USD'],
] as const)
  assert.equal((await order(watching, item, price)).kind, 'done');
const shadowed = await watching.journal.entries({ types: ['call.shadowed'] });
assert.deepEqual(
  shadowed.map(({ facts }) => facts['code']),
  ['PRICE_ABOVE_CAP'],
);
console.log(`SHADOW    3 calls ran, ${shadowed.length} would have been denied: PRICE_ABOVE_CAP`);
await watching.close();

// What would a stricter policy have done with these calls?
const budgets = [{ scope: 'agent', window: 'day', limit: '20.00 USD' }];
const approvals = [{ when: { above: '5.00 USD' }, approvers: ['ada@example.com'] }];
const draft = [{ id: 'orders', version: 2, budgets, approvals }];
const journal = await readSqlite(file);
const simulation = await simulate({ policies: draft, journal });
await journal.close();
assert.deepEqual(simulation.changed, { 'allow → approve': 1, 'deny → deny': 1 });
assert.deepEqual(simulation.money.saved, ['9.00 USD']);
console.log(`SIMULATED ${JSON.stringify(simulation.changed)}, saved ${simulation.money.saved.join()}`);

// Now the first policy is enforced. The draft decides, as it says it would; and then the one before does again.
const torii = await createEngine({ policies: storedPolicies(first), store: sqliteStore(file), identity });
const { number } = await torii.policies.save(draft, { ...by, note: 'ask for what is expensive' });
const changes = await torii.policies.diff(1, number);
assert.deepEqual(
  changes.map(({ path }) => path),
  ['approvals', 'budgets[0].limit', 'budgets[0].scope', 'budgets[0].window', 'version'],
);
await torii.policies.activate(number, by);
const asked = await order(torii, 'lamp', '6.00 USD');
assert.equal(asked.kind, 'waiting');
console.log(`ACTIVATED revision ${number}: 6.00 USD is ${asked.kind}`);

const back = await torii.policies.rollBack({ ...by, note: 'nobody is there to ask' });
assert.equal(back.number, 1);
const again = await order(torii, 'chair', '6.00 USD');
assert.equal(again.kind, 'done');
console.log(`BACK      to revision ${back.number}: 6.00 USD is ${again.kind}`);

const types = ['policies.saved', 'policies.activated'] as const;
const entries = await torii.journal.entries({ types });
assert.deepEqual(
  entries.map(({ type, facts }) => [type, facts['revision']]),
  [
    ['policies.saved', 1],
    ['policies.activated', 1],
    ['policies.saved', 2],
    ['policies.activated', 2],
    ['policies.activated', 1],
  ],
);
assert.equal((await torii.journal.verify()).kind, 'intact');
await torii.close();
await rm(folder, { recursive: true });
