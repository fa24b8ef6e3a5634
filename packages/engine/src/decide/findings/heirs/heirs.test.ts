import { checkPolicies } from '../index.ts';

const asking = { approvers: ['a@b'] };
const budget = (limit: string, more: object = {}) => ({ scope: 'agent', window: 'day', limit, ...more });
const cap = (limit: string, more: object = {}) => budget(limit, { scope: 'call', window: 'call', ...more });
const rate = (limit: number, per: string, more: object = {}) => ({ scope: 'agent', limit, per, ...more });
const asks = (when: unknown, more: object = {}) => ({ when, ...asking, ...more });
const rule = (id: string, then: string, more: object = {}) => ({
  id,
  when: `tool == "${id}"`,
  then,
  reason: '',
  ...(then === 'approve' ? asking : {}),
  ...more,
});
const block = (from: string, to: string) => ({ from: `2026-${from}Z`, to: `2026-${to}Z`, reason: '' });

interface Set {
  readonly base: object;
  readonly heir: object;
  readonly others?: readonly object[];
}

/** What the heir of a set loses, each as `section: words`. */
function lostIn({ base, heir, others = [] }: Set): readonly string[] {
  const documents = [{ id: 'base', ...base }, { id: 'heir', extends: 'base', ...heir }, ...others];
  return checkPolicies(documents)
    .filter(({ code }) => code === 'HEIR_LOSES_CLAUSE')
    .map(({ path, message }) => `${path.replace('policies[1].', '')}: ${message.split(': ')[0]}`);
}

/** Without `lost`, nothing is. */
type Row = readonly [what: string, base: object, heir: object, lost?: string];

const complete = (rows: readonly Row[]) =>
  rows.map(([what, base, heir, lost]) => ({ what, base, heir, lost }));

const lists: readonly Row[] = [
  [
    'a denied tool',
    { tools: { deny: ['wipe', 'x'] } },
    { tools: { deny: ['x'] } },
    'tools: `wipe`, denied by `tools.deny[0]`, can pass',
  ],
  [
    'a denied tool, by an empty section',
    { tools: { deny: ['wipe'] } },
    { tools: {} },
    'tools: `wipe`, denied by `tools.deny[0]`, can pass',
  ],
  ['a denied tool that a pattern denies', { tools: { deny: ['g/wipe'] } }, { tools: { deny: ['g/*'] } }],
  ['a denied pattern within another', { tools: { deny: ['g/x_*'] } }, { tools: { deny: ['g/**'] } }],
  [
    'a denied pattern of which a part stays denied',
    { tools: { deny: ['g/*'] } },
    { tools: { deny: ['g/x_*'] } },
    'tools: `g/*`, denied by `tools.deny[0]`, can pass',
  ],
  ['a denied tool that is not allowed', { tools: { deny: ['wipe'] } }, { tools: { allow: ['search'] } }],
  [
    'a denied tool that a pattern allows',
    { tools: { deny: ['g/wipe'] } },
    { tools: { allow: ['g/*'] } },
    'tools: `g/wipe`, denied by `tools.deny[0]`, can pass',
  ],
  ['a section that the heir inherits', { tools: { deny: ['wipe'] } }, { budgets: [cap('1 USD')] }],
  ['a section that the base does not have', {}, { tools: {} }],
  ['a wider list of allowed tools', { tools: { allow: ['a'] } }, { tools: { allow: ['a', 'b', 'g/*'] } }],
  [
    'the list of allowed tools',
    { tools: { allow: ['a', 'b'] } },
    { tools: { deny: ['c'] } },
    'tools: `tools.allow` let nothing pass but `a`, `b`, and it is gone',
  ],
  [
    'a list that allows every tool',
    { tools: { allow: ['a'] } },
    { tools: { allow: ['a', '**'] } },
    'tools: `tools.allow` let nothing pass but `a`, and it is gone',
  ],
  ['a list that allowed every tool', { tools: { allow: ['**'] } }, { tools: {} }],
  [
    'a denied merchant',
    { merchants: { deny: ['*.casino.example', 'Bad.example'] } },
    { merchants: { deny: ['bad.example.'] } },
    'merchants: `*.casino.example`, denied by `merchants.deny[0]`, can pass',
  ],
  [
    'a denied network',
    { networks: { deny: ['eip155:1'] } },
    { networks: { deny: ['solana:*'] } },
    'networks: `eip155:1`, denied by `networks.deny[0]`, can pass',
  ],
  [
    'a denied network of a denied family',
    { networks: { deny: ['eip155:1'] } },
    { networks: { deny: ['eip155:*'] } },
  ],
  [
    'a denied category',
    { categories: { deny: ['Gambling'] } },
    { categories: { allow: ['*'] } },
    'categories: `Gambling`, denied by `categories.deny[0]`, can pass',
  ],
  [
    'a category in another case',
    { categories: { deny: ['Gambling'] } },
    { categories: { deny: ['gambling'] } },
  ],
  [
    'the list of allowed networks',
    { networks: { allow: ['eip155:1'] } },
    { networks: {} },
    'networks: `networks.allow` let nothing pass but `eip155:1`, and it is gone',
  ],
];

