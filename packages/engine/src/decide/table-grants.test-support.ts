import { EURC, type Group, type Row } from './decision-table.test-support.ts';

const ada = { approvers: ['ada@example.com'] };
const asks = (when: unknown, more: object = {}) => ({ approvals: [{ when, ...ada, ...more }] });
const rules = (...then: readonly string[]) => ({
  rules: then.map((each, index) => ({
    id: `r${index}`,
    when: 'true',
    then: each,
    reason: `reason ${index}`,
    ...(each === 'approve' ? ada : {}),
  })),
});
const asked = (what: string, policy: object, expect: Row['expect'], call: Row['call'] = {}): Row => ({
  clause: 'approvals[0]',
  what,
  policies: [policy],
  call,
  expect,
});
const because = (reason: string): Row['expect'] => ({
  is: 'approve',
  approvals: [
    {
      policy: 'a',
      clause: 'approvals[0]',
      reason,
      require: 1,
      approvers: ['ada@example.com'],
      escalations: [],
      expiresInMs: 3_600_000,
    },
  ],
});
const usd = (text: string) => ({ price: `${text} USD` });

const approvals: readonly Row[] = [
  asked('one micro-unit below the threshold', asks({ above: '1 USD' }), 'allow', usd('0.999999')),
  asked('equal to the threshold', asks({ above: '1 USD' }), { is: 'allow', approvals: [] }, usd('1')),
  asked(
    'one micro-unit above the threshold',
    asks({ above: '1 USD' }),
    because('1.000001 USD is above 1.00 USD'),
    usd('1.000001'),
  ),
  asked('a threshold of nothing, for nothing', asks({ above: '0 USD' }), 'allow', usd('0')),
  asked('a threshold of nothing, for a micro-unit', asks({ above: '0 USD' }), 'approve', usd('0.000001')),
  asked(
    'a tool',
    asks({ tools: ['deploy/*', 'web_*'] }),
    because('`web_search` is one of `deploy/*`, `web_*`'),
  ),
  asked('another tool', asks({ tools: ['deploy/*'] }), 'allow'),
  asked('an effect', asks({ effects: ['destructive', 'admin'] }), because('`delete_all` is `destructive`'), {
    tool: 'delete_all',
  }),
  asked('another effect', asks({ effects: ['destructive', 'admin'] }), 'allow'),
  asked(
    'an effect by an override',
    { ...asks({ effects: ['admin'] }), effects: { overrides: { admin: ['web_*'] } } },
    { is: 'approve', effect: 'admin' },
  ),
  asked(
    'an effect that an anomaly raised',
    { ...asks({ effects: ['mutating'] }), anomaly: {} },
    because(
      '`web_search` is `mutating`, one tier above `read`, since so many calls of this session were denied or wrote',
    ),
  ),
  asked(
    'tool and price',
    asks({ tools: ['web_*'], above: '0.10 USD' }),
    because('`web_search` is one of `web_*` and 0.12 USD is above 0.10 USD'),
  ),
  asked('the tool without the price', asks({ tools: ['web_*'], above: '0.12 USD' }), 'allow'),
  asked('the price without the tool', asks({ tools: ['deploy'], above: '0.10 USD' }), 'allow'),
  asked('the tool without the effect', asks({ tools: ['web_*'], effects: ['admin'] }), 'allow'),
  asked('always', asks('always'), because('policy `a` asks for every call'), usd('0')),
  asked(
    'several people, the later ones later',
    asks('always', {
      approvers: ['a@b', 'c@d', 'a@b'],
      require: 3,
      expiresIn: '7d',
      escalate: [
        { after: '1h', approvers: ['e@f'] },
        { after: '1d', approvers: ['g@h', 'g@h'] },
      ],
    }),
    {
      is: 'approve',
      approvals: [
        {
          require: 3,
          approvers: ['a@b', 'c@d'],
          expiresInMs: 604_800_000,
          escalations: [
            { afterMs: 3_600_000, approvers: ['e@f'] },
            { afterMs: 86_400_000, approvers: ['g@h'] },
          ],
        },
      ],
    },
  ),
  asked(
    'a role, with deputies, reminders and separate duties',
    {
      ...asks('always', {
        approvers: ['role:finance', 'c@d'],
        remind: ['10m', '30m'],
        separateDuties: true,
      }),
      people: {
        roles: { finance: ['a@b', 'c@d'], other: ['x@y'] },
        deputies: [
          { for: 'a@b', deputy: 'e@f', until: '2026-12-01T00:00:00Z' },
          { for: 'x@y', deputy: 'e@f', until: '2026-12-01T00:00:00Z' },
        ],
      },
    },
    {
      is: 'approve',
      approvals: [
        {
          approvers: ['a@b', 'c@d'],
          deputies: [{ standsFor: 'a@b', deputy: 'e@f', fromMs: 0, untilMs: 1_796_083_200_000 }],
          remindersMs: [600_000, 1_800_000],
          separateDuties: true,
        },
      ],
    },
  ),
  { clause: 'approvals', what: 'an empty list asks nobody', policies: [{ approvals: [] }], expect: 'allow' },
  {
    clause: 'approvals[1]',
    what: 'every clause of every policy asks',
    policies: [
      {
        approvals: [
          { when: { above: '9 USD' }, ...ada },
          { when: 'always', ...ada },
        ],
      },
      asks({ tools: ['**'] }),
    ],
    expect: {
      is: 'approve',
      approvals: [
        { policy: 'a', clause: 'approvals[1]' },
        { policy: 'b', clause: 'approvals[0]' },
      ],
    },
  },
  {
    clause: 'approvals[0]',
    what: 'an heir asks by the clauses of its base',
    policies: [asks('always'), { extends: 'a', tools: { allow: ['web_*'] } }],
    expect: { is: 'approve', approvals: [{ policy: 'b', clause: 'approvals[0]' }], policies: ['b'] },
  },
  {
    clause: 'rules[0]',
    what: 'a rule may ask',
    policies: [rules('approve')],
    expect: {
      is: 'approve',
      approvals: [
        { policy: 'a', clause: 'rules[0]', reason: 'reason 0', require: 1, approvers: ['ada@example.com'] },
      ],
    },
  },
  { clause: 'approvals[0]', what: 'approve beats allow', policies: [{}, asks('always')], expect: 'approve' },
  {
    clause: 'approvals[0]',
    what: 'approve beats flag, and the flag is kept',
    policies: [rules('flag'), asks('always')],
    expect: { is: 'approve', flags: [{ policy: 'a', clause: 'rules[0]', reason: 'reason 0' }] },
  },
  {
    clause: 'tools.deny[0]',
    what: 'deny beats approve and flag, and the flag is kept',
    policies: [rules('approve', 'flag'), asks('always'), { tools: { deny: ['*'] } }],
    expect: {
      is: 'TOOL_DENIED',
      reasons: ['TOOL_DENIED c tools.deny[0]'],
      flags: [{ policy: 'a', clause: 'rules[1]', reason: 'reason 1' }],
    },
  },
];

