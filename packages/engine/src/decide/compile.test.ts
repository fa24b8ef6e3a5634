import { assetTable } from '../nouns/asset.ts';
import { canonicalJson } from '../nouns/canonical.ts';
import { sha256 } from '../nouns/digest.ts';
import { ToriiError } from '../nouns/errors.ts';
import { compilePolicies } from './compile.ts';
import { decide } from './decide.ts';
import { callOf, factsOf } from './decision-table.test-support.ts';

const assets = assetTable([]);
const example = {
  id: 'coding-agent-01',
  version: 1,
  enabled: true,
  description: 'what the coding agents may do',
  match: { agents: ['coding-*'], owners: ['*@example.com'] },
  tools: { allow: ['web_search'], deny: ['crypto_*'] },
  budgets: [
    { scope: 'call', window: 'call', limit: '0.50 USD' },
    { scope: 'session', window: 'lifetime', limit: '5.00 USD' },
    { scope: 'agent', window: 'day', limit: '20.00 USD', tools: ['web_*'] },
  ],
  rates: [
    { scope: 'agent', limit: 10, per: 'minute' },
    { scope: 'agent', limit: 200, per: 'hour' },
  ],
  approvals: [
    { when: { above: '1.00 USD' }, require: 1, approvers: ['admin@example.com'], expiresIn: '1h' },
    { when: { tools: ['deploy/*'] }, approvers: ['admin@example.com'] },
    { when: 'always', approvers: ['admin@example.com', 'owner@example.com'], require: 2 },
  ],
};

/** The problems that the error lists, or `accepted`. */
function problems(...documents: readonly unknown[]): string {
  try {
    compilePolicies(documents, assets);
  } catch (error) {
    if (ToriiError.is(error) && error.code === 'POLICY_INVALID')
      return error.message.split('\n').slice(1).join('\n');
    throw error;
  }
  return 'accepted';
}

function hashOf(document: unknown): string | undefined {
  return compilePolicies([document], assets).references[0]?.hash;
}

const budget = (change: object) => ({
  id: 'p',
  budgets: [{ scope: 'agent', window: 'day', limit: '1 USD', ...change }],
});
const rate = (change: object) => ({ id: 'p', rates: [{ scope: 'agent', per: 'hour', limit: 1, ...change }] });
const approval = (change: object) => ({
  id: 'p',
  approvals: [{ when: 'always', approvers: ['a@b'], ...change }],
});

test('the documented example is accepted', () => {
  expect(problems(example)).toBe('accepted');
});

test('a document needs no more than an id, and no document at all is accepted', () => {
  expect(problems({ id: 'p' })).toBe('accepted');
  expect(problems()).toBe('accepted');
});

test('a reference holds the hash of the document with its defaults filled in and its amounts normalized', () => {
  const written = { id: 'p', approvals: [{ when: { above: '1 USD' }, approvers: ['a@b', 'a@b'] }] };
  const asked = { when: { above: '1.00 USD' }, approvers: ['a@b', 'a@b'], require: 1, expiresIn: '1h' };
  const normal = { id: 'p', version: 1, enabled: true, approvals: [{ ...asked, escalate: [] }] };

  expect(compilePolicies([written], assets).references).toEqual([
    { id: 'p', version: 1, hash: sha256(canonicalJson(normal)) },
  ]);
  expect(hashOf({ ...normal, approvals: [asked] })).toBe(hashOf(written));
});

test('any change of meaning changes the hash, and the order of keys does not', () => {
  const reversed = Object.fromEntries(Object.entries(example).reverse());

  expect(hashOf(reversed)).toBe(hashOf(example));
  expect(hashOf({ ...example, version: 2 })).not.toBe(hashOf(example));
  expect(hashOf({ ...example, tools: { allow: [] } })).not.toBe(hashOf({ ...example, tools: {} }));
});