const limits: readonly Row[] = [
  [
    'a budget',
    { budgets: [budget('5 USD')] },
    { budgets: [] },
    'budgets: the limit of `budgets[0]`, `5.00 USD` per agent and day, is gone or higher',
  ],
  [
    'a higher budget',
    { budgets: [budget('5 USD')] },
    { budgets: [budget('5.000001 USD')] },
    'budgets: the limit of `budgets[0]`, `5.00 USD` per agent and day, is gone or higher',
  ],
  ['an equal budget', { budgets: [budget('5 USD')] }, { budgets: [budget('5.00 USD')] }],
  [
    'a lower budget in another zone',
    { budgets: [budget('5 USD')] },
    { budgets: [budget('4 USD', { timezone: 'Europe/Berlin' })] },
  ],
  [
    'a budget of any day',
    { budgets: [budget('5 USD')] },
    { budgets: [budget('5 USD', { window: 'rolling 24h' })] },
  ],
  [
    'a budget of the month',
    { budgets: [budget('5 USD')] },
    { budgets: [budget('5 USD', { window: 'month' })] },
  ],
  [
    'a budget of the hour',
    { budgets: [budget('5 USD')] },
    { budgets: [budget('5 USD', { window: 'hour' })] },
    'budgets: the limit of `budgets[0]`, `5.00 USD` per agent and day, is gone or higher',
  ],
  [
    'a budget of the owner',
    { budgets: [budget('5 USD')] },
    { budgets: [budget('5 USD', { scope: 'owner' })] },
  ],
  [
    'a budget of the session',
    { budgets: [budget('5 USD')] },
    { budgets: [budget('5 USD', { scope: 'session' })] },
    'budgets: the limit of `budgets[0]`, `5.00 USD` per agent and day, is gone or higher',
  ],
  [
    'a budget of another currency',
    { budgets: [budget('5 USD')] },
    { budgets: [budget('5 EUR')] },
    'budgets: the limit of `budgets[0]`, `5.00 USD` per agent and day, is gone or higher',
  ],
  [
    'a budget of fewer tools',
    { budgets: [budget('5 USD')] },
    { budgets: [budget('5 USD', { tools: ['a'] })] },
    'budgets: the limit of `budgets[0]`, `5.00 USD` per agent and day, is gone or higher',
  ],
  [
    'a budget of more tools',
    { budgets: [budget('5 USD', { tools: ['a'] })] },
    { budgets: [budget('5 USD')] },
  ],
  [
    'a budget of all allowed tools',
    { budgets: [budget('5 USD')] },
    { tools: { allow: ['a'] }, budgets: [budget('5 USD', { tools: ['a'] })] },
  ],
  [
    'a budget of denied tools',
    { budgets: [budget('5 USD', { tools: ['a'] })] },
    { tools: { deny: ['a'] }, budgets: [] },
  ],
  [
    'a cap',
    { budgets: [cap('5 USD')] },
    { budgets: [cap('6 USD')] },
    'budgets: the limit of `budgets[0]`, `5.00 USD` for one call, is gone or higher',
  ],
  ['a cap above a budget', { budgets: [cap('5 USD')] }, { budgets: [budget('5 USD')] }],
  [
    'a cap that only payments keep',
    { budgets: [cap('5 USD')] },
    { budgets: [], payments: { maxAuthorization: '1 USD' } },
    'budgets: the limit of `budgets[0]`, `5.00 USD` for one call, is gone or higher',
  ],
  ['a limit of nothing', { budgets: [budget('0 USD')] }, { budgets: [budget('0 USD')] }],
  [
    'a rate',
    { rates: [rate(5, 'minute')] },
    { rates: [rate(6, 'minute')] },
    'rates: the limit of `rates[0]`, `5` calls per agent and minute, is gone or higher',
  ],
  ['a lower rate', { rates: [rate(5, 'minute')] }, { rates: [rate(5, 'hour')] }],
  [
    'tools of a class that is counted',
    { classes: { heavy: ['a', 'b'] }, rates: [rate(5, 'minute', { class: 'heavy' })] },
    { classes: { heavy: ['a'] } },
    'classes: the limit of `rates[0]`, `5` calls per agent and minute, is gone or higher',
  ],
  [
    'tools of a class beside rates of its own',
    { classes: { heavy: ['a', 'b'] }, rates: [rate(5, 'minute', { class: 'heavy' })] },
    { classes: { heavy: ['a'] }, rates: [rate(5, 'minute', { class: 'heavy' })] },
    'rates: the limit of `rates[0]`, `5` calls per agent and minute, is gone or higher',
  ],
  [
    'a class with more tools',
    { classes: { heavy: ['a'] }, rates: [rate(5, 'minute', { class: 'heavy' })] },
    { classes: { heavy: ['a', 'b'] } },
  ],
  [
    'a shorter cooldown',
    { cooldown: '1m' },
    { cooldown: '59s' },
    'cooldown: the limit of `cooldown`, one call per agent and 1m, is gone or higher',
  ],
  [
    'the wallet that calls are paid from',
    { wallet: { currency: 'USD' } },
    { wallet: { currency: 'EUR' } },
    'wallet: calls were paid from the wallet in `USD`, and it is gone',
  ],
  ['the same wallet, said again', { wallet: { currency: 'USD' } }, { wallet: { currency: 'USD' } }],
  ['a longer cooldown', { cooldown: '1m' }, { cooldown: '2m' }],
  [
    'the most of one payment',
    { payments: { maxAuthorization: '1 USD' } },
    { payments: { maxAuthorization: '2 USD' } },
    'payments: the limit of `payments.maxAuthorization`, `1.00 USD` for one payment, is gone or higher',
  ],
  [
    'the payees of payments',
    { payments: { payees: ['eip155:1:0xa'], maxAuthorization: '1 USD' } },
    { payments: { maxAuthorization: '1 USD' } },
    'payments: `payments.payees` let nothing pass but `eip155:1:0xa`, and it is gone',
  ],
  ['other schemes', { payments: { schemes: ['exact'] } }, { payments: { schemes: ['exact', 'upto'] } }],
];

