import { assetTable } from '../nouns/asset.ts';
import type { Call } from '../nouns/call.ts';
import type { Decision } from '../nouns/decision.ts';
import { denialCodes } from '../nouns/denial.ts';
import { compilePolicies } from './compile.ts';
import { decide } from './decide.ts';

const USDC = 'eip155:8453/erc20:0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913';
const EURC = 'eip155:8453/erc20:0x60a3E35Cc302bFA44Cb288Bc5a4F316Fdb1adb42';
const WETH = 'eip155:8453/erc20:0x4200000000000000000000000000000000000006';
const assets = assetTable([
  { asset: USDC, currency: 'USD', decimals: 6 },
  { asset: EURC, currency: 'USD', decimals: 6, rate: '1.1' },
  { asset: EURC, currency: 'EUR', decimals: 6 },
]);

type Change = Omit<Partial<Call>, 'principal'> & { readonly principal?: Partial<Call['principal']> };

/** A call of 0.12 USD to `web_search` by `coding-agent-01`, with changes. */
function call({ principal, ...changes }: Change = {}): Call {
  return {
    id: 'call_1',
    fingerprint: undefined,
    framework: 'test',
    definition: undefined,
    arguments: '{}',
    tool: 'web_search',
    price: { units: 120_000n, asset: 'USD/6' },
    requestHash: '0',
    ...changes,
    principal: {
      agent: 'coding-agent-01',
      owner: 'asmit@example.com',
      session: 's1',
      issuer: 'https://i.example',
      ...principal,
    },
  };
}

const usd = (units: bigint): Change => ({ price: { units, asset: 'USD/6' } });
const of = (units: bigint, asset: string): Change => ({ price: { units, asset } });
const at = (tool: string): Change => ({ tool });
const by = (principal: Partial<Call['principal']>): Change => ({ principal });

const open = { id: 'open' };
const cap = (limit: string, more: object = {}) => ({
  id: 'cap',
  budgets: [{ scope: 'call', window: 'call', limit, ...more }],
});
const daily = (limit: string, more: object = {}) => ({
  id: 'daily',
  budgets: [{ scope: 'agent', window: 'day', limit, ...more }],
});
const asks = (when: unknown) => ({ id: 'asks', approvals: [{ when, approvers: ['admin@example.com'] }] });
const tools = (lists: object, id = 'tools') => ({ id, tools: lists });
const match = (who: object, id = 'match') => ({ id, match: who });

function decideBy(documents: readonly unknown[], change: Change = {}): Decision {
  return decide(call(change), compilePolicies(documents, assets));
}

function nameOf(decision: Decision): string {
  return decision.kind === 'deny' ? decision.denial.code : decision.kind;
}

