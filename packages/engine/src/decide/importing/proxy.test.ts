import { assetTable } from '../../nouns/asset.ts';
import { parseJson } from '../../nouns/strict-json.ts';
import { compilePolicies } from '../compile.ts';
import { compiled, refusal, said } from './decisions.test-support.ts';
import { importProxyPolicy } from './proxy.ts';

// The example of the dialect's own page, to the letter but for its comments.
// prettier-ignore
const example = { "agentId": "coding-agent-01", "owner": "asmit@example.com", "budget": { "sessionLimitCents": 500, "maxPerCallCents": 50, "dailyLimitCents": 2000 }, "tools": { "allowlist": [ "web_search", "code_executor", "github_api" ], "blocklist": [ "crypto_trading" ] }, "rateLimit": { "callsPerMinute": 10, "callsPerHour": 200 } };

test('the example becomes one of our documents', () => {
  expect(importProxyPolicy(example)).toEqual({
    remarks: [],
    policies: [
      {
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
      },
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
  const asked = { agent: 'coding-agent-01', owner: 'asmit@example.com', tool, price };

  expect(said(compiled(importProxyPolicy(example)), asked)).toBe(outcome);
});

test.each`
  agent                 | owner
  ${'coding-agent-011'} | ${'asmit@example.com'}
  ${'coding-agent-01'}  | ${'somebody@example.com'}
`('the example does not concern $agent of $owner', ({ agent, owner }) => {
  const asked = { agent, owner, tool: 'web_search', price: '0.12 USD' };

  expect(said(compiled(importProxyPolicy(example)), asked)).toBe('NO_POLICY');
});

test('an empty allow list stays one that allows nothing, and a missing one restricts nothing', () => {
  const { tools: _, ...open } = example;

  const empty = importProxyPolicy({ ...example, tools: { allowlist: [] } });

  expect(empty.policies[0]?.tools).toEqual({ allow: [] });
  expect(importProxyPolicy(open).policies[0]?.tools).toEqual({});
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
  expect(refusal(() => importProxyPolicy({ ...example, ...change }))).toContain(`:\n${message}`);
});

test.each`
  text                                                                                           | message
  ${`// Whose it is\n${JSON.stringify(example)}`}                                                | ${'line 1: expected'}
  ${JSON.stringify(example).replace('500,', '500, // five dollars\n')}                           | ${'line 1, `budget`: expected a key in double quotes'}
  ${JSON.stringify(example, undefined, 1).replace('"crypto_trading"', '"crypto_trading" // no')} | ${'line 16, `tools.blocklist`: expected `,` or `]`'}
`('a document with comments, as the page prints it, is no JSON: $message', ({ text, message }) => {
  const written = String(text);

  expect(() => parseJson(written)).toThrow(expect.objectContaining({ code: 'JSON_INVALID' }));
  expect(() => parseJson(written)).toThrow(message);
  expect(importProxyPolicy(parseJson(written.replaceAll(/\/\/.*$/gm, '')))).toEqual(
    importProxyPolicy(example),
  );
});

test('something that is no document at all is refused', () => {
  expect(refusal(() => importProxyPolicy(null))).toContain('document: expected an object of `agentId`');
  expect(
    refusal(() => importProxyPolicy(JSON.parse('{"__proto__": {"agentId": "a", "owner": "b"}}'))),
  ).toContain('__proto__: unknown key');
});

test('a document of another dialect is not taken silently', () => {
  expect(() => compilePolicies([example], assetTable([]))).toThrow('policies[0].agentId: unknown key');
});

test('the largest amount of cents is exact', () => {
  const imported = importProxyPolicy({ ...example, budget: { dailyLimitCents: 900_719_925_474 } });

  expect(imported.policies[0]?.budgets).toEqual([
    { scope: 'agent', window: 'day', limit: '9007199254.74 USD' },
  ]);
  expect(() => compiled(imported)).not.toThrow();
});
