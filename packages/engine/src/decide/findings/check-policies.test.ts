import { checkPolicies } from './index.ts';

const asking = { approvers: ['a@b'] };
const cap = (limit: string, more: object = {}) => ({ scope: 'call', window: 'call', limit, ...more });
const budget = (limit: string, window: string, more: object = {}) => ({
  scope: 'agent',
  window,
  limit,
  ...more,
});
const rate = (limit: number, per: string, more: object = {}) => ({ scope: 'agent', limit, per, ...more });
const above = (amount: string, more: object = {}) => ({ when: { above: amount, ...more }, ...asking });
const rule = (when: string, then: string, more: object = {}) => ({
  id: 'r',
  when,
  then,
  reason: '',
  ...(then === 'approve' ? asking : {}),
  ...more,
});

/** What is found in one document, each as `CODE path`. */
function found(...documents: readonly object[]): readonly string[] {
  const named = documents.map((document, index) => ({ id: `p${index}`, ...document }));
  return checkPolicies(named).map(({ code, path }) => `${code} ${path.replace('policies[0].', '')}`);
}

type Row = readonly [what: string, document: object, paths: readonly string[]];

const unreachable: readonly Row[] = [
  ['an allowed name that is denied', { tools: { allow: ['a', 'b'], deny: ['b'] } }, ['tools.allow[1]']],
  ['a name that a pattern denies', { tools: { allow: ['a', 'g/b'], deny: ['g/*'] } }, ['tools.allow[1]']],
  ['a pattern within a denied one', { tools: { allow: ['a', 'g/*'], deny: ['g/**'] } }, ['tools.allow[1]']],
  ['a denied pattern of names', { tools: { allow: ['a', 'b*c'], deny: ['b*'] } }, ['tools.allow[1]']],
  ['a pattern wider than the denied one', { tools: { allow: ['g/**'], deny: ['g/*'] } }, []],
  ['a pattern beside the denied one', { tools: { allow: ['g/*'], deny: ['h/**', 'g/x*'] } }, []],
  ['a star that stops at a slash', { tools: { allow: ['g**'], deny: ['g*'] } }, []],
  ['a slash that only a letter shows', { tools: { allow: ['a', '**'], deny: ['*/**'] } }, []],
  ['a name in another case', { tools: { allow: ['a'], deny: ['A/b', 'b'] } }, []],
  [
    '`__proto__` that is denied',
    { tools: { allow: ['a', '__proto__'], deny: ['__proto__'] } },
    ['tools.allow[1]'],
  ],
  ['`__proto__` that is not', { tools: { allow: ['__proto__'], deny: ['constructor'] } }, []],
  [
    'a merchant denied in other letters',
    { merchants: { allow: ['x', 'Shop.example'], deny: ['shop.*'] } },
    ['merchants.allow[1]'],
  ],
  ['another merchant', { merchants: { allow: ['shop.example'], deny: ['shop-*'] } }, []],
  [
    'a network of a denied family',
    { networks: { allow: ['solana:x', 'eip155:1'], deny: ['eip155:*'] } },
    ['networks.allow[1]'],
  ],
  ['one network of a family', { networks: { allow: ['eip155:*'], deny: ['eip155:1'] } }, []],
  ['a category', { categories: { allow: ['b', 'API'], deny: ['api'] } }, ['categories.allow[1]']],

  ['a name twice in a list', { tools: { allow: ['a', 'b', 'a'] } }, ['tools.allow[2]']],
  ['a category in two cases', { categories: { deny: ['api', 'API'] } }, ['categories.deny[1]']],
  ['a tool in two cases is two', { tools: { deny: ['api', 'API'] } }, []],
  ['an agent twice', { match: { agents: ['a', 'a'] } }, ['match.agents[1]']],
  ['a tool of a budget twice', { budgets: [cap('1 USD', { tools: ['a', 'a'] })] }, ['budgets[0].tools[1]']],
  ['an effect twice', { effects: { allow: ['read', 'read'] } }, ['effects.allow[1]']],

  ['nobody to match', { match: { agents: ['a'], owners: [] }, tools: { allow: [] } }, ['match.owners']],
  ['an empty match is everybody', { match: {} }, []],

  [
    'a budget of denied tools',
    { tools: { deny: ['a', 'b'] }, budgets: [cap('1 USD', { tools: ['a', 'b'] })] },
    ['budgets[0].tools'],
  ],
  [
    'a budget of one free tool',
    { tools: { deny: ['a'] }, budgets: [cap('1 USD', { tools: ['a', 'b'] })] },
    [],
  ],
  [
    'a budget of tools not allowed',
    { tools: { allow: ['a'] }, budgets: [cap('1 USD', { tools: ['b*', 'c'] })] },
    ['budgets[0].tools'],
  ],
  [
    'a pattern with an allowed name',
    { tools: { allow: ['bc'] }, budgets: [cap('1 USD', { tools: ['b*'] })] },
    [],
  ],
  ['patterns that meet', { tools: { allow: ['a*'] }, budgets: [cap('1 USD', { tools: ['*z'] })] }, []],
  [
    'patterns that meet in denied tools',
    { tools: { allow: ['g/*', 'x'], deny: ['g/**'] }, budgets: [cap('1 USD', { tools: ['g*/**'] })] },
    ['tools.allow[0]', 'budgets[0].tools'],
  ],
  [
    'patterns that end differently',
    { tools: { allow: ['a*b'] }, budgets: [cap('1 USD', { tools: ['a*c'] })] },
    ['budgets[0].tools'],
  ],
  [
    'a rate of denied tools',
    { tools: { deny: ['**/x'] }, rates: [rate(1, 'day', { tools: ['g/x'] })] },
    ['rates[0].tools'],
  ],
  [
    'a rate of a class of denied tools',
    { tools: { deny: ['a'] }, classes: { light: ['a'] }, rates: [rate(1, 'day', { class: 'light' })] },
    ['rates[0].class'],
  ],
  [
    'a class that no rate counts',
    { classes: { light: ['a'], heavy: ['b'] }, rates: [rate(1, 'day', { class: 'light' })] },
    ['classes.heavy'],
  ],
  [
    'an approval of denied tools',
    { tools: { deny: ['a'] }, approvals: [above('1 USD', { tools: ['a'] })] },
    ['approvals[0].when.tools'],
  ],
  [
    'an approval of denied effects',
    { effects: { allow: ['read'] }, approvals: [{ when: { effects: ['admin'] }, ...asking }] },
    ['approvals[0].when.effects'],
  ],
  [
    'an approval of one allowed effect',
    { effects: { allow: ['read'] }, approvals: [{ when: { effects: ['admin', 'read'] }, ...asking }] },
    [],
  ],
  [
    'an approval that sessions never reach',
    { sessions: { mode: 'read-only' }, approvals: [{ when: { effects: ['mutating'] }, ...asking }] },
    ['approvals[0].when.effects'],
  ],
  [
    'one that elevated sessions reach',
    {
      sessions: { mode: 'read-only', elevation: asking },
      approvals: [{ when: { effects: ['mutating'] }, ...asking }],
    },
    [],
  ],

  [
    'an approval above the cap',
    { budgets: [cap('1 USD')], approvals: [above('2 USD')] },
    ['approvals[0].when.above'],
  ],
  [
    'an approval above exactly the cap',
    { budgets: [cap('1 USD')], approvals: [above('1 USD')] },
    ['approvals[0].when.above'],
  ],
  ['an approval just below the cap', { budgets: [cap('1 USD')], approvals: [above('0.999999 USD')] }, []],
  ['a cap of another currency', { budgets: [cap('1 USD')], approvals: [above('2 EUR')] }, []],
  [
    'a cap of some of the tools',
    { budgets: [cap('1 USD', { tools: ['a'] })], approvals: [above('2 USD')] },
    [],
  ],
  [
    'a cap of all allowed tools',
    {
      tools: { allow: ['a', 'b'] },
      budgets: [cap('1 USD', { tools: ['a', 'b'] })],
      approvals: [above('2 USD')],
    },
    ['approvals[0].when.above'],
  ],
  [
    'a cap of more than the tools',
    { budgets: [cap('1 USD', { tools: ['g/**'] })], approvals: [above('2 USD', { tools: ['g/x', 'g/*'] })] },
    ['approvals[0].when.above'],
  ],
  ['a budget of a day is no cap', { budgets: [budget('1 USD', 'day')], approvals: [above('2 USD')] }, []],

  [
    'a rule for denied tools',
    { tools: { deny: ['a'] }, rules: [rule('true', 'approve', { tools: ['a'] })] },
    ['rules[0].tools'],
  ],
  [
    'a flag for denied tools, which is raised',
    { tools: { deny: ['a'] }, rules: [rule('true', 'flag', { tools: ['a'] })] },
    [],
  ],
  [
    'an expression about a denied tool',
    { tools: { deny: ['a'] }, rules: [rule('tool == "a"', 'deny')] },
    ['rules[0].when'],
  ],
  [
    'an expression about two tools at once',
    { rules: [rule('tool == "a" && tool == "b"', 'flag')] },
    ['rules[0].when'],
  ],
  [
    'an expression about another tool than the rule',
    { rules: [rule('tool == "a"', 'deny', { tools: ['b*'] })] },
    ['rules[0].when'],
  ],
  [
    'an expression about one of the tools',
    { rules: [rule('tool in ["a", "bc"]', 'deny', { tools: ['b*'] })] },
    [],
  ],
  [
    'an override of a denied tool',
    { tools: { deny: ['a'] }, effects: { overrides: { read: ['b', 'a'] } } },
    ['effects.overrides.read[1]'],
  ],
  [
    'an override that a stricter one beats',
    { effects: { overrides: { read: ['a'], admin: ['a'] } } },
    ['effects.overrides.read[0]'],
  ],
  ['an override of another pattern', { effects: { overrides: { read: ['a'], admin: ['a*'] } } }, []],
  [
    'an elevation of denied tools',
    { tools: { deny: ['a'] }, sessions: { mode: 'read-only', elevation: { ...asking, tools: ['a'] } } },
    ['sessions.elevation.tools'],
  ],
  [
    'an elevation where all may only read',
    { effects: { allow: ['read', 'admin'] }, sessions: { mode: 'read-only', elevation: asking } },
    ['sessions.elevation'],
  ],
];