const someone = ['coding-*', 'other'];
const rows: readonly [why: string, documents: readonly unknown[], change: Change, outcome: string][] = [
  ['an agent without a name is nobody', [open], by({ agent: '' }), 'IDENTITY_INVALID'],
  ['an agent that is no text is nobody', [open], by({ agent: 5 as never }), 'IDENTITY_INVALID'],
  ['an agent of 256 characters is somebody', [open], by({ agent: 'a'.repeat(256) }), 'allow'],
  ['one of 257 is not', [open], by({ agent: 'a'.repeat(257) }), 'IDENTITY_INVALID'],
  ['a call without an owner has no identity', [open], by({ owner: undefined as never }), 'IDENTITY_INVALID'],
  ['identity comes before the tool', [open], { tool: '', principal: { session: '' } }, 'IDENTITY_INVALID'],

  ['a tool without a name', [open], at(''), 'TOOL_NAME_INVALID'],
  ['a tool with a newline', [open], at('web_search\n'), 'TOOL_NAME_INVALID'],
  ['a tool with a space', [open], at('web_search '), 'TOOL_NAME_INVALID'],
  ['a tool with a zero-width space', [open], at('web\u200b_search'), 'TOOL_NAME_INVALID'],
  ['a tool with NUL', [open], at('web_search\0'), 'TOOL_NAME_INVALID'],
  ['a Cyrillic letter', [tools({ deny: ['crypto_*'] })], at('сrypto_trading'), 'TOOL_NAME_INVALID'],
  ['a full-width letter', [tools({ deny: ['crypto_*'] })], at('ｃrypto_trading'), 'TOOL_NAME_INVALID'],
  ['a dotless i', [open], at('gıthub_api'), 'TOOL_NAME_INVALID'],
  ['a way out of the folder', [open], at('github/../admin'), 'TOOL_NAME_INVALID'],
  ['an empty segment', [open], at('github//admin'), 'TOOL_NAME_INVALID'],
  ['a tool of 128 characters', [open], at('a'.repeat(128)), 'allow'],
  ['a tool of 129 characters', [open], at('a'.repeat(129)), 'TOOL_NAME_INVALID'],
  ['a tool of 10,000 characters', [open], at('a'.repeat(10_000)), 'TOOL_NAME_INVALID'],
  ['a tool that is no text', [open], at(['web_search'] as never), 'TOOL_NAME_INVALID'],

  ['a negative price', [open], usd(-1n), 'PRICE_UNKNOWN'],
  ['a price beyond the largest amount', [open], usd(2n ** 53n), 'PRICE_UNKNOWN'],
  ['a price that is a number', [open], usd(5 as never), 'PRICE_UNKNOWN'],
  ['a price that is text', [open], usd('5' as never), 'PRICE_UNKNOWN'],
  ['no price', [open], { price: undefined as never }, 'PRICE_UNKNOWN'],
  ['a price of no asset', [open], of(1n, undefined as never), 'PRICE_UNKNOWN'],

  ['no policy at all', [], {}, 'NO_POLICY'],
  ['a disabled policy', [{ ...open, enabled: false }], {}, 'NO_POLICY'],
  ['an empty list of agents', [match({ agents: [] })], {}, 'NO_POLICY'],
  ['an empty list of owners', [match({ owners: [] })], {}, 'NO_POLICY'],
  ['no agents, though the owner fits', [match({ agents: [], owners: ['**'] })], {}, 'NO_POLICY'],
  ['another agent', [match({ agents: ['coding-agent-02'] })], {}, 'NO_POLICY'],
  ['the start of the agent', [match({ agents: ['coding-agent-0'] })], {}, 'NO_POLICY'],
  ['the agent in capitals', [match({ agents: ['CODING-*'] })], {}, 'NO_POLICY'],
  ['another owner', [match({ owners: ['*@example.org'] })], {}, 'NO_POLICY'],
  ['the right agent of another owner', [match({ agents: someone, owners: ['x@*'] })], {}, 'NO_POLICY'],
  [
    'the right owner of another agent',
    [match({ agents: ['x'], owners: ['*@example.com'] })],
    {},
    'NO_POLICY',
  ],
  ['the agent by its name', [match({ agents: ['coding-agent-01'] })], {}, 'allow'],
  ['the agent by a pattern', [match({ agents: ['other', 'coding-*'] })], {}, 'allow'],
  ['the owner by a pattern', [match({ owners: ['*@example.com'] })], {}, 'allow'],
  ['a star over slashes in an agent', [match({ agents: ['a*z'] })], by({ agent: 'a/b/z' }), 'allow'],
  ['agent and owner', [match({ agents: someone, owners: ['asmit@*'] })], {}, 'allow'],
  ['an empty match', [match({})], {}, 'allow'],
  ['no match', [open], {}, 'allow'],
  ['one of two policies', [match({ agents: ['x'] }, 'a'), match({ owners: ['asmit@*'] }, 'b')], {}, 'allow'],

  ['a denied name', [tools({ deny: ['web_search'] })], {}, 'TOOL_DENIED'],
  ['a denied pattern', [tools({ deny: ['crypto_*'] })], at('crypto_trading'), 'TOOL_DENIED'],
  ['deny beats allow', [tools({ allow: ['web_search'], deny: ['web_search'] })], {}, 'TOOL_DENIED'],
  ['deny beats a closer allow', [tools({ allow: ['web_search'], deny: ['**'] })], {}, 'TOOL_DENIED'],
  ['any policy may deny', [open, tools({ deny: ['web_*'] })], {}, 'TOOL_DENIED'],
  ['one star is one segment', [tools({ deny: ['github*'] })], at('github/delete'), 'allow'],
  ['two stars are all of them', [tools({ deny: ['github**'] })], at('github/delete'), 'TOOL_DENIED'],
  ['case counts in a deny list', [tools({ deny: ['crypto_*'] })], at('CRYPTO_trading'), 'allow'],
  [
    'a name of the language can be denied',
    [tools({ deny: ['constructor'] })],
    at('constructor'),
    'TOOL_DENIED',
  ],
  ['an empty deny list', [tools({ deny: [] })], {}, 'allow'],
  ['denied rather than not allowed', [tools({ allow: ['a'], deny: ['web_search'] })], {}, 'TOOL_DENIED'],
  ['denied rather than too dear', [cap('0.01 USD'), tools({ deny: ['*'] })], {}, 'TOOL_DENIED'],

  ['an empty allow list', [tools({ allow: [] })], {}, 'TOOL_NOT_ALLOWED'],
  ['another name', [tools({ allow: ['web_fetch'] })], {}, 'TOOL_NOT_ALLOWED'],
  ['the start of a name', [tools({ allow: ['web_searc'] })], {}, 'TOOL_NOT_ALLOWED'],
  ['case counts in an allow list', [tools({ allow: ['web_search'] })], at('Web_Search'), 'TOOL_NOT_ALLOWED'],
  ['a slash does not fit one star', [tools({ allow: ['web_*'] })], at('web_x/rm'), 'TOOL_NOT_ALLOWED'],
  ['the server counts', [tools({ allow: ['a/search'] })], at('b/search'), 'TOOL_NOT_ALLOWED'],
  ['`__proto__` is a name', [tools({ allow: ['web_search'] })], at('__proto__'), 'TOOL_NOT_ALLOWED'],
  ['`constructor` is a name', [tools({ allow: ['web_search'] })], at('constructor'), 'TOOL_NOT_ALLOWED'],
  ['`toString` is a name', [tools({ allow: ['web_search'] })], at('toString'), 'TOOL_NOT_ALLOWED'],
  [
    'every policy must allow',
    [tools({ allow: ['*'] }, 'a'), tools({ allow: ['x'] }, 'b')],
    {},
    'TOOL_NOT_ALLOWED',
  ],
  [
    'disjoint lists allow nothing',
    [tools({ allow: ['web_search'] }, 'a'), tools({ allow: ['x'] }, 'b')],
    at('x'),
    'TOOL_NOT_ALLOWED',
  ],
  ['not allowed rather than unknown', [daily('1 EUR'), tools({ allow: [] })], {}, 'TOOL_NOT_ALLOWED'],
  ['an allowed name', [tools({ allow: ['web_search'] })], {}, 'allow'],
  ['an allowed pattern', [tools({ allow: ['github/**'] })], at('github/issues/create'), 'allow'],
  ['a missing allow list', [tools({})], {}, 'allow'],

  ['a token that counts as nothing', [daily('1 USD')], of(1n, WETH), 'ASSET_UNKNOWN'],
  ['even for nothing', [daily('1 USD')], of(0n, WETH), 'ASSET_UNKNOWN'],
  ['a token by another case of its address', [daily('1 USD')], of(1n, USDC.toLowerCase()), 'ASSET_UNKNOWN'],
  ['a currency that the budget is not in', [daily('1 EUR')], {}, 'ASSET_UNKNOWN'],
  ['a currency that the cap is not in', [cap('1 EUR')], {}, 'ASSET_UNKNOWN'],
  ['a currency that the threshold is not in', [asks({ above: '1 EUR' })], {}, 'ASSET_UNKNOWN'],
  ['an asset that is not shaped as one', [daily('1 USD')], of(1n, '__proto__'), 'ASSET_UNKNOWN'],
  ['a budget of other tools does not care', [daily('1 EUR', { tools: ['deploy'] })], {}, 'allow'],
  ['a threshold of other tools does not care', [asks({ above: '1 EUR', tools: ['deploy'] })], {}, 'allow'],
  ['without budgets the asset does not matter', [open], of(1n, WETH), 'allow'],
  ['unknown rather than too dear', [cap('0.01 USD'), daily('1 EUR')], {}, 'ASSET_UNKNOWN'],

  ['one micro-unit below the cap', [cap('0.50 USD')], usd(499_999n), 'allow'],
  ['equal to the cap', [cap('0.50 USD')], usd(500_000n), 'allow'],
  ['one micro-unit above the cap', [cap('0.50 USD')], usd(500_001n), 'PRICE_ABOVE_CAP'],
  ['nothing under a cap of nothing', [cap('0 USD')], usd(0n), 'allow'],
  ['one micro-unit under a cap of nothing', [cap('0 USD')], usd(1n), 'PRICE_ABOVE_CAP'],
  ['the largest amount', [cap('9007199254.740991 USD')], usd(2n ** 53n - 1n), 'allow'],
  ['cents that equal the cap', [cap('0.50 USD')], of(50n, 'USD/2'), 'allow'],
  ['a cent more', [cap('0.50 USD')], of(51n, 'USD/2'), 'PRICE_ABOVE_CAP'],
  ['a token that equals the cap', [cap('0.50 USD')], of(500_000n, USDC), 'allow'],
  ['a token one unit above', [cap('0.50 USD')], of(500_001n, USDC), 'PRICE_ABOVE_CAP'],
  ['a rate that just fits', [cap('0.50 USD')], of(454_545n, EURC), 'allow'],
  ['a rate is rounded against the caller', [cap('0.50 USD')], of(454_546n, EURC), 'PRICE_ABOVE_CAP'],
  ['the same token under another currency', [cap('0.50 EUR')], of(500_000n, EURC), 'allow'],
  ['a cap of this tool', [cap('0.10 USD', { tools: ['web_*'] })], {}, 'PRICE_ABOVE_CAP'],
  ['a cap of another tool', [cap('0.10 USD', { tools: ['deploy'] })], {}, 'allow'],
  ['the lower of two caps', [cap('1 USD'), { ...cap('0.10 USD'), id: 'b' }], {}, 'PRICE_ABOVE_CAP'],
  ['too dear rather than approved', [cap('0.10 USD'), asks('always')], {}, 'PRICE_ABOVE_CAP'],
  ['a day budget is not judged here', [daily('0.01 USD')], {}, 'allow'],

  ['one micro-unit below the threshold', [asks({ above: '1 USD' })], usd(999_999n), 'allow'],
  ['equal to the threshold', [asks({ above: '1 USD' })], usd(1_000_000n), 'allow'],
  ['one micro-unit above the threshold', [asks({ above: '1 USD' })], usd(1_000_001n), 'approve'],
  ['a threshold of nothing, for nothing', [asks({ above: '0 USD' })], usd(0n), 'allow'],
  ['a threshold of nothing, for a micro-unit', [asks({ above: '0 USD' })], usd(1n), 'approve'],
  ['a tool that needs approval', [asks({ tools: ['deploy/*'] })], at('deploy/prod'), 'approve'],
  ['a tool that does not', [asks({ tools: ['deploy/*'] })], {}, 'allow'],
  ['tool and price', [asks({ tools: ['web_*'], above: '0.10 USD' })], {}, 'approve'],
  ['the tool without the price', [asks({ tools: ['web_*'], above: '0.12 USD' })], {}, 'allow'],
  ['the price without the tool', [asks({ tools: ['deploy'], above: '0.10 USD' })], {}, 'allow'],
  ['always', [asks('always')], usd(0n), 'approve'],
  ['approve beats allow', [open, asks('always')], {}, 'approve'],
  ['deny beats approve', [asks('always'), tools({ deny: ['*'] })], {}, 'TOOL_DENIED'],
];

