// An agent with a prepaid wallet delegates work: the helper spends what was set aside for it, and nothing more.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, formatCurrency, signAgentToken, sqliteStore } from '@torii/engine';
import { auditAccounts } from '@torii/engine/testing';

const key = randomBytes(32).toString('hex');
const issuer = { issuer: 'me', audience: 'torii', algorithm: 'HS256', key } as const;
const owner = 'olga@example.com';
const folder = await mkdtemp(join(tmpdir(), 'torii-example-'));
const torii = await createEngine({
  policies: [
    { id: 'planners', match: { agents: ['planner'] }, wallet: { currency: 'USD' } },
    { id: 'helpers', match: { agents: ['helper'] }, tools: { allow: ['search'] } },
  ],
  store: sqliteStore(join(folder, 'torii.db')),
  identity: { issuers: [issuer] },
});
const tokenOf = (agent: string, carveOut?: string) =>
  signAgentToken({ ...issuer, agent, owner, session: 's1', carveOut, expiresInSeconds: 60 });
const search = (credential: string, page: number, price: string) =>
  torii.guard(
    { credential, framework: 'example', tool: 'search', arguments: { page }, price },
    () => 'found',
  );
const wallet = async () => {
  const { spent, held, left } = await torii.wallets.balance({
    agent: { agent: 'planner', owner },
    currency: 'USD',
  });
  return { spent, held, left };
};

// Somebody pays in. The same invoice pays in once.
const invoice = { id: 'invoice-7', agent: { agent: 'planner', owner }, amount: '5.00 USD' };
const by = { author: 'billing@example.com', note: 'invoice 7' };
for (const first of [true, false]) {
  const paid = await torii.wallets.credit(invoice, by);
  assert(paid.kind === 'moved' && paid.first === first);
}
assert.deepEqual(await wallet(), { spent: 0n, held: 0n, left: 5_000_000n });

// The planner sets 2.00 USD aside. They are held: it cannot spend them itself any more.
const planner = await tokenOf('planner');
const opened = await torii.carveOuts.open({
  credential: planner,
  amount: '2.00 USD',
  forMs: 600_000,
  idempotencyKey: 'research-7',
});
assert(opened.kind === 'opened');
assert.deepEqual(await wallet(), { spent: 0n, held: 2_000_000n, left: 3_000_000n });
const greedy = await search(planner, 1, '3.10 USD');
assert(greedy.kind === 'denied' && greedy.code === 'WALLET_INSUFFICIENT');
console.log(`PLANNER  ${greedy.code}: ${greedy.message}`);

// The helper's token names what was set aside. Of twelve calls at once ten fit.
const helper = await tokenOf('helper', opened.id);
const outcomes = await Promise.all(Array.from({ length: 12 }, (_, page) => search(helper, page, '0.20 USD')));
assert.equal(outcomes.filter(({ kind }) => kind === 'done').length, 10);
for (const outcome of outcomes)
  assert(outcome.kind === 'done' || (outcome.kind === 'denied' && outcome.code === 'BUDGET_EXCEEDED'));
const over = outcomes.find((outcome) => outcome.kind === 'denied');
console.log(`HELPER   10 of 12 searches; then ${over?.code}: ${over?.message}`);

// A second part of the work costs less than what is set aside for it. What is left returns when it is closed.
const rest = await torii.carveOuts.open({
  credential: planner,
  amount: '1.00 USD',
  forMs: 600_000,
  idempotencyKey: 'research-8',
});
assert(rest.kind === 'opened');
assert.equal((await search(await tokenOf('helper', rest.id), 99, '0.30 USD')).kind, 'done');
for (const { id } of [opened, rest]) {
  const closed = await torii.carveOuts.close(id, 'the work is done');
  assert(closed !== undefined && closed.state === 'settled' && closed.held === 0n);
  console.log(`CLOSED   ${formatCurrency(closed.spent, 'USD')} of ${formatCurrency(closed.amount, 'USD')}`);
}
const tooLate = await search(helper, 100, '0.01 USD');
assert(tooLate.kind === 'denied' && tooLate.code === 'BUDGET_EXCEEDED');
assert.deepEqual(await wallet(), { spent: 2_300_000n, held: 0n, left: 2_700_000n });

// The journal alone says the same: nothing was made and nothing lost.
const { balances, unbalanced } = auditAccounts(await torii.journal.entries());
assert.deepEqual(unbalanced, []);
assert.deepEqual(balances, [
  { currency: 'USD', outside: -5_000_000n, wallets: 2_700_000n, spent: 2_300_000n },
]);
assert.equal((await torii.journal.verify()).kind, 'intact');
console.log('JOURNAL  5.00 USD came in: 2.30 are spent, 2.70 are left');
await torii.close();
await rm(folder, { recursive: true });
