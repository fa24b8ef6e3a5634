import type { Group, Row } from './decision-table.test-support.ts';

const open = {};
const counted = [{ anomaly: {} }];
const scheduled = [{ schedule: { timezone: 'Europe/Berlin', allow: [{ from: '00:00', to: '24:00' }] } }];

const identity: readonly Row[] = [
  {
    clause: 'principal',
    what: 'nobody',
    policies: [open],
    call: { principal: null },
    expect: 'IDENTITY_INVALID',
  },
  {
    clause: 'principal.agent',
    what: 'an agent without a name',
    policies: [open],
    call: { principal: { agent: '' } },
    expect: 'IDENTITY_INVALID',
  },
  {
    clause: 'principal.agent',
    what: 'an agent that is no text',
    policies: [open],
    call: { principal: { agent: 5 } },
    expect: 'IDENTITY_INVALID',
  },
  {
    clause: 'principal.agent',
    what: 'an agent of 256 characters',
    policies: [open],
    call: { principal: { agent: 'a'.repeat(256) } },
    expect: 'allow',
  },
  {
    clause: 'principal.agent',
    what: 'an agent of 257 characters',
    policies: [open],
    call: { principal: { agent: 'a'.repeat(257) } },
    expect: 'IDENTITY_INVALID',
  },
  {
    clause: 'principal.owner',
    what: 'no owner',
    policies: [open],
    call: { principal: { owner: undefined } },
    expect: 'IDENTITY_INVALID',
  },
  {
    clause: 'principal.session',
    what: 'an empty session',
    policies: [open],
    call: { principal: { session: '' } },
    expect: 'IDENTITY_INVALID',
  },
  {
    clause: 'principal.tenant',
    what: 'no tenant',
    policies: [open],
    call: { principal: { tenant: undefined } },
    expect: 'IDENTITY_INVALID',
  },
  {
    clause: 'principal.tenant',
    what: 'a list of tenants',
    policies: [open],
    call: { principal: { tenant: ['acme'] } },
    expect: 'IDENTITY_INVALID',
  },
  {
    clause: 'principal.issuer',
    what: 'no issuer',
    policies: [open],
    call: { principal: { issuer: null } },
    expect: 'IDENTITY_INVALID',
  },
  {
    clause: 'principal',
    what: 'identity comes before the tool',
    policies: [open],
    call: { tool: '', principal: { session: '' } },
    expect: { is: 'IDENTITY_INVALID', reasons: ['IDENTITY_INVALID'], policies: [], effect: 'admin' },
  },
];

const named = (what: string, tool: unknown, policies: readonly object[] = [open]): Row => ({
  clause: 'tool',
  what,
  policies,
  call: { tool },
  expect: 'TOOL_NAME_INVALID',
});

const deniesCrypto = [{ tools: { deny: ['crypto_*'] } }];

const toolNames: readonly Row[] = [
  named('no name', ''),
  named('a newline at the end', 'web_search\n'),
  named('a newline before a denied name', 'x\ncrypto_trading', deniesCrypto),
  named('a space', 'web_search '),
  named('a zero-width space', 'web\u200b_search'),
  named('NUL', 'web_search\0'),
  named('a Cyrillic letter', 'сrypto_trading', deniesCrypto),
  named('a full-width letter', 'ｃrypto_trading', deniesCrypto),
  named('a dotless i', 'gıthub_api'),
  named('a way out of the folder', 'github/../admin'),
  named('an empty segment', 'github//admin'),
  named('a star, as if it were a pattern', '*', [{ tools: { allow: ['*'] } }]),
  {
    clause: 'tool',
    what: '128 characters',
    policies: [open],
    call: { tool: 'a'.repeat(128) },
    expect: 'allow',
  },
  named('129 characters', 'a'.repeat(129)),
  named('10,000 characters', 'a'.repeat(10_000)),
  named('a list', ['web_search']),
  named('the name comes before the price', '/', [open]),
];

const invalid = (clause: string, what: string, call: Row['call'] = {}, more: Partial<Row> = {}): Row => ({
  clause,
  what,
  policies: [open],
  call,
  expect: 'CALL_INVALID',
  ...more,
});