test('what was compiled does not change with the document it was made of, and cannot be changed', () => {
  const document = structuredClone(example);
  const policies = compilePolicies([document], assets);
  document.tools.deny.pop();

  expect(policies.references[0]?.hash).toBe(hashOf(example));
  expect(() => Object.assign(policies.references[0] ?? {}, { hash: '' })).toThrow(TypeError);
});

test('a disabled policy has no reference but is validated all the same', () => {
  expect(compilePolicies([{ id: 'p', enabled: false }], assets).references).toEqual([]);
  expect(problems({ id: 'p', enabled: false, tools: { allow: 'all' } })).toContain(
    'policies[0].tools.allow of `p`',
  );
});

test.each([
  ['-5'],
  ['1e3'],
  ['0x10'],
  [' 12'],
  ['12 '],
  [''],
  ['NaN'],
  ['Infinity'],
  ['٣'],
  ['٣ USD'],
  ['５ USD'],
  ['5'],
  ['5 usd'],
  ['5USD'],
  ['5  USD'],
  ['5 USD '],
  [' 5 USD'],
  ['5 USD\n'],
  ['5\u00a0USD'],
  ['-5 USD'],
  ['+5 USD'],
  ['05 USD'],
  ['.5 USD'],
  ['5. USD'],
  ['5,00 USD'],
  ['1,000 USD'],
  ['1_000 USD'],
  ['1e3 USD'],
  ['0x10 USD'],
  ['1.0000001 USD'],
  ['9007199254.740992 USD'],
  ['99999999999999999 USD'],
  ['$5'],
  ['USD 5'],
  ['5 US'],
  ['5 USDC'],
  ['5 UЅD'],
  ['NaN USD'],
  [5],
  [0.5],
  [-5],
  [Number.NaN],
  [Infinity],
  [2 ** 53 + 1],
  [null],
  [undefined],
  [true],
  [5n],
  [['5 USD']],
  [{ units: 5n, asset: 'USD/6' }],
  [{ toString: () => '5 USD' }],
  [Object('5 USD')],
  [new Date(0)],
])('the amount %j is refused as a budget and as a threshold', (limit) => {
  expect(problems(budget({ limit }))).toMatch(
    /^policies\[0\]\.budgets\[0\]\.limit of `p`: expected an amount such as `5.00 USD`, got /,
  );
  expect(problems(approval({ when: { above: limit } }))).toMatch(
    /^policies\[0\]\.approvals\[0\]\.when\.above of `p`: expected an amount/,
  );
});

test.each(['0 USD', '0.000001 USD', '5 USD', '0.10 EUR', '9007199254.740991 USD'])(
  'the amount %s is accepted',
  (limit) => {
    expect(problems(budget({ limit }))).toBe('accepted');
  },
);

test.each`
  document                                                     | problem
  ${{ ...example, tool: {} }}                                  | ${'policies[0].tool of `coding-agent-01`: unknown key, expected one of `$schema`, `id`, `version`, `enabled`, `description`, `extends`'}
  ${{ ...example, match: { agent: [] } }}                      | ${'policies[0].match.agent of `coding-agent-01`: unknown key, expected one of `agents`, `owners`, `tenants`, `frameworks`, `sessions`'}
  ${{ ...example, tools: { allowlist: [] } }}                  | ${'policies[0].tools.allowlist of `coding-agent-01`: unknown key, expected one of `allow`, `deny`'}
  ${budget({ currency: 'USD' })}                               | ${'policies[0].budgets[0].currency of `p`: unknown key, expected one of `scope`, `window`, `limit`, `tools`, `timezone`'}
  ${rate({ window: 'hour' })}                                  | ${'policies[0].rates[0].window of `p`: unknown key, expected one of `scope`, `limit`, `per`, `tools`, `class`'}
  ${approval({ quorum: 1 })}                                   | ${'policies[0].approvals[0].quorum of `p`: unknown key, expected one of `when`, `require`, `approvers`, `expiresIn`, `escalate`'}
  ${approval({ when: { abov: '1 USD' } })}                     | ${'policies[0].approvals[0].when.abov of `p`: unknown key, expected one of `above`, `effects`, `tools`'}
  ${approval({ when: { above: '1 USD', below: '2 USD' } })}    | ${'policies[0].approvals[0].when.below of `p`: unknown key'}
  ${{ id: 'p', 'odd key\n': 1 }}                               | ${'policies[0]["odd key\\n"] of `p`: unknown key'}
  ${JSON.parse('{"id": "p", "__proto__": {"enabled": true}}')} | ${'policies[0].__proto__ of `p`: unknown key'}
  ${{ id: 'p', constructor: 1 }}                               | ${'policies[0].constructor of `p`: unknown key'}
  ${{ id: 'p', tools: { toString: [] } }}                      | ${'policies[0].tools.toString of `p`: unknown key'}
`('an unknown key is refused with its path: $problem', ({ document, problem }) => {
  expect(problems(document)).toContain(problem);
});