const flags: readonly Row[] = [
  {
    clause: 'rules[0]',
    what: 'a rule that flags lets pass',
    policies: [rules('flag')],
    expect: { is: 'flag', flags: [{ policy: 'a', clause: 'rules[0]', reason: 'reason 0' }] },
  },
  {
    clause: 'rules[0]',
    what: 'every flag of every policy is kept',
    policies: [rules('flag', 'flag'), rules('flag')],
    expect: {
      is: 'flag',
      flags: [
        { policy: 'a', clause: 'rules[0]', reason: 'reason 0' },
        { policy: 'a', clause: 'rules[1]', reason: 'reason 1' },
        { policy: 'b', clause: 'rules[0]', reason: 'reason 0' },
      ],
    },
  },
  {
    clause: 'rules[0]',
    what: 'flag beats allow',
    policies: [{ tools: { allow: ['**'] } }, rules('flag')],
    expect: 'flag',
  },
];

const whose = '["https://i.example","acme","asmit@example.com","coding-agent-01"]';
const charge = (what: string, policy: object, budget: object, call: Row['call'] = {}): Row => ({
  clause: 'budgets[0]',
  what,
  policies: [policy],
  call,
  expect: {
    is: 'allow',
    budgets: [
      { policy: 'a', clause: 'budgets[0]', amount: 120_000n, limit: 5_000_000n, currency: 'USD', ...budget },
    ],
  },
});
const budget = (scope: string, window: string, more: object = {}) => ({
  budgets: [{ scope, window, limit: '5 USD', ...more }],
});
const key = (scope: string, names: readonly string[], ...rest: readonly (string | null)[]): string =>
  JSON.stringify(['a', scope, ['https://i.example', ...names], ...rest]);
const shop = { payee: { recipient: 'Shop.Example' } };
const owner = ['acme', 'asmit@example.com'];
const agent = [...owner, 'coding-agent-01'];
const utc = ['USD', null, 'UTC'] as const;

