// What an operator does about a call whose outcome nobody knows, and about a budget that it overran.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  createEngine,
  formatCurrency,
  formatMoney,
  memoryStore,
  OutcomeUnknownError,
  signAgentToken,
} from '@torii/engine';

const key = randomBytes(32).toString('hex');
const issuer = { issuer: 'me', audience: 'torii', algorithm: 'HS256', key } as const;
const identity = { issuers: [issuer] };
const bot = { agent: 'bot', owner: 'olga@example.com', session: 's1' };
const policy = { id: 'bots', budgets: [{ scope: 'agent', window: 'day', limit: '2.00 USD' }] };
const torii = await createEngine({ policies: [policy], store: memoryStore(), identity });
const credential = await signAgentToken({ ...issuer, ...bot, expiresInSeconds: 60 });
const order = (item: string, run: () => string) =>
  torii.guard(
    { credential, framework: 'example', tool: 'order', arguments: { item }, price: '1.50 USD' },
    run,
  );

// The reply is lost: the shop may have taken the money or not, so the hold stays.
const lost = await order('book', () => {
  throw new OutcomeUnknownError('the connection closed before the answer');
});
assert.equal(lost.kind, 'unresolved');
const [unresolved] = await torii.calls.unresolved();
assert(unresolved !== undefined && unresolved.id === lost.callId);
console.log(`UNRESOLVED  ${unresolved.tool} holds ${formatMoney(unresolved.price)}`);

// The invoice says more than was held. All of it is debited, and the budget that it overran is frozen.
const ended = await torii.calls.settle(unresolved.id, '2.30 USD', 'invoice 4711');
const [budget] = ended?.budgets ?? [];
assert(budget !== undefined && budget.frozen && budget.spent === 2_300_000n);
console.log(
  `FROZEN      spent ${formatCurrency(budget.spent, 'USD')} of ${formatCurrency(budget.limit, 'USD')}`,
);

const frozen = await order('pen', () => 'ordered');
assert(frozen.kind === 'denied' && frozen.code === 'BUDGET_FROZEN');
console.log(`DENIED      ${frozen.code}: ${frozen.message}`);

// Lifting the freeze forgives nothing: what was spent stays spent.
assert.equal(await torii.budgets.unfreeze(budget.key, 'agreed with olga'), true);
const exceeded = await order('pen', () => 'ordered');
assert(exceeded.kind === 'denied' && exceeded.code === 'BUDGET_EXCEEDED');
console.log(`DENIED      ${exceeded.code}: ${exceeded.message}`);

const verified = await torii.journal.verify();
const types = (await torii.journal.entries()).map(({ type }) => type);
assert.equal(verified.kind, 'intact');
assert(
  ['call.unresolved', 'call.settled', 'budget.frozen', 'budget.unfrozen'].every((type) =>
    types.some((found) => found === type),
  ),
);
console.log(`JOURNAL     ${verified.kind}, ${types.length} entries`);
await torii.close();