test.each(rows)('%s', (_why, documents, change, outcome) => {
  expect(nameOf(decideBy(documents, change))).toBe(outcome);
});

test('the table is long, and its refusals stand in the order of the codes', () => {
  const order = rows
    .map(([, , , outcome]) => denialCodes.indexOf(outcome as never))
    .filter((index) => index >= 0);
  const firsts = [...new Set(order)];

  expect(rows.length).toBeGreaterThanOrEqual(60);
  expect(firsts).toEqual([...firsts].sort((a, b) => a - b));
});

test.each([
  null,
  undefined,
  5,
  'call',
  [],
  {},
  { principal: null },
  { principal: [] },
  { principal: { agent: 'a' } },
])('%j is no call and is denied', (value) => {
  expect(decide(value as never, compilePolicies([open], assets))).toMatchObject({
    kind: 'deny',
    policies: [],
  });
});

test('a denial keeps every reason of every policy, with its place, value and limit', () => {
  const strict = {
    id: 'strict',
    tools: { allow: ['code_executor', 'github_api'], deny: ['x', 'web_*'] },
    budgets: [
      { scope: 'agent', window: 'day', limit: '1 EUR' },
      { scope: 'call', window: 'call', limit: '0.10 USD' },
    ],
  };
  const decision = decideBy([cap('0.05 USD'), strict, open]);

  expect(decision).toMatchObject({
    kind: 'deny',
    policies: [{ id: 'cap' }, { id: 'strict' }, { id: 'open' }],
  });
  expect(decision.kind === 'deny' ? decision.denial : undefined).toEqual({
    kind: 'denied',
    code: 'TOOL_DENIED',
    message: 'policy `strict` denies `web_search` by `web_*`',
    callId: 'call_1',
    reasons: [
      {
        code: 'TOOL_DENIED',
        message: 'policy `strict` denies `web_search` by `web_*`',
        policy: 'strict',
        clause: 'tools.deny[1]',
        value: 'web_search',
        limit: 'not `web_*`',
      },
      {
        code: 'TOOL_NOT_ALLOWED',
        message: 'policy `strict` does not allow `web_search`; it allows `code_executor`, `github_api`',
        policy: 'strict',
        clause: 'tools.allow',
        value: 'web_search',
        limit: '`code_executor`, `github_api`',
      },
      {
        code: 'ASSET_UNKNOWN',
        message: '`USD/6` does not count as EUR, which policy `strict` limits',
        policy: 'strict',
        clause: 'budgets[0]',
        value: 'USD/6',
        limit: 'an asset that counts as EUR',
      },
      {
        code: 'PRICE_ABOVE_CAP',
        message: '`web_search` costs 0.12 USD; policy `cap` lets one call cost at most 0.05 USD',
        policy: 'cap',
        clause: 'budgets[0]',
        value: '0.12 USD',
        limit: '0.05 USD',
      },
      {
        code: 'PRICE_ABOVE_CAP',
        message: '`web_search` costs 0.12 USD; policy `strict` lets one call cost at most 0.10 USD',
        policy: 'strict',
        clause: 'budgets[1]',
        value: '0.12 USD',
        limit: '0.10 USD',
      },
    ],
  });
});