const charges: readonly Row[] = [
  charge('the session', budget('session', 'lifetime'), {
    key: key('session', [...agent, 's1'], 'lifetime', 'USD', null),
    rollingMs: undefined,
  }),
  charge('the agent', budget('agent', 'day'), { key: key('agent', agent, 'day', ...utc), zone: 'UTC' }),
  charge('the owner', budget('owner', 'day'), { key: key('owner', owner, 'day', ...utc) }),
  charge('the tenant', budget('tenant', 'day'), { key: key('tenant', ['acme'], 'day', ...utc) }),
  charge('the tool, within the tenant', budget('tool', 'day'), {
    key: key('tool', ['acme', 'web_search'], 'day', ...utc),
  }),
  charge(
    'the merchant, within the tenant, in small letters',
    budget('merchant', 'day'),
    { key: key('merchant', ['acme', 'shop.example'], 'day', ...utc) },
    shop,
  ),
  charge(
    'the merchant, without the full stop at its end',
    budget('merchant', 'day'),
    { key: key('merchant', ['acme', 'shop.example'], 'day', ...utc) },
    { payee: { recipient: 'shop.example.' } },
  ),
  charge('an hour', budget('agent', 'hour'), { window: 'hour', key: key('agent', agent, 'hour', ...utc) }),
  charge('a week', budget('agent', 'week'), { window: 'week', key: key('agent', agent, 'week', ...utc) }),
  charge('a month', budget('agent', 'month'), { window: 'month', key: key('agent', agent, 'month', ...utc) }),
  charge('a year', budget('agent', 'year'), {
    window: 'year',
    key: key('agent', agent, 'year', ...utc),
  }),
  charge('a lifetime', budget('agent', 'lifetime'), {
    window: 'lifetime',
    key: key('agent', agent, 'lifetime', 'USD', null),
  }),
  charge('a rolling window', budget('agent', 'rolling 24h'), {
    window: 'rolling 24h',
    rollingMs: 86_400_000,
    key: key('agent', agent, 'rolling 24h', 'USD', null),
  }),
  charge('a zone of its own', budget('agent', 'day', { timezone: 'Europe/Berlin' }), {
    zone: 'Europe/Berlin',
    key: key('agent', agent, 'day', 'USD', null, 'Europe/Berlin'),
  }),
  charge(
    'the zone of the document',
    { timezone: 'Asia/Tokyo', ...budget('agent', 'month') },
    { zone: 'Asia/Tokyo', key: key('agent', agent, 'month', 'USD', null, 'Asia/Tokyo') },
  ),
  charge('tools are part of the key', budget('agent', 'lifetime', { tools: ['web_*'] }), {
    key: key('agent', agent, 'lifetime', 'USD', '75ae60111730c340ef6e60115af3f335'),
  }),
  {
    clause: 'budgets[0]',
    what: 'a budget of other tools is not charged',
    policies: [budget('agent', 'day', { tools: ['mail_*'] })],
    expect: { is: 'allow', budgets: [] },
  },
  {
    clause: 'budgets[0]',
    what: 'two policies have two budgets',
    policies: [budget('agent', 'day'), budget('agent', 'day')],
    expect: {
      is: 'allow',
      budgets: [{ policy: 'a' }, { policy: 'b', key: `["b","agent",${whose},"day","USD",null,"UTC"]` }],
    },
  },
  {
    clause: 'budgets[0]',
    what: 'an heir charges the budget of its base',
    policies: [budget('agent', 'day'), { extends: 'a', tools: {} }],
    expect: { is: 'allow', budgets: [{ policy: 'b', key: key('agent', agent, 'day', ...utc) }] },
  },
  {
    clause: 'budgets[0]',
    what: 'an heir with budgets of its own charges those',
    policies: [budget('agent', 'day'), { extends: 'a', ...budget('agent', 'day') }],
    expect: { is: 'allow', budgets: [{ policy: 'b', key: `["b","agent",${whose},"day","USD",null,"UTC"]` }] },
  },
  {
    clause: 'budgets[0]',
    what: 'an heir of another zone charges the budget of its base in the zone of the base',
    policies: [
      { timezone: 'Europe/Berlin', ...budget('agent', 'day') },
      { extends: 'a', timezone: 'Asia/Tokyo' },
    ],
    expect: {
      is: 'allow',
      budgets: [{ zone: 'Europe/Berlin', key: key('agent', agent, 'day', 'USD', null, 'Europe/Berlin') }],
    },
  },
  {
    clause: 'budgets[0]',
    what: 'an heir that gives a zone to a base without one charges the budget in UTC',
    policies: [budget('agent', 'day'), { extends: 'a', timezone: 'Asia/Tokyo' }],
    expect: { is: 'allow', budgets: [{ zone: 'UTC', key: key('agent', agent, 'day', ...utc) }] },
  },
  {
    clause: 'budgets[0]',
    what: 'two heirs charge the budget of their base once',
    policies: [budget('agent', 'day'), { extends: 'a' }, { extends: 'a' }],
    expect: { is: 'allow', budgets: [{ key: key('agent', agent, 'day', ...utc) }] },
  },
  {
    clause: 'cooldown',
    what: 'two heirs wait once',
    policies: [{ cooldown: '10s' }, { extends: 'a' }, { extends: 'a' }],
    expect: { is: 'allow', rates: [{ key: key('agent', agent, 'cooldown') }] },
  },
];