test.each(unreachable)('clauses without effect: %s', (_, document, paths) => {
  expect(found(document)).toEqual(paths.map((path) => `CLAUSE_UNREACHABLE ${path}`));
});

const contradicted: readonly Row[] = [
  [
    'a day above the month',
    { budgets: [budget('5 USD', 'day'), budget('4 USD', 'month')] },
    ['budgets[0].limit'],
  ],
  ['a day equal to the month', { budgets: [budget('5 USD', 'day'), budget('5 USD', 'month')] }, []],
  ['a day below the month', { budgets: [budget('5 USD', 'day'), budget('6 USD', 'month')] }, []],
  [
    'a week above the month, which it may leave',
    { budgets: [budget('5 USD', 'week'), budget('4 USD', 'month')] },
    [],
  ],
  [
    'an hour above the week',
    { budgets: [budget('4 USD', 'week'), budget('5 USD', 'hour')] },
    ['budgets[1].limit'],
  ],
  [
    'a year above the lifetime',
    { budgets: [budget('5 USD', 'year'), budget('4 USD', 'lifetime')] },
    ['budgets[0].limit'],
  ],
  [
    'days of another zone',
    { budgets: [budget('5 USD', 'day'), budget('4 USD', 'month', { timezone: 'Europe/Berlin' })] },
    [],
  ],
  [
    'the zone of the policy',
    {
      timezone: 'Europe/Berlin',
      budgets: [budget('5 USD', 'day'), budget('4 USD', 'month', { timezone: 'Europe/Berlin' })],
    },
    ['budgets[0].limit'],
  ],
  ['another currency', { budgets: [budget('5 USD', 'day'), budget('4 EUR', 'month')] }, []],
  [
    'a session above its agent',
    { budgets: [budget('5 USD', 'day', { scope: 'session' }), budget('4 USD', 'day')] },
    ['budgets[0].limit'],
  ],
  [
    'an agent above its owner',
    { budgets: [budget('5 USD', 'day'), budget('4 USD', 'day', { scope: 'owner' })] },
    ['budgets[0].limit'],
  ],
  [
    'an owner above an agent',
    { budgets: [budget('5 USD', 'day', { scope: 'owner' }), budget('4 USD', 'day')] },
    [],
  ],
  [
    'an agent above its session',
    { budgets: [budget('5 USD', 'day'), budget('4 USD', 'day', { scope: 'session' })] },
    [],
  ],
  [
    'a merchant above the tenant',
    { budgets: [budget('5 USD', 'day', { scope: 'merchant' }), budget('4 USD', 'day', { scope: 'tenant' })] },
    ['budgets[0].limit'],
  ],
  [
    'a rolling window within a longer one',
    { budgets: [budget('5 USD', 'rolling 1h'), budget('4 USD', 'rolling 24h')] },
    ['budgets[0].limit'],
  ],
  [
    'the slice that a rolling window counts more',
    { budgets: [budget('5 USD', 'rolling 60m'), budget('4 USD', 'rolling 3659s')] },
    [],
  ],
  [
    'a rolling window of a slice more',
    { budgets: [budget('5 USD', 'rolling 60m'), budget('4 USD', 'rolling 61m')] },
    ['budgets[0].limit'],
  ],
  [
    'a day within two of any',
    { budgets: [budget('5 USD', 'day'), budget('4 USD', 'rolling 48h')] },
    ['budgets[0].limit'],
  ],
  ['a day beside a day of any', { budgets: [budget('5 USD', 'day'), budget('4 USD', 'rolling 24h')] }, []],
  [
    'some tools above all of them',
    { budgets: [budget('5 USD', 'day', { tools: ['g/*'] }), budget('4 USD', 'day')] },
    ['budgets[0].limit'],
  ],
  [
    'all tools above some of them',
    { budgets: [budget('5 USD', 'day'), budget('4 USD', 'day', { tools: ['g/*'] })] },
    [],
  ],
  [
    'a cap above a budget',
    { budgets: [cap('5 USD'), budget('4 USD', 'day', { scope: 'owner' })] },
    ['budgets[0].limit'],
  ],
  ['a cap equal to a budget', { budgets: [cap('4 USD'), budget('4 USD', 'day')] }, []],
  [
    'a cap above the cap of all tools',
    { budgets: [cap('5 USD', { tools: ['g/*'] }), cap('1 USD')] },
    ['budgets[0].limit'],
  ],
  ['a cap below the cap of all tools', { budgets: [cap('1 USD', { tools: ['g/*'] }), cap('5 USD')] }, []],
  [
    'an authorization above the cap',
    { budgets: [cap('1 USD')], payments: { maxAuthorization: '2 USD' } },
    ['payments.maxAuthorization'],
  ],
  [
    'a cap above an authorization, which looks at payments alone',
    { budgets: [cap('2 USD')], payments: { maxAuthorization: '1 USD' } },
    [],
  ],
  ['a budget of 0, which stops everything', { budgets: [cap('5 USD'), budget('0 USD', 'day')] }, []],
  ['a minute above the hour', { rates: [rate(5, 'minute'), rate(4, 'hour')] }, ['rates[0].limit']],
  ['a minute equal to the hour', { rates: [rate(5, 'minute'), rate(5, 'hour')] }, []],
  ['an hour above the minute', { rates: [rate(5, 'minute'), rate(6, 'hour')] }, []],
  ['a minute and the same in seconds', { rates: [rate(5, '60s'), rate(4, 'minute')] }, ['rates[0].limit']],
  ['a rate of 0, which stops everything', { rates: [rate(5, 'minute'), rate(0, 'hour')] }, []],
  [
    'a class above the rate of all',
    { classes: { light: ['a'] }, rates: [rate(5, 'minute', { class: 'light' }), rate(4, 'minute')] },
    ['rates[0].limit'],
  ],
  ['more calls than the cooldown leaves', { cooldown: '2h', rates: [rate(2, 'hour')] }, ['rates[0].limit']],
  ['a rate of longer than the cooldown', { cooldown: '2h', rates: [rate(2, 'day')] }, []],
  [
    'a budget of denied tools, reported as such',
    { tools: { deny: ['a'] }, budgets: [budget('4 USD', 'day')] },
    [],
  ],
];

