import { fc } from '@fast-check/jest';
import { harness as open } from '../engine.test-support.ts';
import type { CallRequest } from '../nouns/call.ts';
import { OutcomeUnknownError } from '../nouns/errors.ts';
import type { Outcome } from '../nouns/outcome.ts';
import { walletKey } from '../nouns/wallet.ts';
import { simulate } from './simulate.ts';

const ADA = 'ada';
const TOKEN = 'eip155:8453/erc20:0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913';
const assets = [{ asset: TOKEN, currency: 'USD', decimals: 6 }];

const tools = ['get_page', 'publish', 'delete_all', 'shop/buy'] as const;
const pattern = fc.constantFrom(...tools, '**', '*', 'shop/*');
const patterns = fc.uniqueArray(pattern, { minLength: 1, maxLength: 3 });
const amount = fc.constantFrom('0 USD', '0.05 USD', '0.50 USD', '2 USD', '10 USD');
const scope = fc.constantFrom('session', 'agent', 'owner', 'tenant', 'tool');

const budget = fc.record({
  scope,
  window: fc.constantFrom('hour', 'day', 'week', 'lifetime', 'rolling 1h', 'rolling 36h'),
  limit: amount,
});
const rate = fc.record({
  scope,
  limit: fc.integer({ min: 0, max: 5 }),
  per: fc.constantFrom('minute', 'hour', 'day', '90s'),
});
const asking = { approvers: fc.constant([ADA]), expiresIn: fc.constantFrom('30m', '2d') };
const approval = fc.record({
  when: fc.oneof(
    fc.constant('always'),
    fc.record({ above: amount }),
    fc.record({ effects: fc.constant(['destructive']) }),
  ),
  ...asking,
});

/** Every section but `rules`. */
const sections = fc.record({
  tools: fc.oneof(fc.record({ allow: patterns }), fc.record({ deny: patterns })),
  effects: fc.constantFrom({ allow: ['read', 'mutating'] }, { overrides: { read: ['publish'] } }),
  match: fc.constantFrom({}, { agents: ['bot'] }, { sessions: ['s*'] }, { frameworks: ['test'] }),
  budgets: fc.uniqueArray(budget, { maxLength: 3, selector: (each) => `${each.scope} ${each.window}` }),
  rates: fc.uniqueArray(rate, { maxLength: 2, selector: (each) => `${each.scope} ${each.per}` }),
  cooldown: fc.constantFrom('10s', '1h'),
  schedule: fc.constant({ timezone: 'Europe/Berlin', allow: [{ from: '08:00', to: '20:00' }] }),
  approvals: fc.array(approval, { minLength: 1, maxLength: 2 }),
  sessions: fc.constant({ mode: 'read-only', elevation: { approvers: [ADA], lasts: '5m' } }),
  anomaly: fc.constantFrom({ after: 2, denialRate: 50 }, { after: 3, writeRate: 60 }),
  wallet: fc.constant({ currency: 'USD' }),
  merchants: fc.constantFrom({ allow: ['*.example'] }, { deny: ['bad.example'] }),
});
const names = ['tools', 'effects', 'match', 'budgets', 'rates', 'cooldown', 'schedule'] as const;
const others = ['approvals', 'sessions', 'anomaly', 'merchants', 'wallet', 'wallet', 'wallet'] as const;

/** A few sections each: policies of all of them would deny nearly every call. */
const document = fc
  .tuple(sections, fc.subarray([...names, ...others], { minLength: 1, maxLength: 4 }))
  .map(([all, chosen]) => Object.fromEntries(chosen.map((section) => [section, all[section]])));

const policies = fc
  .array(document, { minLength: 1, maxLength: 2 })
  .map((documents) => documents.map((each, index) => ({ id: `p${index}`, ...each })));

const price = fc.oneof(amount, fc.constant({ units: 30_000n, asset: TOKEN }), fc.constant('1 EUR'));
const step = fc.record({
  tool: fc.constantFrom(...tools),
  price,
  agent: fc.constantFrom('bot', 'other'),
  session: fc.constantFrom('s1', 's2'),
  payee: fc.constantFrom(undefined, { recipient: 'good.example' }, { recipient: 'bad.example' }),
  ends: fc.constantFrom('as priced', 'cheaper', 'dearer', 'fails', 'lost'),
  verdict: fc.constantFrom('approve', 'approve', 'deny', 'nobody'),
  moves: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('in', 'in', 'in', 'out', 'across') },
    { weight: 1, arbitrary: fc.constantFrom('revoked', 'restored', 'restored') },
  ),
  passes: fc.constantFrom(0, 0, 1_000, 61_000, 3_700_000, 86_400_000, 80 * 3_600_000),
});

type Step = typeof step extends fc.Arbitrary<infer Of> ? Of : never;
type Harness = Awaited<ReturnType<typeof open>>;