const calls: readonly Row[] = [
  invalid('framework', 'no framework', { framework: '' }),
  {
    clause: 'framework',
    what: '256 characters',
    policies: [open],
    call: { framework: 'f'.repeat(256) },
    expect: 'allow',
  },
  invalid('framework', '257 characters', { framework: 'f'.repeat(257) }),
  invalid('effect', 'an effect that is none', { effect: 'write' }),
  invalid('effect', 'an effect in capitals', { effect: 'READ' }),
  invalid('effect', 'an effect that every object has', { effect: 'constructor' }),
  invalid('effect', 'null for an effect', { effect: null }),
  invalid('payee', 'null for a payee', { payee: null }),
  invalid('payee', 'text for a payee', { payee: 'shop.example' }),
  invalid('payee', 'a list for a payee', { payee: ['shop.example'] }),
  invalid('payee', 'a recipient that is misspelt', { payee: { recpient: 'shop.example' } }),
  invalid('payee.recipient', 'a number for a recipient', { payee: { recipient: 5 } }),
  invalid('payee.recipient', 'an empty recipient', { payee: { recipient: '' } }),
  invalid('payee.recipient', 'a newline in a recipient', { payee: { recipient: 'x\nevil.example' } }),
  invalid('payee.recipient', 'a letter of another alphabet', { payee: { recipient: 'ехample.com' } }),
  {
    clause: 'payee.recipient',
    what: '256 characters',
    policies: [open],
    call: { payee: { recipient: 'r'.repeat(256) } },
    expect: 'allow',
  },
  invalid('payee.recipient', '257 characters', { payee: { recipient: 'r'.repeat(257) } }),
  invalid('payee.network', 'a network that is not CAIP-2', { payee: { network: 'base' } }),
  invalid('payee.network', 'a family in capitals', { payee: { network: 'EIP155:8453' } }),
  invalid('payee.network', 'a number of a chain with a zero in front', {
    payee: { network: 'eip155:08453' },
  }),
  invalid('payee.network', 'a number of a chain in another base', { payee: { network: 'eip155:0x2105' } }),
  {
    clause: 'payee.network',
    what: 'the chain of number zero',
    policies: [open],
    call: { payee: { network: 'eip155:0' } },
    expect: 'allow',
  },
  invalid('payee.network', 'a pattern of networks', { payee: { network: 'eip155:*' } }),
  {
    clause: 'payee.category',
    what: '64 characters',
    policies: [open],
    call: { payee: { category: 'c'.repeat(64) } },
    expect: 'allow',
  },
  invalid('payee.category', '65 characters', { payee: { category: 'c'.repeat(65) } }),
  invalid('payee.scheme', 'an empty scheme', { payee: { scheme: '' } }),
  invalid('facts.nowMs', 'no time', {}, { facts: { nowMs: undefined } }),
  invalid('facts.nowMs', 'a time that is not a number', {}, { facts: { nowMs: Number.NaN } }),
  invalid('facts.nowMs', 'a time that is text', {}, { facts: { nowMs: '0' } }),
  invalid('facts.nowMs', 'a time before 1970', {}, { facts: { nowMs: -1 } }),
  invalid('facts.nowMs', 'a time after the year 9999', {}, { facts: { nowMs: 253_402_300_800_000 } }),
  invalid('facts.nowMs', 'half a millisecond', {}, { facts: { nowMs: 0.5 }, policies: scheduled }),
  {
    clause: 'facts.nowMs',
    what: 'the first instant',
    policies: scheduled,
    facts: { nowMs: 0 },
    expect: 'allow',
  },
  {
    clause: 'facts.nowMs',
    what: 'the last instant of the year 9999',
    policies: scheduled,
    facts: { nowMs: 253_402_300_799_999 },
    expect: 'allow',
  },
  invalid('facts.session', 'null for a session', {}, { facts: { session: null }, policies: counted }),
  invalid('facts.session', 'a session without counts', {}, { facts: { session: {} }, policies: counted }),
  invalid(
    'facts.session',
    'counts that are not numbers',
    {},
    { facts: { session: { calls: Number.NaN, denials: 0, writes: 0, elevations: [] } }, policies: counted },
  ),
  invalid(
    'facts.session',
    'counts below zero',
    {},
    { facts: { session: { calls: -5, denials: 0, writes: 0, elevations: [] } }, policies: counted },
  ),
  invalid(
    'facts.session',
    'elevations without an end',
    {},
    {
      facts: {
        session: { calls: 0, denials: 0, writes: 0, elevations: [{ policy: 'a', tool: 'web_search' }] },
      },
      policies: counted,
    },
  ),
];

const priced = (what: string, price: unknown): Row => ({
  clause: 'price',
  what,
  policies: [open],
  call: { price },
  expect: 'PRICE_UNKNOWN',
});

const prices: readonly Row[] = [
  priced('a negative amount', { units: -1n, asset: 'USD/6' }),
  priced('one unit beyond the largest amount', { units: 2n ** 53n, asset: 'USD/6' }),
  {
    clause: 'price',
    what: 'the largest amount',
    policies: [open],
    call: { price: { units: 2n ** 53n - 1n, asset: 'USD/6' } },
    expect: 'allow',
  },
  priced('a number of units', { units: 5, asset: 'USD/6' }),
  priced('not a number', { units: Number.NaN, asset: 'USD/6' }),
  priced('infinitely much', { units: Infinity, asset: 'USD/6' }),
  priced('text for units', { units: '5', asset: 'USD/6' }),
  priced('no units', { asset: 'USD/6' }),
  priced('no asset', { units: 1n }),
  priced('no price', null),
  priced('text that is no amount', 'abc'),
  priced('an amount with a separator of thousands', '9,999 USD'),
  priced('an amount without a currency', '12000'),
  priced('an amount and a claim about decimals alone', { value: '1000000', decimals: 0 }),
];