test.each(contradicted)('limits that are never reached: %s', (_, document, paths) => {
  expect(found(document)).toEqual(paths.map((path) => `LIMIT_CONTRADICTED ${path}`));
});

test.each([
  ['a hyphen for an underscore', 'web_search', 'web-search', true],
  ['a dot for a hyphen', 'web.search', 'web-search', true],
  ['two underscores for one', 'web__search', 'web_search', true],
  ['another case', 'Web_Search', 'web_search', true],
  ['all capitals', 'LIST_ITEMS', 'list_items', true],
  ['a zero for an O', 'g0_to', 'gO_to', true],
  ['a one for an l', 'too1', 'tool', true],
  ['a capital I for an l', 'maiI', 'mail', true],
  ['`rn` for `m`', 'modern', 'modem', true],
  ['patterns that look alike', 'crypto_*', 'crypto-*', true],
  ['no separator at all', 'websearch', 'web_search', false],
  ['a small i for an l', 'mall', 'mail', false],
  ['a pattern and a name', 'web_*', 'web-search', false],
  ['a slash for an underscore', 'github/search', 'github_search', false],
  ['one star for two', 'g/*', 'g/**', false],
])('names that people confuse: %s', (_, one, other, confused) => {
  const across = found({ tools: { allow: [one, 'x'] } }, { tools: { deny: [other] } });
  const together = found({ tools: { deny: [one, other] } });

  expect(across).toEqual(confused ? ['NAME_CONFUSABLE policies[1].tools.deny[0]'] : []);
  expect(together).toEqual([]);
});