const LOST_ASKING = 'approvals: `approvals[0]` asked people, and nothing asks as many of them as often';

const people: readonly Row[] = [
  ['an approval', { approvals: [asks('always')] }, { approvals: [] }, LOST_ASKING],
  [
    'a higher price',
    { approvals: [asks({ above: '1 USD' })] },
    { approvals: [asks({ above: '2 USD' })] },
    LOST_ASKING,
  ],
  ['a lower price', { approvals: [asks({ above: '2 USD' })] }, { approvals: [asks({ above: '1 USD' })] }],
  ['always', { approvals: [asks({ above: '2 USD' })] }, { approvals: [asks('always')] }],
  [
    'a price for always',
    { approvals: [asks('always')] },
    { approvals: [asks({ above: '0 USD' })] },
    LOST_ASKING,
  ],
  ['other people', { approvals: [asks('always')] }, { approvals: [asks('always', { approvers: ['z'] })] }],
  [
    'fewer people',
    { approvals: [asks('always', { approvers: ['y', 'z'], require: 2 })] },
    { approvals: [asks('always')] },
    LOST_ASKING,
  ],
  [
    'fewer effects',
    { approvals: [asks({ effects: ['destructive', 'admin'] })] },
    { approvals: [asks({ effects: ['admin'] })] },
    LOST_ASKING,
  ],
  [
    'fewer effects, as the others are denied',
    { approvals: [asks({ effects: ['destructive', 'admin'] })] },
    { effects: { allow: ['read', 'admin'] }, approvals: [asks({ effects: ['admin'] })] },
  ],
  [
    'fewer tools',
    { approvals: [asks({ tools: ['g/**'] })] },
    { approvals: [asks({ tools: ['g/*'] })] },
    LOST_ASKING,
  ],
  ['more tools', { approvals: [asks({ tools: ['g/*'] })] }, { approvals: [asks({ tools: ['g/**'] })] }],
  [
    'tools that are denied',
    { approvals: [asks({ tools: ['a'] })] },
    { tools: { deny: ['a'] }, approvals: [] },
  ],
  [
    'a price that is denied',
    { approvals: [asks({ above: '2 USD' })] },
    { budgets: [cap('2 USD')], approvals: [] },
  ],
  [
    'a rule',
    { rules: [rule('a', 'flag'), rule('b', 'deny')] },
    { rules: [] },
    'rules: `rules[1]`, `b`, denied, and no rule of that id is as strict',
  ],
  [
    'a rule of another place',
    { rules: [rule('a', 'flag'), rule('b', 'deny')] },
    { rules: [rule('b', 'deny')] },
  ],
  [
    'a rule with another expression',
    { rules: [rule('a', 'deny')] },
    { rules: [rule('a', 'deny', { when: 'true' })] },
  ],
  ['a rule of another id', { rules: [rule('a', 'deny')] }, { rules: [{ ...rule('a', 'deny'), id: 'b' }] }],
  ['a rule that denies now', { rules: [rule('a', 'approve')] }, { rules: [rule('a', 'deny')] }],
  [
    'a rule that asks now',
    { rules: [rule('a', 'deny')] },
    { rules: [rule('a', 'approve')] },
    'rules: `rules[0]`, `a`, denied, and no rule of that id is as strict',
  ],
  [
    'a rule that flags now',
    { rules: [rule('a', 'approve')] },
    { rules: [rule('a', 'flag')] },
    'rules: `rules[0]`, `a`, asked people, and no rule of that id is as strict',
  ],
  [
    'a rule for fewer tools',
    { rules: [rule('a', 'deny', { when: 'true', tools: ['g/**'] })] },
    { rules: [rule('a', 'deny', { when: 'true', tools: ['g/*'] })] },
    'rules: `rules[0]`, `a`, denied, and no rule of that id is as strict',
  ],
  ['a rule for a tool that is denied', { rules: [rule('a', 'deny')] }, { tools: { deny: ['a'] }, rules: [] }],
];

