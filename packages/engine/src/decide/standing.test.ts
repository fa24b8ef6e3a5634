import { assetTable } from '../nouns/asset.ts';
import type { Principal } from '../nouns/principal.ts';
import { walletKey } from '../nouns/wallet.ts';
import { compilePolicies } from './compile.ts';
import { decide } from './decide.ts';
import { callOf, factsOf } from './decision-table.test-support.ts';
import { standingOf } from './standing.ts';

const somebody: Principal = {
  agent: 'bot',
  owner: 'o@example.com',
  session: 's1',
  tenant: 'acme',
  issuer: 'https://i.example',
};
const policies = compilePolicies(
  [
    {
      id: 'main',
      match: { agents: ['bot', 'bot-*'] },
      tools: { allow: ['web_*'], deny: ['web_admin'] },
      budgets: [
        { scope: 'call', window: 'call', limit: '0.50 USD' },
        { scope: 'session', window: 'lifetime', limit: '5 USD' },
        { scope: 'agent', window: 'day', limit: '20 USD', tools: ['web_*'] },
        { scope: 'owner', window: 'hour', limit: '9 USD', tools: ['other'] },
      ],
      rates: [{ scope: 'agent', limit: 10, per: 'minute' }],
    },
    { id: 'open', version: 3 },
    { id: 'elsewhere', match: { agents: ['cat'] } },
    { id: 'off', enabled: false },
  ],
  assetTable([]),
);

function keys(principal: Principal): readonly string[] {
  const { budgets, rates } = standingOf(principal, policies);
  return [...budgets, ...rates].map(({ key }) => key);
}

test('a principal is shown the policies that concern it, and what they say of tools', () => {
  expect(standingOf(somebody, policies).summaries).toMatchObject([
    { id: 'main', version: 1, allow: ['web_*'], deny: ['web_admin'] },
    { id: 'open', version: 3, allow: undefined, deny: [] },
  ]);
});

test('every counted budget is there whatever its tools, charged nothing; a cap is none', () => {
  const { budgets } = standingOf(somebody, policies);

  expect(budgets.map(({ clause, limit, amount }) => [clause, limit, amount])).toEqual([
    ['budgets[1]', 5_000_000n, 0n],
    ['budgets[2]', 20_000_000n, 0n],
    ['budgets[3]', 9_000_000n, 0n],
  ]);
});

test('the keys are those of the decision', () => {
  const decision = decide(callOf({ principal: { ...somebody } }), policies, factsOf());
  if (decision.kind === 'deny') throw new Error('expected an allowance');

  const demanded = [...decision.budgets, ...decision.rates].map(({ key }) => key);
  const [session, agent, , rate] = keys(somebody);
  expect(demanded).toEqual([session, agent, rate]);
});