const closed: readonly Row[] = [
  ['an empty list of tools', { tools: { allow: [] } }, ['tools.allow']],
  ['every tool denied', { tools: { deny: ['a', '**'] } }, ['tools.deny']],
  ['every tool of one segment denied', { tools: { deny: ['*', 'g/*'] } }, []],
  ['no effect', { effects: { allow: [] } }, ['effects.allow']],
  [
    'effects that no session has',
    { effects: { allow: ['admin'] }, sessions: { mode: 'read-only' } },
    ['effects.allow'],
  ],
  ['no hour', { schedule: { allow: [] } }, ['schedule.allow']],
  ['no merchant', { merchants: { allow: [] } }, ['merchants.allow']],
  ['no network', { networks: { allow: [] } }, ['networks.allow']],
  ['no category', { categories: { allow: [] } }, ['categories.allow']],
  ['every merchant denied', { merchants: { deny: ['*'] } }, ['merchants.deny']],
  ['empty lists of what is denied', { tools: { deny: [] }, merchants: { deny: [] } }, []],
  [
    'idle clauses of a policy that allows nothing',
    { tools: { allow: [] }, budgets: [cap('1 USD', { tools: ['a'] })] },
    ['tools.allow'],
  ],
  ['a disabled policy', { enabled: false, tools: { allow: [] } }, []],
];