const SCHEDULED = { allow: [{ from: '09:00', to: '17:00' }] };

const others: readonly Row[] = [
  [
    'an effect',
    { effects: { allow: ['read'] } },
    { effects: { allow: ['read', 'mutating'] } },
    'effects: `mutating`, not in `effects.allow`, can pass',
  ],
  ['fewer effects', { effects: { allow: ['read', 'mutating'] } }, { effects: { allow: ['read'] } }],
  [
    'an effect that no session has',
    { effects: { allow: ['read'] } },
    { sessions: { mode: 'read-only' }, effects: { allow: ['read', 'mutating'] } },
  ],
  [
    'what a tool is said to do',
    { effects: { overrides: { admin: ['sql/*', 'x'], read: ['y'] } } },
    { effects: { overrides: { admin: ['sql/**'], destructive: ['x'] } } },
    'effects: `x` was `admin` by `effects.overrides.admin[1]`, which is gone',
  ],
  [
    'a tool that does more',
    { effects: { overrides: { mutating: ['x'] } } },
    { effects: { overrides: { admin: ['*'] } } },
  ],
  [
    'sessions that begin by reading',
    { sessions: { mode: 'read-only' } },
    { sessions: { mode: 'open' } },
    'sessions: sessions began by reading only, and they begin open',
  ],
  ['sessions that begin open', { sessions: { mode: 'open' } }, { sessions: { mode: 'open' } }],
  [
    'sessions that only read anyway',
    { sessions: { mode: 'read-only' } },
    { effects: { allow: ['read'] }, sessions: { mode: 'open' } },
  ],
  [
    'the hours',
    { schedule: SCHEDULED },
    { schedule: {} },
    'schedule: `schedule.allow` opened at some hours only, and it is gone',
  ],
  ['other hours', { schedule: SCHEDULED }, { schedule: { allow: [{ from: '00:00', to: '24:00' }] } }],
  [
    'a period',
    { schedule: { block: [block('01-01T00:00', '01-02T00:00'), block('02-01T00:00', '02-02T00:00')] } },
    { schedule: { block: [block('01-31T00:00', '02-03T00:00')] } },
    'schedule: the period of `schedule.block[0]` is open',
  ],
  [
    'when sessions are suspicious',
    { anomaly: { after: 3 } },
    { anomaly: { after: 3, denialRate: 31 } },
    'anomaly: `anomaly.denialRate` was `30`, and it is `31`',
  ],
  ['sessions that are suspicious sooner', { anomaly: {} }, { anomaly: { after: 4, denialRate: 1 } }],
];