test('no policy says whom it looked for', () => {
  expect(decideBy([])).toMatchObject({
    denial: { message: 'no policy matches agent `coding-agent-01` of owner `asmit@example.com`' },
  });
});

test('an allowance demands every budget and rate of every matching policy, and no cap', () => {
  const first = {
    id: 'first',
    budgets: [
      { scope: 'call', window: 'call', limit: '0.50 USD' },
      { scope: 'session', window: 'lifetime', limit: '5 USD' },
      { scope: 'owner', window: 'day', limit: '20 USD', tools: ['web_*'] },
      { scope: 'owner', window: 'hour', limit: '2 USD', tools: ['deploy'] },
    ],
    rates: [
      { scope: 'agent', limit: 10, per: 'minute' },
      { scope: 'agent', limit: 1, per: 'hour', tools: ['deploy'] },
    ],
  };
  const decision = decideBy(
    [first, daily('9 EUR'), { id: 'off', enabled: false, rates: first.rates }],
    of(1n, EURC),
  );

  expect(decision).toMatchObject({
    kind: 'allow',
    policies: [{ id: 'first' }, { id: 'daily' }],
    approvals: [],
  });
  if (decision.kind === 'deny') throw new Error('expected an allowance');
  expect(
    decision.budgets.map(({ policy, clause, scope, window, currency, limit, amount }) => [
      policy,
      clause,
      scope,
      window,
      currency,
      limit,
      amount,
    ]),
  ).toEqual([
    ['first', 'budgets[1]', 'session', 'lifetime', 'USD', 5_000_000n, 2n],
    ['first', 'budgets[2]', 'owner', 'day', 'USD', 20_000_000n, 2n],
    ['daily', 'budgets[0]', 'agent', 'day', 'EUR', 9_000_000n, 1n],
  ]);
  expect(decision.rates).toEqual([
    {
      key: expect.any(String),
      policy: 'first',
      clause: 'rates[0]',
      scope: 'agent',
      per: 'minute',
      limit: 10,
    },
  ]);
});