const wallet = (currency: string) => ({ wallet: { currency } });
const wallets: readonly Row[] = [
  {
    clause: 'wallet',
    what: 'the wallet of the agent, of which only the store knows what is in it',
    policies: [wallet('USD')],
    expect: {
      is: 'allow',
      budgets: [
        {
          policy: 'a',
          clause: 'wallet',
          key: JSON.stringify(['wallet', 'USD', 'https://i.example', ...agent]),
          scope: 'agent',
          window: 'lifetime',
          rollingMs: undefined,
          currency: 'USD',
          limit: 0n,
          amount: 120_000n,
          account: 'wallet',
        },
      ],
    },
  },
  {
    clause: 'wallet',
    what: 'a call that is priced at nothing names the wallet and holds nothing of it',
    policies: [wallet('USD')],
    call: { price: '0 USD' },
    expect: { is: 'allow', budgets: [{ currency: 'USD', amount: 0n, account: 'wallet' }] },
  },
  {
    clause: 'wallet',
    what: 'a token pays from the wallet of its currency',
    policies: [wallet('EUR')],
    call: { price: { units: 120_000n, asset: EURC } },
    expect: { is: 'allow', budgets: [{ currency: 'EUR', amount: 120_000n, account: 'wallet' }] },
  },
  {
    clause: 'wallet',
    what: 'budgets and the wallet are charged both',
    policies: [{ ...budget('agent', 'day'), ...wallet('USD') }],
    expect: { is: 'allow', budgets: [{ clause: 'budgets[0]' }, { clause: 'wallet' }] },
  },
  {
    clause: 'wallet',
    what: 'several policies are paid from one wallet once; the first names it',
    policies: [wallet('USD'), wallet('USD'), {}],
    expect: { is: 'allow', budgets: [{ policy: 'a', clause: 'wallet', amount: 120_000n }] },
  },
  {
    clause: 'wallet',
    what: 'wallets of two currencies both pay for a token that counts as both',
    policies: [wallet('USD'), wallet('EUR')],
    call: { price: { units: 100_000n, asset: EURC } },
    expect: {
      is: 'allow',
      budgets: [
        { policy: 'a', currency: 'USD', amount: 110_000n },
        { policy: 'b', currency: 'EUR', amount: 100_000n },
      ],
    },
  },
  {
    clause: 'wallet',
    what: 'an heir pays from the wallet that its base says',
    policies: [wallet('USD'), { extends: 'a' }],
    expect: { is: 'allow', budgets: [{ policy: 'b', clause: 'wallet', currency: 'USD' }] },
  },
  {
    clause: 'wallet',
    what: 'the session is no part of whose wallet it is',
    policies: [wallet('USD')],
    call: { principal: { session: 's2' } },
    expect: {
      is: 'allow',
      budgets: [{ key: JSON.stringify(['wallet', 'USD', 'https://i.example', ...agent]) }],
    },
  },
  {
    clause: 'wallet',
    what: 'the agent of that name of another owner has a wallet of its own',
    policies: [wallet('USD')],
    call: { principal: { owner: 'eve@example.com' } },
    expect: {
      is: 'allow',
      budgets: [
        {
          key: JSON.stringify([
            'wallet',
            'USD',
            'https://i.example',
            'acme',
            'eve@example.com',
            'coding-agent-01',
          ]),
        },
      ],
    },
  },
];