test.each(complete([...lists, ...limits, ...people, ...others]))('a section of an heir: $what', (row) => {
  const { base, heir, lost } = row;

  expect(lostIn({ base, heir })).toEqual(lost === undefined ? [] : [lost]);
});

const DENIES = { tools: { deny: ['wipe'] } };
const LOST = 'tools: `wipe`, denied by `tools.deny[0]`, can pass';

test.each<[what: string, set: Set, lost: readonly string[]]>([
  [
    'a policy for everybody forbids it',
    { base: DENIES, heir: { tools: {} }, others: [{ id: 'all', ...DENIES }] },
    [],
  ],
  [
    'a policy for some forbids it',
    { base: DENIES, heir: { tools: {} }, others: [{ id: 'all', match: { agents: ['x'] }, ...DENIES }] },
    [LOST],
  ],
  [
    'a policy that somebody extends forbids it',
    {
      base: DENIES,
      heir: { tools: {} },
      others: [
        { id: 'all', ...DENIES },
        { id: 'other', extends: 'all', match: { agents: ['x'] } },
      ],
    },
    [LOST],
  ],
  [
    'a disabled policy forbids it',
    { base: DENIES, heir: { tools: {} }, others: [{ id: 'all', enabled: false, ...DENIES }] },
    [LOST],
  ],
  ['the base is a template', { base: { enabled: false, ...DENIES }, heir: { tools: {} } }, [LOST]],
  ['the heir is disabled', { base: DENIES, heir: { enabled: false, tools: {} } }, []],
  ['the heir allows nothing', { base: DENIES, heir: { tools: {}, effects: { allow: [] } } }, []],
  ['the heir matches nobody', { base: DENIES, heir: { match: { agents: [] }, tools: {} } }, []],
  [
    'an heir of the heir has the section of the heir: reported once',
    {
      base: DENIES,
      heir: { tools: {} },
      others: [{ id: 'third', extends: 'heir', match: { agents: ['x'] } }],
    },
    [LOST],
  ],
  [
    'an heir of the heir has a section of its own: it loses what the heir has, not what that one lost',
    {
      base: DENIES,
      heir: { tools: {} },
      others: [{ id: 'third', extends: 'heir', match: { agents: ['x'] }, tools: { deny: ['y'] } }],
    },
    [LOST],
  ],
  [
    'a template between loses it, for two heirs: reported where it was written',
    {
      base: DENIES,
      heir: { enabled: false, tools: {} },
      others: ['x', 'y'].map((id) => ({ id, extends: 'heir', match: { agents: [id] } })),
    },
    [LOST],
  ],
  [
    'a template between loses it and its heir has it again',
    {
      base: DENIES,
      heir: { enabled: false, tools: {} },
      others: [{ id: 'third', extends: 'heir', ...DENIES }],
    },
    [],
  ],
])('what counts as lost: %s', (_, set, lost) => {
  expect(lostIn(set)).toEqual(lost);
});