test.each`
  when                                      | reason
  ${{ above: '0.10 USD' }}                  | ${'0.12 USD is above 0.10 USD'}
  ${{ tools: ['web_*', 'x'] }}              | ${'`web_search` is one of `web_*`, `x`'}
  ${{ tools: ['web_*'], above: '0.1 USD' }} | ${'`web_search` is one of `web_*` and 0.12 USD is above 0.10 USD'}
  ${'always'}                               | ${'policy `asks` asks for every call'}
`('an approval says why: $reason', ({ when, reason }) => {
  const decision = decideBy([asks(when)]);

  expect(decision).toMatchObject({
    kind: 'approve',
    approvals: [
      {
        policy: 'asks',
        clause: 'approvals[0]',
        reason,
        require: 1,
        approvers: ['admin@example.com'],
        expiresInMs: 3_600_000,
      },
    ],
  });
});

test('every approval of every policy is demanded, its approvers counted once', () => {
  const approvers = ['a@b', 'c@d', 'a@b'];
  const two = { id: 'two', approvals: [{ when: 'always', approvers, require: 2, expiresIn: '7d' }] };
  const decision = decideBy([asks('always'), two]);

  expect(decision).toMatchObject({
    approvals: [
      { policy: 'asks' },
      { policy: 'two', require: 2, approvers: ['a@b', 'c@d'], expiresInMs: 604_800_000 },
    ],
  });
});

test('policies are named in the order of the documents, however they were found', () => {
  const documents = [
    match({ owners: ['asmit@*'] }, 'a'),
    match({ agents: ['coding-*'] }, 'b'),
    match({}, 'c'),
    match({ owners: ['asmit@example.com'] }, 'd'),
    match({ agents: ['coding-agent-01'], owners: ['asmit@*'] }, 'e'),
  ];

  expect(decideBy(documents).policies.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd', 'e']);
});