const rate = (scope: string, per: string, more: object = {}) => ({
  rates: [{ scope, per, limit: 10, ...more }],
});
const count = (what: string, policy: object, expected: object | undefined, call: Row['call'] = {}): Row => ({
  clause: 'rates[0]',
  what,
  policies: [policy],
  call,
  expect: { is: 'allow', rates: expected === undefined ? [] : [{ policy: 'a', ...expected }] },
});
const classes = { light: ['web_*'], constructor: ['mail_*'] };

const rates: readonly Row[] = [
  count('calls of the agent in a minute', rate('agent', 'minute'), {
    key: key('agent', agent, 'minute', null),
    perMs: 60_000,
    limit: 10,
  }),
  count('in a second', rate('agent', 'second'), { perMs: 1_000 }),
  count('in an hour', rate('agent', 'hour'), { perMs: 3_600_000 }),
  count('in a day', rate('agent', 'day'), { perMs: 86_400_000 }),
  count('in a length of time', rate('agent', '10s'), { per: '10s', perMs: 10_000 }),
  count('of the session', rate('session', 'minute'), {
    key: key('session', [...agent, 's1'], 'minute', null),
  }),
  count('of the owner', rate('owner', 'minute'), {
    key: key('owner', owner, 'minute', null),
  }),
  count('of the tenant', rate('tenant', 'minute'), { key: key('tenant', ['acme'], 'minute', null) }),
  count('of the tool', rate('tool', 'minute'), { key: key('tool', ['acme', 'web_search'], 'minute', null) }),
  count(
    'of the merchant',
    rate('merchant', 'minute'),
    { key: key('merchant', ['acme', 'shop.example'], 'minute', null) },
    shop,
  ),
  count('of other tools', rate('agent', 'minute', { tools: ['mail_*'] }), undefined),
  count(
    'of a class of tools',
    { classes, ...rate('agent', 'minute', { class: 'light' }) },
    { key: key('agent', agent, 'minute', '75ae60111730c340ef6e60115af3f335', 'light') },
  ),
  count(
    'of another class of tools',
    { classes, ...rate('agent', 'minute', { class: 'constructor' }) },
    undefined,
  ),
  count('a limit of nothing is judged with the money', rate('agent', 'minute', { limit: 0 }), { limit: 0 }),
  {
    clause: 'rates[0]',
    what: 'an heir counts in the rates of its base',
    policies: [rate('agent', 'minute'), { extends: 'a', tools: {} }],
    expect: { is: 'allow', rates: [{ policy: 'b', key: key('agent', agent, 'minute', null) }] },
  },
  {
    clause: 'cooldown',
    what: 'a pause is a rate of one call',
    policies: [{ cooldown: '10s' }],
    expect: {
      is: 'allow',
      rates: [
        {
          policy: 'a',
          clause: 'cooldown',
          scope: 'agent',
          per: '10s',
          perMs: 10_000,
          limit: 1,
          key: key('agent', agent, 'cooldown'),
        },
      ],
    },
  },
];

const allowed: readonly Row[] = [
  {
    clause: 'id',
    what: 'a policy that says nothing',
    policies: [{}],
    expect: { is: 'allow', policies: ['a'], budgets: [], rates: [], approvals: [], flags: [] },
  },
  {
    clause: 'version',
    what: 'a name that every object has for an id',
    policies: [
      { id: 'constructor', version: 3, description: 'x', $schema: 'https://s.example' },
      { id: 'toString' },
    ],
    expect: { is: 'allow', policies: ['constructor', 'toString'] },
  },
  {
    clause: 'policies',
    what: 'policies are named in the order of the documents',
    policies: [
      { match: { owners: ['asmit@*'] } },
      { match: { agents: ['coding-*'] } },
      {},
      { match: { owners: ['asmit@example.com'] } },
      { match: { frameworks: ['express'], agents: ['**'] } },
    ],
    expect: { is: 'allow', policies: ['a', 'b', 'c', 'd', 'e'] },
  },
  {
    clause: 'extends',
    what: 'base and heir, one for each',
    policies: [{ match: {} }, { extends: 'a', match: { agents: ['other'] } }],
    expect: { is: 'allow', policies: ['a'] },
  },
  ...charges,
  ...wallets,
  ...rates,
];

/** What passes: when people agree, seen, or at once; and what is counted for it. */
export const grantGroups: readonly Group[] = [
  { answer: 'approve', rows: approvals },
  { answer: 'flag', rows: flags },
  { answer: 'allow', rows: allowed },
];