test('a finding says what is lost and what to do', () => {
  const documents = [
    { id: 'company', tools: { deny: ['wipe'] } },
    { id: 'ops', extends: 'company', match: { agents: ['ops'] }, tools: { allow: ['**'] } },
  ];

  expect(checkPolicies(documents)).toEqual([
    {
      code: 'HEIR_LOSES_CLAUSE',
      path: 'policies[1].tools',
      message:
        '`wipe`, denied by `tools.deny[0]`, can pass: this section replaces that of `company`; keep it here, or put what everybody has to obey into a policy that nobody extends',
    },
  ]);
});

test('ten clauses of a section are told, and how many more there are', () => {
  const deny = Array.from({ length: 15 }, (_, index) => `t${index}`);
  const lost = lostIn({ base: { tools: { deny } }, heir: { tools: {} } });

  expect(lost).toHaveLength(11);
  expect(lost[10]).toContain('5 more clauses of the section that this one replaces are lost');
});

const agents = (...names: string[]) => ({ match: { agents: names } });

const further: readonly Row[] = [
  ['fewer names', agents('a', 'b'), agents('a')],
  ['a name of a pattern', agents('a*'), agents('ab')],
  ['a pattern of a wider one', agents('a*'), agents('ab*')],
  ['a base for everybody', {}, agents('a')],
  ['a base for everybody by a star', agents('*'), { match: { owners: ['o'] } }],
  ['another field beside it', agents('a'), { match: { agents: ['a'], owners: ['o'] } }],
  ['no `match` of its own', agents('a'), {}],
  ['an heir for nobody', agents('a'), { match: { owners: [] } }],
  ['a template', { enabled: false, ...agents('a') }, agents('b')],
  ['another name', agents('a'), agents('a', 'b'), '`agents` has `b`, where the base has `a`'],
  ['a wider pattern', agents('ab*'), agents('a*'), '`agents` has `a*`, where the base has `ab*`'],
  ['an empty `match`', agents('a'), { match: {} }, '`agents` is missing, where the base has `a`'],
  [
    'another field instead',
    agents('a'),
    { match: { owners: ['o'] } },
    '`agents` is missing, where the base has `a`',
  ],
  ['a base for nobody', agents(), agents('a'), '`agents` has `a`, where the base has nobody'],
];

test.each(complete(further))(
  'an heir that matches more than its base: $what',
  ({ base, heir, lost: more }) => {
    const found = checkPolicies([
      { id: 'base', ...base },
      { id: 'heir', extends: 'base', ...heir },
    ]).filter(({ code }) => code === 'HEIR_MATCHES_MORE');

    expect(found).toEqual(
      more === undefined
        ? []
        : [
            {
              code: 'HEIR_MATCHES_MORE',
              path: 'policies[1].match',
              message: `${more}: the policy also applies to calls that \`base\`, which it extends, does not concern; narrow \`match\`, or write a policy that does not extend`,
            },
          ],
    );
  },
);

test('a `match` that an heir has from a template is reported where it was written', () => {
  const documents = [
    { id: 'base', ...agents('a') },
    { id: 'template', extends: 'base', enabled: false, ...agents('a', 'b') },
    { id: 'heir', extends: 'template' },
  ];

  expect(checkPolicies(documents)).toMatchObject([{ code: 'HEIR_MATCHES_MORE', path: 'policies[1].match' }]);
});