async function run(one: Harness, { ends, ...asked }: Step, nth: number): Promise<Outcome<string>> {
  const { tool, payee, agent, session } = asked;
  const credential = await one.agentTokenOf({ agent, session });
  const request: Partial<CallRequest> = {
    credential,
    tool,
    payee,
    price: asked.price,
    idempotencyKey: `k${nth}`,
  };
  const tools = {
    'as priced': () => 'ran',
    cheaper: () => 'ran',
    dearer: () => 'ran',
    fails: () => Promise.reject(new Error('down')),
    lost: () => Promise.reject(new OutcomeUnknownError('?')),
  };
  const charged = { cheaper: '0.01 USD', dearer: '3 USD' };
  const options = ends === 'cheaper' || ends === 'dearer' ? { charged: () => charged[ends] } : {};
  return one.torii.guard(one.request(request), tools[ends], options);
}

const bot = {
  issuer: 'https://issuer.example',
  tenant: 'default',
  owner: 'olga@example.com',
  agent: 'bot',
};

/** What people do between two calls. The store refuses what cannot be, and writes nothing of it. */
async function act({ store }: Harness, { moves, agent }: Step, nth: number): Promise<void> {
  const [own, other] = [agent, 'bot'].map((name) => walletKey({ ...bot, agent: name }, 'USD'));
  const movement = { id: `m${nth}`, currency: 'USD', units: 700_000n, facts: {}, from: own, to: own };
  if (moves === 'in') await store.move({ ...movement, from: undefined });
  if (moves === 'out') await store.move({ ...movement, to: undefined });
  if (moves === 'across' && own !== other) await store.move({ ...movement, to: other });
  if (moves === 'revoked') await store.revoke({ kind: 'agent', ...bot, agent }, 'odd', {});
  if (moves === 'restored') await store.restore({ kind: 'agent', ...bot, agent }, {});
}

async function take(one: Harness, asked: Step, nth: number): Promise<void> {
  await act(one, asked, nth);
  const outcome = await run(one, asked, nth);
  if (outcome.kind === 'waiting' && asked.verdict !== 'nobody') {
    const { id: approvalId, actionHash } = outcome.approval;
    const credential = await one.approverToken(ADA);
    await one.torii.approvals.decide({ credential, approvalId, verdict: asked.verdict, actionHash });
    await run(one, asked, nth);
  }
  if (asked.passes === 0) return;
  one.clock.set(one.clock.now() + asked.passes - 1_000);
  await one.clock.advance(1_000);
}

test('policies without rules, replayed against what they decided, change nothing, whatever happened', async () => {
  const tried = { calls: 0, denied: 0, asked: 0, paid: 0 };
  await fc.assert(
    fc.asyncProperty(policies, fc.array(step, { minLength: 1, maxLength: 14 }), async (documents, steps) => {
      const one = await open({ policies: documents, assets });
      for (const [nth, asked] of steps.entries()) await take(one, asked, nth);

      const result = await simulate({ policies: documents, journal: one.torii.journal, assets });
      const reserved = await one.torii.journal.entries({ types: ['call.reserved'] });
      await one.torii.close();

      tried.calls += result.calls;
      tried.paid += reserved.filter(({ facts }) =>
        JSON.stringify(facts['charges']).includes('wallet'),
      ).length;
      tried.asked += reserved.filter(({ facts }) => facts['state'] === 'waiting').length;
      tried.denied += result.calls - reserved.length;
      expect(result).toMatchObject({ same: result.calls, changed: {}, changes: [], undecidable: 0 });
      expect(result.money).toMatchObject({ simulated: result.money.spent, saved: [], added: [] });
    }),
    { numRuns: 150 },
  );
  // The runs are worth something only if much of each kind happened.
  expect(Math.min(tried.calls - tried.denied, tried.denied, tried.asked, tried.paid)).toBeGreaterThan(30);
}, 60_000);

test('whatever the draft, the calls add up and so does the money', async () => {
  await fc.assert(
    fc.asyncProperty(
      policies,
      policies,
      fc.array(step, { minLength: 1, maxLength: 14 }),
      async (documents, draft, steps) => {
        const one = await open({ policies: documents, assets });
        for (const [nth, asked] of steps.entries()) await take(one, asked, nth);

        const result = await simulate({ policies: draft, journal: one.torii.journal, assets });
        await one.torii.close();

        const { calls, same, changed, changes, money } = result;
        expect(changes).toHaveLength(Object.values(changed).reduce((sum, count) => sum + count, 0));
        expect(calls).toBe(same + changes.length);
        for (const asset of ['USD', 'EUR', TOKEN]) {
          const [spent, simulated, saved, added] = [
            money.spent,
            money.simulated,
            money.saved,
            money.added,
          ].map((texts) => unitsOf(texts, asset));
          expect(simulated).toBe((spent ?? 0n) - (saved ?? 0n) + (added ?? 0n));
        }
      },
    ),
    { numRuns: 100 },
  );
}, 60_000);

function unitsOf(texts: readonly string[], asset: string): bigint {
  const text = texts.find((each) => each.endsWith(` ${asset}`)) ?? '0.00';
  const [whole = '0', fraction = ''] = (text.split(' ')[0] ?? '').split('.');
  return BigInt(whole + fraction.padEnd(6, '0'));
}