test.each`
  document                                                   | problem
  ${null}                                                    | ${'policies[0]: expected an object of `$schema`, `id`'}
  ${'p'}                                                     | ${'policies[0]: expected an object'}
  ${[]}                                                      | ${'policies[0]: expected an object'}
  ${{}}                                                      | ${'policies[0].id: expected an id of 1 to 128 letters, digits and `_.:@/-`, got nothing'}
  ${{ id: '' }}                                              | ${'policies[0].id: expected an id'}
  ${{ id: 'pоlicy' }}                                        | ${'policies[0].id: expected an id'}
  ${{ id: 'p', version: 0 }}                                 | ${'policies[0].version of `p`: expected a whole number from 1'}
  ${{ id: 'p', version: '1' }}                               | ${'policies[0].version of `p`: expected a whole number'}
  ${{ id: 'p', version: undefined }}                         | ${'policies[0].version of `p`: expected a whole number'}
  ${{ id: 'p', enabled: 'false' }}                           | ${'policies[0].enabled of `p`: expected `true` or `false`, got `false`'}
  ${{ id: 'p', enabled: 0 }}                                 | ${'policies[0].enabled of `p`: expected `true` or `false`, got `0`'}
  ${{ id: 'p', description: 'x'.repeat(1001) }}              | ${'policies[0].description of `p`: expected at most 1000'}
  ${{ id: 'p', description: '\ud800' }}                      | ${'policies[0].description of `p`: expected'}
  ${{ id: 'p', match: [] }}                                  | ${'policies[0].match of `p`: expected an object of `agents`, `owners`, `tenants`, `frameworks`, `sessions`, got a list'}
  ${{ id: 'p', match: undefined }}                           | ${'policies[0].match of `p`: expected an object'}
  ${{ id: 'p', match: { agents: 'coding-*' } }}              | ${'policies[0].match.agents of `p`: expected a list'}
  ${{ id: 'p', match: { agents: [''] } }}                    | ${'policies[0].match.agents[0] of `p`: expected 1 to 256 visible ASCII characters'}
  ${{ id: 'p', match: { owners: ['a\u200b@b'] } }}           | ${'policies[0].match.owners[0] of `p`: expected 1 to 256 visible'}
  ${{ id: 'p', match: { owners: ['а@b'] } }}                 | ${'policies[0].match.owners[0] of `p`: expected 1 to 256 visible'}
  ${{ id: 'p', tools: { allow: undefined } }}                | ${'policies[0].tools.allow of `p`: expected a list of at most 1000 tool patterns, got nothing'}
  ${{ id: 'p', tools: { allow: null } }}                     | ${'policies[0].tools.allow of `p`: expected a list of at most 1000 tool patterns, got `null`'}
  ${{ id: 'p', tools: { allow: 'web_search' } }}             | ${'policies[0].tools.allow of `p`: expected a list'}
  ${{ id: 'p', tools: { deny: ['cryptо'] } }}                | ${'policies[0].tools.deny[0] of `p`: expected a tool name, or a pattern'}
  ${{ id: 'p', tools: { deny: ['a b'] } }}                   | ${'policies[0].tools.deny[0] of `p`: expected a tool name, or a pattern'}
  ${{ id: 'p', tools: { deny: ['a\n'] } }}                   | ${'policies[0].tools.deny[0] of `p`: expected a tool name, or a pattern'}
  ${{ id: 'p', tools: { deny: ['a?'] } }}                    | ${'policies[0].tools.deny[0] of `p`: expected'}
  ${{ id: 'p', tools: { deny: ['{a,b}'] } }}                 | ${'policies[0].tools.deny[0] of `p`: expected'}
  ${{ id: 'p', tools: { deny: ['***'] } }}                   | ${'policies[0].tools.deny[0] of `p`: expected'}
  ${{ id: 'p', tools: { deny: ['/a'] } }}                    | ${'policies[0].tools.deny[0] of `p`: expected'}
  ${{ id: 'p', tools: { deny: ['a//b'] } }}                  | ${'policies[0].tools.deny[0] of `p`: expected'}
  ${{ id: 'p', tools: { deny: ['../*'] } }}                  | ${'policies[0].tools.deny[0] of `p`: expected'}
  ${{ id: 'p', tools: { deny: [''] } }}                      | ${'policies[0].tools.deny[0] of `p`: expected'}
  ${{ id: 'p', tools: { deny: ['a'.repeat(129)] } }}         | ${'policies[0].tools.deny[0] of `p`: expected'}
  ${{ id: 'p', tools: { deny: ['ok', 5] } }}                 | ${'policies[0].tools.deny[1] of `p`: expected'}
  ${{ id: 'p', tools: { deny: Array.from({ length: 1 }) } }} | ${'policies[0].tools.deny[0] of `p`: expected'}
  ${budget({ scope: 'team' })}                               | ${'policies[0].budgets[0].scope of `p`: expected one of `call`, `session`, `agent`, `owner`, `tenant`, `tool`, `merchant`, got `team`'}
  ${budget({ window: 'weekly' })}                            | ${'policies[0].budgets[0].window of `p`: expected one of `call`, `hour`, `day`, `week`, `month`, `year`, `lifetime`, or `rolling` with a duration'}
  ${budget({ scope: 'call' })}                               | ${'policies[0].budgets[0].window of `p`: expected `call`, as its scope is `call`, got `day`'}
  ${budget({ window: 'call' })}                              | ${'policies[0].budgets[0].window of `p`: expected the window of a `agent`, such as `day`, got `call`'}
  ${budget({ tools: [] })}                                   | ${'policies[0].budgets[0].tools of `p`: expected a list of 1 to 1000 tool patterns'}
  ${budget({ tools: undefined })}                            | ${'policies[0].budgets[0].tools of `p`: expected a list'}
  ${rate({ scope: 'call' })}                                 | ${'policies[0].rates[0].scope of `p`: expected one of `session`, `agent`, `owner`, `tenant`, `tool`, `merchant`'}
  ${rate({ per: 'week' })}                                   | ${'policies[0].rates[0].per of `p`: expected one of `second`, `minute`, `hour`, `day`, or a duration'}
  ${rate({ limit: -1 })}                                     | ${'policies[0].rates[0].limit of `p`: expected a whole number from 0 to 1000000, got `-1`'}
  ${rate({ limit: 1.5 })}                                    | ${'policies[0].rates[0].limit of `p`: expected a whole number'}
  ${rate({ limit: 1_000_001 })}                              | ${'policies[0].rates[0].limit of `p`: expected a whole number'}
  ${rate({ limit: '10' })}                                   | ${'policies[0].rates[0].limit of `p`: expected a whole number'}
  ${rate({ limit: Number.NaN })}                             | ${'policies[0].rates[0].limit of `p`: expected a whole number'}
  ${approval({ when: 'never' })}                             | ${'policies[0].approvals[0].when of `p`: expected `always`, or an object of `above`, `effects` and `tools`'}
  ${approval({ when: {} })}                                  | ${'policies[0].approvals[0].when of `p`: expected at least one of `above`, `effects`, `tools`, got none'}
  ${approval({ when: { tools: [] } })}                       | ${'policies[0].approvals[0].when.tools of `p`: expected a list of 1 to 1000'}
  ${approval({ when: undefined })}                           | ${'policies[0].approvals[0].when of `p`: expected `always`'}
  ${approval({ approvers: [] })}                             | ${'policies[0].approvals[0].approvers of `p`: expected a list of 1 to 100 approvers'}
  ${approval({ approvers: [''] })}                           | ${'policies[0].approvals[0].approvers[0] of `p`: expected the id of a person'}
  ${approval({ require: 0 })}                                | ${'policies[0].approvals[0].require of `p`: expected a whole number from 1'}
  ${approval({ require: undefined })}                        | ${'policies[0].approvals[0].require of `p`: expected a whole number from 1'}
  ${approval({ require: 2 })}                                | ${'policies[0].approvals[0].require of `p`: expected at most `1`, the number of distinct approvers, got `2`'}
  ${approval({ require: 2, approvers: ['a@b', 'a@b'] })}     | ${'policies[0].approvals[0].require of `p`: expected at most `1`'}
  ${approval({ expiresIn: '0h' })}                           | ${'policies[0].approvals[0].expiresIn of `p`: expected a duration such as'}
  ${approval({ expiresIn: 3600 })}                           | ${'policies[0].approvals[0].expiresIn of `p`: expected a duration such as'}
`('$problem', ({ document, problem }) => {
  expect(problems(document)).toContain(problem);
});