test('a wallet is there once, however many policies are paid from it, charged nothing', () => {
  const wallet = { currency: 'USD' };
  const set = compilePolicies(
    [
      { id: 'a', wallet },
      { id: 'b', wallet, budgets: [{ scope: 'agent', window: 'day', limit: '1 USD' }] },
      { id: 'c', wallet: { currency: 'EUR' } },
    ],
    assetTable([]),
  );

  expect(standingOf(somebody, set).budgets.map(({ key, account, amount }) => [key, account, amount])).toEqual(
    [
      [walletKey(somebody, 'USD'), 'wallet', 0n],
      [expect.stringMatching(/^\["b","agent",/), undefined, 0n],
      [walletKey(somebody, 'EUR'), 'wallet', 0n],
    ],
  );
});

test('somebody whom no policy matches stands with nothing', () => {
  const strict = compilePolicies([{ id: 'p', match: { agents: [] } }], assetTable([]));

  expect(standingOf(somebody, strict)).toEqual({ summaries: [], budgets: [], rates: [] });
});

test.each`
  other                                   | shared                          | why
  ${{ session: 's2' }}                    | ${[false, true, true, true]}    | ${'another session has its own session budget'}
  ${{ agent: 'bot-2' }}                   | ${[false, false, true, false]}  | ${'another agent of the owner shares the budget of the owner'}
  ${{ owner: 'x@example.com' }}           | ${[false, false, false, false]} | ${'the same names of another owner are somebody else'}
  ${{ tenant: 'globex' }}                 | ${[false, false, false, false]} | ${'the same names of another tenant are somebody else'}
  ${{ issuer: 'https://j.example' }}      | ${[false, false, false, false]} | ${'the same names of another issuer are somebody else'}
  ${{ agent: 'bot-"],["', session: '1' }} | ${[false, false, true, false]}  | ${'no name can be written to look like two'}
`('$other: $why', ({ other, shared }) => {
  const own = keys(somebody);
  const others = keys({ ...somebody, ...(other as Partial<Principal>) });

  expect(own.map((key, index) => key === others[index])).toEqual(shared);
});

test('a key names policy, scope, principal, window, currency and tools, and no limit', () => {
  const [session, agent, , rate] = keys(somebody);

  expect(JSON.parse(session ?? '')).toEqual([
    'main',
    'session',
    ['https://i.example', 'acme', 'o@example.com', 'bot', 's1'],
    'lifetime',
    'USD',
    null,
  ]);
  expect(JSON.parse(rate ?? '')).toEqual([
    'main',
    'agent',
    ['https://i.example', 'acme', 'o@example.com', 'bot'],
    'minute',
    null,
  ]);
  expect(JSON.parse(agent ?? '')).toEqual([
    'main',
    'agent',
    ['https://i.example', 'acme', 'o@example.com', 'bot'],
    'day',
    'USD',
    expect.stringMatching(/^[0-9a-f]{32}$/),
    'UTC',
  ]);
});

test('a changed limit, version or match keeps its key; changed tools do not', () => {
  const document = {
    id: 'p',
    budgets: [{ scope: 'agent', window: 'day', limit: '1 USD', tools: ['a', 'b'] }],
  };
  const keyOf = (changed: object) =>
    standingOf(somebody, compilePolicies([changed], assetTable([]))).budgets[0]?.key;
  const withBudget = (change: object) => ({ ...document, budgets: [{ ...document.budgets[0], ...change }] });

  expect(keyOf({ ...withBudget({ limit: '2 USD' }), version: 2, match: {} })).toBe(keyOf(document));
  expect(keyOf(withBudget({ tools: ['b', 'a', 'b'] }))).toBe(keyOf(document));
  expect(keyOf(withBudget({ tools: ['a'] }))).not.toBe(keyOf(document));
  expect(keyOf({ ...document, id: 'q' })).not.toBe(keyOf(document));
});

test('budgets of tools and merchants are of nobody on a status page', () => {
  const counted = (scope: string) => ({
    id: scope,
    budgets: [{ scope, window: 'day', limit: '1 USD' }],
    rates: [{ scope, limit: 1, per: 'hour' }],
  });
  const set = compilePolicies([counted('tool'), counted('merchant'), counted('tenant')], assetTable([]));
  const standing = standingOf(somebody, set);

  expect(standing.budgets.map(({ policy }) => policy)).toEqual(['tenant']);
  expect(standing.rates.map(({ policy }) => policy)).toEqual(['tenant']);
  expect(standing.summaries).toHaveLength(3);
});

test('policies of any framework are shown, and an heir in place of its base with the budget of the base', () => {
  const set = compilePolicies(
    [
      { id: 'base', budgets: [{ scope: 'agent', window: 'day', limit: '1 USD' }] },
      { id: 'heir', extends: 'base', match: { frameworks: ['langchain'] } },
      { id: 'twin', extends: 'base' },
      { id: 'other', match: { frameworks: ['express'], agents: ['cat'] } },
    ],
    assetTable([]),
  );
  const { summaries, budgets } = standingOf(somebody, set);

  expect(summaries.map(({ id }) => id)).toEqual(['heir', 'twin']);
  expect(budgets.map(({ key }) => key)).toEqual([
    '["base","agent",["https://i.example","acme","o@example.com","bot"],"day","USD",null,"UTC"]',
  ]);
});

test('a base that applies through other frameworks is shown beside its heir', () => {
  const budgets = [{ scope: 'agent', window: 'day', limit: '1 USD' }];
  const heir = { id: 'heir', extends: 'base', match: { frameworks: ['langchain'] }, budgets };
  const set = compilePolicies([{ id: 'base', budgets }, heir], assetTable([]));

  expect(standingOf(somebody, set).budgets.map(({ policy }) => policy)).toEqual(['base', 'heir']);
});