test.each(closed)('policies that allow nothing: %s', (_, document, paths) => {
  expect(found(document)).toEqual(paths.map((path) => `NOTHING_ALLOWED ${path}`));
});

const a = { tools: { allow: ['a'] } };
const b = { tools: { allow: ['b', 'c'] } };
const of = (...agents: string[]) => ({ match: { agents } });

test.each<[what: string, documents: readonly object[], reported: number | undefined]>([
  ['everybody, and no tool in both', [a, b], 1],
  ['everybody, and one in both', [a, { tools: { allow: ['b', 'a'] } }], undefined],
  ['everybody, and a pattern that fits', [a, { tools: { allow: ['a*'] } }], undefined],
  ['everybody, and a pattern that does not', [a, { tools: { allow: ['b*'] } }], 1],
  ['everybody, and the tool denied by the other', [a, { tools: { deny: ['a'] } }], 0],
  ['patterns alone', [{ tools: { allow: ['a*'] } }, { tools: { allow: ['b*'] } }], undefined],
  [
    'the same agents in another order',
    [
      { ...a, ...of('x', 'y') },
      { ...b, ...of('y', 'x') },
    ],
    1,
  ],
  [
    'other agents',
    [
      { ...a, ...of('x') },
      { ...b, ...of('y') },
    ],
    undefined,
  ],
  [
    'some agents, and everybody by a star',
    [
      { ...a, ...of('x') },
      { ...b, match: { owners: ['*'] } },
    ],
    0,
  ],
  ['one that stands in for the other', [a, { ...b, extends: 'p0' }], undefined],
  ['a disabled one', [a, { ...b, enabled: false }], undefined],
  [
    'three, of whom each two share a tool',
    [{ tools: { allow: ['a', 'b'] } }, { tools: { allow: ['b', 'c'] } }, { tools: { allow: ['c', 'a'] } }],
    2,
  ],
])('policies that together allow nothing: %s', (_, documents, reported) => {
  const place = reported === 0 ? 'tools.allow' : `policies[${reported}].tools.allow`;

  expect(found(...documents)).toEqual(reported === undefined ? [] : [`NOTHING_ALLOWED ${place}`]);
});