test.each`
  what                                 | document
  ${'two budgets of one key'}          | ${{ id: 'p', budgets: [budget({}).budgets[0], budget({ limit: '2 USD' }).budgets[0]] }}
  ${'two caps of one currency'}        | ${{ id: 'p', budgets: [1, 2].map((n) => ({ scope: 'call', window: 'call', limit: `${n} USD` })) }}
  ${'the same tools in another order'} | ${{ id: 'p', budgets: [['a', 'b'], ['b', 'a', 'a']].map((tools) => budget({ tools }).budgets[0]) }}
`('$what contradict each other', ({ document }) => {
  expect(problems(document)).toBe(
    'policies[0].budgets[1] of `p`: counts the same as `budgets[0]`; keep one of the two',
  );
});

test('two rates of one key contradict each other', () => {
  const twice = {
    id: 'p',
    rates: [
      { scope: 'agent', per: 'hour', limit: 5 },
      { scope: 'agent', per: 'hour', limit: 6 },
    ],
  };

  expect(problems(twice)).toBe(
    'policies[0].rates[1] of `p`: counts the same as `rates[0]`; keep one of the two',
  );
});

test('budgets that differ in scope, window, currency or tools stand beside each other', () => {
  const changes = [
    {},
    { scope: 'owner' },
    { window: 'hour' },
    { limit: '1 EUR' },
    { tools: ['a'] },
    { tools: ['b'] },
  ];

  expect(problems({ id: 'p', budgets: changes.map((change) => budget(change).budgets[0]) })).toBe('accepted');
});