const whom = (what: string, match: object, expect: Row['expect'], call?: Row['call']): Row => ({
  clause: `match.${Object.keys(match).join('+')}`,
  what,
  policies: [{ match }],
  expect,
  ...(call === undefined ? {} : { call }),
});

const matches: readonly Row[] = [
  {
    clause: 'policies',
    what: 'no policy at all',
    policies: [],
    expect: {
      is: 'NO_POLICY',
      first: {
        message:
          'no policy matches agent `coding-agent-01` of owner `asmit@example.com` in tenant `acme` through `express`',
        value: 'agent `coding-agent-01` of owner `asmit@example.com` in tenant `acme` through `express`',
        limit: 'a policy that matches all of them',
      },
      effect: 'read',
    },
  },
  { clause: 'enabled', what: 'a disabled policy', policies: [{ enabled: false }], expect: 'NO_POLICY' },
  whom('another agent', { agents: ['coding-agent-02'] }, 'NO_POLICY'),
  whom('the start of the name of the agent', { agents: ['coding-agent-0'] }, 'NO_POLICY'),
  whom('the agent in capitals', { agents: ['CODING-*'] }, 'NO_POLICY'),
  whom('no agents', { agents: [] }, 'NO_POLICY'),
  whom('the agent by its name', { agents: ['coding-agent-01'] }, 'allow'),
  whom('the agent by a pattern', { agents: ['other', 'coding-*'] }, 'allow'),
  whom('a star over slashes in an agent', { agents: ['a*z'] }, 'allow', { principal: { agent: 'a/b/z' } }),
  whom('another owner', { owners: ['*@example.org'] }, 'NO_POLICY'),
  whom('no owners', { owners: [] }, 'NO_POLICY'),
  whom('the owner by a pattern', { owners: ['*@example.com'] }, 'allow'),
  whom('another tenant', { tenants: ['acme-2'] }, 'NO_POLICY'),
  whom('no tenants', { tenants: [] }, 'NO_POLICY'),
  whom('the tenant', { tenants: ['acme'] }, 'allow'),
  whom('another session', { sessions: ['s2', 's'] }, 'NO_POLICY'),
  whom('no sessions', { sessions: [] }, 'NO_POLICY'),
  whom('the session', { sessions: ['s1'] }, 'allow'),
  whom('another framework', { frameworks: ['langchain'] }, 'NO_POLICY'),
  whom('no frameworks', { frameworks: [] }, 'NO_POLICY'),
  whom('the framework', { frameworks: ['langchain', 'expr*'] }, 'allow'),
  whom('the right agent of another owner', { agents: ['coding-*'], owners: ['x@*'] }, 'NO_POLICY'),
  whom('the right owner of another agent', { agents: ['x'], owners: ['**'] }, 'NO_POLICY'),
  whom('no agents, though the owner fits', { agents: [], owners: ['**'] }, 'NO_POLICY'),
  whom(
    'agent and owner in another tenant',
    { agents: ['*'], owners: ['*'], tenants: ['other'] },
    'NO_POLICY',
  ),
  whom(
    'everything but the framework',
    { agents: ['*'], owners: ['*'], tenants: ['*'], sessions: ['*'], frameworks: ['mcp'] },
    'NO_POLICY',
  ),
  whom(
    'everything',
    { agents: ['*'], owners: ['*'], tenants: ['*'], sessions: ['*'], frameworks: ['*'] },
    'allow',
  ),
  { clause: 'match', what: 'an empty match concerns everybody', policies: [{ match: {} }], expect: 'allow' },
  {
    clause: 'match.agents',
    what: 'an agent named as a field of every object',
    policies: [{ match: { agents: ['x'] } }],
    call: { principal: { agent: '__proto__' } },
    expect: 'NO_POLICY',
  },
  {
    clause: 'match',
    what: 'one of two policies is enough',
    policies: [{ match: { agents: ['x'] } }, { match: { owners: ['asmit@*'] } }],
    expect: { is: 'allow', policies: ['b'] },
  },
  {
    clause: 'extends',
    what: 'an heir inherits whom its base matches',
    policies: [{ match: { agents: ['x'] } }, { extends: 'a', tools: { allow: ['*'] } }],
    expect: 'NO_POLICY',
  },
];

/** What is wrong before any policy is asked, and calls that no policy concerns. */
export const callGroups: readonly Group[] = [
  { answer: 'IDENTITY_INVALID', rows: identity },
  { answer: 'TOOL_NAME_INVALID', rows: toolNames },
  { answer: 'CALL_INVALID', rows: calls },
  { answer: 'PRICE_UNKNOWN', rows: prices },
  { answer: 'NO_POLICY', rows: matches },
];
