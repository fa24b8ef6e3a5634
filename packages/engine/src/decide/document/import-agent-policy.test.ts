import type { Call } from '../../nouns/call.ts';
import { assetTable } from '../../nouns/asset.ts';
import { money } from '../../nouns/money.ts';
import { compilePolicies } from '../compile.ts';
import { decide } from '../decide.ts';
import { importAgentPolicy } from './import-agent-policy.ts';

// The example of the dialect's own page, to the letter.
// prettier-ignore
const example = { "agentId": "coding-agent-01", "owner": "asmit@example.com", "budget": { "sessionLimitCents": 500, // $5 max per session
  "maxPerCallCents": 50, // $0.50 max per call
  "dailyLimitCents": 2000 // $20 max per day
  }, "tools": { "allowlist": [ "web_search", "code_executor", "github_api" ], "blocklist": [ "crypto_trading" // never
  ] }, "rateLimit": { "callsPerMinute": 10, "callsPerHour": 200 } };

function call(tool: string, price: string, agent = 'coding-agent-01'): Call {
  const principal = { agent, owner: 'asmit@example.com', session: 's1', issuer: 'https://issuer.example' };
  const rest = { id: 'call_1', fingerprint: undefined, framework: 'test', definition: undefined };
  return { ...rest, principal, tool, arguments: '{}', price: money(price), requestHash: '0' };
}

function refusal(document: unknown): string {
  try {
    importAgentPolicy(document);
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
}

test('the example becomes one of our documents', () => {
  expect(importAgentPolicy(example)).toEqual({
    id: 'coding-agent-01',
    match: { agents: ['coding-agent-01'], owners: ['asmit@example.com'] },
    tools: { allow: ['web_search', 'code_executor', 'github_api'], deny: ['crypto_trading'] },
    budgets: [
      { scope: 'call', window: 'call', limit: '0.50 USD' },
      { scope: 'session', window: 'lifetime', limit: '5.00 USD' },
      { scope: 'agent', window: 'day', limit: '20.00 USD' },
    ],
    rates: [
      { scope: 'agent', limit: 10, per: 'minute' },
      { scope: 'agent', limit: 200, per: 'hour' },
    ],
  });
});

test.each`
  tool                | price             | outcome
  ${'web_search'}     | ${'0.12 USD'}     | ${'allow'}
  ${'web_search'}     | ${'0.50 USD'}     | ${'allow'}
  ${'web_search'}     | ${'0.500001 USD'} | ${'PRICE_ABOVE_CAP'}
  ${'crypto_trading'} | ${'0.01 USD'}     | ${'TOOL_DENIED'}
  ${'send_email'}     | ${'0.01 USD'}     | ${'TOOL_NOT_ALLOWED'}
`('under the example, $tool at $price is $outcome', ({ tool, price, outcome }) => {
  const policies = compilePolicies([importAgentPolicy(example)], assetTable([]));
  const decision = decide(call(tool, price), policies);

  expect(decision.kind === 'deny' ? decision.denial.code : decision.kind).toBe(outcome);
});

test('the example concerns no other agent', () => {
  const policies = compilePolicies([importAgentPolicy(example)], assetTable([]));

  expect(decide(call('web_search', '0.12 USD', 'coding-agent-011'), policies)).toMatchObject({
    denial: { code: 'NO_POLICY' },
  });
});

test('an empty allow list stays one that allows nothing, and a missing one restricts nothing', () => {
  const { tools: _, ...open } = example;

  expect(importAgentPolicy({ ...example, tools: { allowlist: [] } }).tools).toEqual({ allow: [] });
  expect(importAgentPolicy(open).tools).toEqual({});
});

test.each`
  change                                              | message
  ${{ budgets: {} }}                                  | ${'budgets: unknown key, expected one of `agentId`, `owner`, `budget`, `tools`, `rateLimit`'}
  ${{ budget: { sessionLimit: 5 } }}                  | ${'budget.sessionLimit: unknown key, expected one of `sessionLimitCents`, `maxPerCallCents`, `dailyLimitCents`'}
  ${{ tools: { allowList: [] } }}                     | ${'tools.allowList: unknown key'}
  ${{ rateLimit: { callsPerDay: 1 } }}                | ${'rateLimit.callsPerDay: unknown key'}
  ${{ agentId: undefined }}                           | ${'agentId: expected an agent id of 1 to 128 letters, digits and `_.:@/-`, got nothing'}
  ${{ agentId: '*' }}                                 | ${'agentId: expected'}
  ${{ agentId: 'coding-*' }}                          | ${'agentId: expected'}
  ${{ owner: '*@example.com' }}                       | ${'owner: expected an owner'}
  ${{ owner: undefined }}                             | ${'owner: expected an owner'}
  ${{ budget: undefined }}                            | ${'budget: expected an object'}
  ${{ budget: { maxPerCallCents: '50' } }}            | ${'budget.maxPerCallCents: expected a whole number from 0 to 900719925474, got `50`'}
  ${{ budget: { maxPerCallCents: -1 } }}              | ${'budget.maxPerCallCents: expected'}
  ${{ budget: { maxPerCallCents: 0.5 } }}             | ${'budget.maxPerCallCents: expected'}
  ${{ budget: { maxPerCallCents: Number.NaN } }}      | ${'budget.maxPerCallCents: expected'}
  ${{ budget: { maxPerCallCents: Infinity } }}        | ${'budget.maxPerCallCents: expected'}
  ${{ budget: { maxPerCallCents: 2 ** 53 } }}         | ${'budget.maxPerCallCents: expected'}
  ${{ budget: { maxPerCallCents: 900_719_925_475 } }} | ${'budget.maxPerCallCents: expected'}
  ${{ budget: { dailyLimitCents: null } }}            | ${'budget.dailyLimitCents: expected'}
  ${{ budget: { dailyLimitCents: undefined } }}       | ${'budget.dailyLimitCents: expected'}
  ${{ tools: { allowlist: ['web_*'] } }}              | ${'tools.allowlist[0]: expected a tool name, got `web_*`'}
  ${{ tools: { blocklist: 'crypto' } }}               | ${'tools.blocklist: expected a list'}
  ${{ rateLimit: { callsPerMinute: 1.5 } }}           | ${'rateLimit.callsPerMinute: expected'}
`('$change is refused', ({ change, message }) => {
  expect(refusal({ ...example, ...change })).toContain(`:\n${message}`);
});

test('something that is no document at all is refused', () => {
  expect(refusal(null)).toContain('document: expected an object of `agentId`');
  expect(refusal(JSON.parse('{"__proto__": {"agentId": "a", "owner": "b"}}'))).toContain(
    '__proto__: unknown key',
  );
});

test('a document of another dialect is not taken silently', () => {
  expect(() => compilePolicies([example], assetTable([]))).toThrow('policies[0].agentId: unknown key');
});

test('the largest amount of cents is exact', () => {
  const { budgets } = importAgentPolicy({ ...example, budget: { dailyLimitCents: 900_719_925_474 } });

  expect(budgets).toEqual([{ scope: 'agent', window: 'day', limit: '9007199254.74 USD' }]);
  expect(() => compilePolicies([importAgentPolicy(example)], assetTable([]))).not.toThrow();
});