test('two documents of one id are refused, also when one is disabled', () => {
  expect(problems({ id: 'p' }, { id: 'q' }, { id: 'p', enabled: false })).toBe(
    'policies[2].id of `p`: expected an id of its own, got `p`, the id of `policies[0]`',
  );
});

test('a tool that is allowed and denied is no contradiction', () => {
  expect(problems({ id: 'p', tools: { allow: ['a'], deny: ['a'] } })).toBe('accepted');
});

test('every problem is listed, ten at most', () => {
  const documents = Array.from({ length: 12 }, (_, index) => ({ id: `p${index}`, version: -1 }));
  const lines = problems(...documents).split('\n');

  expect(lines).toHaveLength(11);
  expect(lines[9]).toContain('policies[9].version of `p9`');
  expect(lines[10]).toBe('and 2 more');
});

test('long input is shortened in the message', () => {
  expect(problems({ id: 'x'.repeat(10_000) }).length).toBeLessThan(200);
  expect(problems({ id: 'p', ['k'.repeat(10_000)]: 1 }).length).toBeLessThan(400);
});

test('something that is no list is refused', () => {
  expect(() => compilePolicies('p' as never, assets)).toThrow(
    'policies: expected a list of policy documents',
  );
});

test('a document of more patterns than can be searched for in time is refused', () => {
  const patterns = (count: number, end: string) =>
    Array.from({ length: count }, (_, index) => `*${String(index).padStart(98, 'a')}${end}`);

  expect(problems({ id: 'p', tools: { deny: patterns(40, '*') } })).toBe('accepted');
  expect(problems({ id: 'p', tools: { deny: patterns(500, 'b') } })).toBe('accepted');
  expect(problems({ id: 'p', tools: { allow: patterns(20, '*'), deny: patterns(21, '*') } })).toBe(
    'policies[0] of `p`: expected patterns with stars in several places of at most 4000 characters in all, got 4100',
  );
});