describe('what a policy inherits', () => {
  const base = { id: 'base', tools: { allow: ['a', 'b'] }, budgets: [cap('1 USD', { tools: ['b'] })] };

  test('is judged where it applies: idle in the heir alone, it is not reported', () => {
    expect(found(base, { extends: 'base', tools: { allow: ['a'] } })).toEqual([]);
  });

  test('is reported once, where it was written, when it is idle everywhere', () => {
    const heir = { extends: 'base', tools: { allow: ['a'] } };

    expect(found({ ...base, enabled: false }, heir, { ...heir, id: 'p2' })).toEqual([
      'CLAUSE_UNREACHABLE budgets[0].tools',
    ]);
  });
});

test('a finding says what was found and what to do', () => {
  const document = {
    id: 'p',
    tools: { allow: ['search', 'github/delete'], deny: ['github/*'] },
    budgets: [cap('5 USD'), budget('4 USD', 'day')],
  };

  expect(checkPolicies([document])).toEqual([
    {
      code: 'CLAUSE_UNREACHABLE',
      path: 'policies[0].tools.allow[1]',
      message: '`github/delete` is denied by `tools.deny[0]`, and deny beats allow; remove one of the two',
    },
    {
      code: 'LIMIT_CONTRADICTED',
      path: 'policies[0].budgets[0].limit',
      message:
        '`5.00 USD` for one call can never be reached: `budgets[1]` allows `4.00 USD` per agent and day for at least the same calls; lower this limit or raise that one',
    },
  ]);
});

test('no documents, nothing found', () => {
  expect(checkPolicies([])).toEqual([]);
});

test('documents that are not valid are refused with the place', () => {
  expect(() => checkPolicies([{ id: 'a', tool: {} }])).toThrow(/policies\[0\]\.tool: unknown key/);
  expect(() => checkPolicies([{ id: 'a', extends: 'b' }])).toThrow(/policies\[0\]\.extends/);
});