test('what an heir inherits is searched for too, and counts with its own patterns', () => {
  const patterns = Array.from({ length: 39 }, (_, index) => `*${String(index).padStart(97, 'a')}*`);
  const base = { id: 'base', tools: { deny: patterns } };
  const heir = { id: 'heir', extends: 'base', merchants: { deny: [`*${'b'.repeat(198)}*`] } };

  expect(problems(base, { id: 'heir', extends: 'base' })).toBe('accepted');
  expect(problems(base, { ...heir, tools: {} })).toBe('accepted');
  expect(problems({ ...heir, extends: 'other' }, { id: 'other' })).toBe('accepted');
  expect(problems(base, heir)).toContain(
    'policies[1] of `heir`: expected patterns with stars in several places of at most 4000 characters in all',
  );
});

test('the hash of a set says nothing of what assets count as: other rates leave saved revisions what they are', () => {
  const asset = 'eip155:8453/erc20:0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913';
  const counted = compilePolicies([example], assetTable([{ asset, currency: 'USD', decimals: 6 }]));

  expect(counted.hash).toBe(compilePolicies([example], assets).hash);
});

test('a class of other tools makes a rate of its own, and two rates of one class are one too many', () => {
  const rates = [{ scope: 'agent', limit: 1, per: 'hour', class: 'light' }];
  const keyOf = (light: readonly string[], limited: readonly object[] = rates): string | undefined => {
    const set = compilePolicies([{ id: 'p', classes: { light }, rates: limited }], assets);
    const decision = decide(callOf(), set, factsOf());
    return decision.kind === 'deny' ? undefined : decision.rates[0]?.key;
  };
  const key = keyOf(['web_*']);

  expect(key).toBe(keyOf(['web_*', 'web_*'], [{ ...rates[0], limit: 9 }]));
  expect(key).not.toBe(keyOf(['web_*', 'mail_*']));
  expect(key).not.toBe(keyOf(['x'], [{ scope: 'agent', limit: 1, per: 'hour', tools: ['web_*'] }]));
  expect(problems({ id: 'p', classes: { light: ['a'] }, rates: [...rates, ...rates] })).toContain(
    'policies[0].rates[1] of `p`: counts the same as `rates[0]`',
  );
});

test('a document beyond what can be hashed is refused', () => {
  const names = Array.from({ length: 1000 }, (_, index) => `tool_${index}`);
  const budgets = Array.from({ length: 11 }, (_, index) => ({
    scope: 'agent',
    window: 'day',
    limit: '1 USD',
    tools: [...names.slice(1), `other_${index}`],
  }));

  expect(problems({ id: 'p', budgets })).toBe(
    'policies[0] of `p`: expected plain JSON data, got larger than 10000 values',
  );
});
