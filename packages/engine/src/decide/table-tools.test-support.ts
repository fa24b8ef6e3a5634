import { effects } from '../nouns/effect.ts';
import { type Group, NOW_MS, type Row } from './decision-table.test-support.ts';

/** Every word that tells what a tool does, in the order of the effects. */
export const WORDS: Readonly<Record<(typeof effects)[number], readonly string[]>> = {
  read: ['get', 'list', 'read', 'describe', 'search', 'view', 'fetch', 'query', 'head'],
  mutating: [
    'write',
    'update',
    'create',
    'execute',
    'invoke',
    'modify',
    'send',
    'put',
    'post',
    'commit',
    'push',
    'deploy',
    'add',
    'and',
    'book',
    'buy',
    'cancel',
    'charge',
    'edit',
    'insert',
    'move',
    'order',
    'pay',
    'purchase',
    'refund',
    'rename',
    'run',
    'save',
    'sell',
    'set',
    'sign',
    'start',
    'stop',
    'submit',
    'then',
    'trade',
    'transfer',
    'upload',
    'withdraw',
  ],
  destructive: [
    'delete',
    'drop',
    'destroy',
    'purge',
    'terminate',
    'remove',
    'truncate',
    'clear',
    'erase',
    'kill',
    'reset',
    'wipe',
  ],
  admin: ['admin', 'transfer_ownership', 'revoke', 'escalate', 'grant', 'impersonate'],
};

const deny = (
  what: string,
  patterns: readonly string[],
  tool: string,
  expect: Row['expect'] = 'TOOL_DENIED',
): Row => ({
  clause: 'tools.deny[0]',
  what,
  policies: [{ tools: { deny: patterns } }],
  call: { tool },
  expect,
});

const denied: readonly Row[] = [
  deny('a name', ['web_search'], 'web_search', {
    is: 'TOOL_DENIED',
    first: { message: 'policy `a` denies `web_search`', value: 'web_search', limit: 'not `web_search`' },
  }),
  deny('a pattern', ['crypto_*'], 'crypto_trading', {
    is: 'TOOL_DENIED',
    first: {
      message: 'policy `a` denies `crypto_trading` by `crypto_*`',
      value: 'crypto_trading',
      limit: 'not `crypto_*`',
    },
  }),
  deny('one star is one segment', ['github*'], 'github/delete', 'allow'),
  deny('two stars are all of them', ['github**'], 'github/delete'),
  deny('case counts: names of tools are exact', ['crypto_*'], 'CRYPTO_trading', 'allow'),
  deny('a name that every object has', ['constructor'], 'constructor'),
  deny('another name that every object has', ['x'], 'toString', 'allow'),
  deny('the start of a name is another name', ['web_searc'], 'web_search', 'allow'),
  deny('an empty list denies nothing', [], 'web_search', 'allow'),
  {
    clause: 'tools.deny[1]',
    what: 'the second pattern of the list',
    policies: [{ tools: { deny: ['x', 'web_*'] } }],
    expect: 'TOOL_DENIED',
  },
  {
    clause: 'tools.deny[0]',
    what: 'deny beats allow',
    policies: [{ tools: { allow: ['web_search'], deny: ['web_search'] } }],
    expect: { is: 'TOOL_DENIED', reasons: ['TOOL_DENIED a tools.deny[0]'] },
  },
  {
    clause: 'tools.deny[0]',
    what: 'deny beats an allow that is closer',
    policies: [{ tools: { allow: ['web_search'], deny: ['**'] } }],
    expect: 'TOOL_DENIED',
  },
  {
    clause: 'tools.deny[0]',
    what: 'any policy may deny',
    policies: [{}, { tools: { allow: ['**'] } }, { tools: { deny: ['web_*'] } }],
    expect: { is: 'TOOL_DENIED', reasons: ['TOOL_DENIED c tools.deny[0]'], policies: ['a', 'b', 'c'] },
  },
  {
    clause: 'tools.deny[0]',
    what: 'denied comes before not allowed',
    policies: [{ tools: { allow: ['a'], deny: ['web_search'] } }],
    expect: { is: 'TOOL_DENIED', reasons: ['TOOL_DENIED a tools.deny[0]', 'TOOL_NOT_ALLOWED a tools.allow'] },
  },
  {
    clause: 'tools.deny[0]',
    what: 'a base denies what an heir without tools does not mention',
    policies: [{ tools: { deny: ['web_*'] } }, { extends: 'a' }],
    expect: { is: 'TOOL_DENIED', reasons: ['TOOL_DENIED b tools.deny[0]'], policies: ['b'] },
  },
  {
    clause: 'tools.deny[0]',
    what: 'a disabled base still gives its sections',
    policies: [{ enabled: false, tools: { deny: ['web_*'] } }, { extends: 'a' }],
    expect: 'TOOL_DENIED',
  },
  {
    clause: 'tools',
    what: 'an heir may be wider than its base',
    policies: [{ tools: { deny: ['web_*'] } }, { extends: 'a', tools: {} }],
    expect: { is: 'allow', policies: ['b'] },
  },
  {
    clause: 'tools.deny[0]',
    what: 'a disabled heir leaves the base alone',
    policies: [{ tools: { deny: ['web_*'] } }, { extends: 'a', tools: {}, enabled: false }],
    expect: { is: 'TOOL_DENIED', reasons: ['TOOL_DENIED a tools.deny[0]'], policies: ['a'] },
  },
  {
    clause: 'tools.deny[0]',
    what: 'an heir that does not apply leaves the base alone',
    policies: [{ tools: { deny: ['web_*'] } }, { extends: 'a', tools: {}, match: { agents: ['x'] } }],
    expect: { is: 'TOOL_DENIED', policies: ['a'] },
  },
  {
    clause: 'tools.deny[0]',
    what: 'denied through langchain',
    policies: [
      { match: { frameworks: ['express'] } },
      { match: { frameworks: ['langchain'] }, tools: { deny: ['web_*'] } },
    ],
    call: { framework: 'langchain' },
    expect: { is: 'TOOL_DENIED', reasons: ['TOOL_DENIED b tools.deny[0]'] },
  },
  {
    clause: 'match.frameworks',
    what: 'the same agent allowed through express',
    policies: [
      { match: { frameworks: ['express'] } },
      { match: { frameworks: ['langchain'] }, tools: { deny: ['web_*'] } },
    ],
    expect: { is: 'allow', policies: ['a'] },
  },
];

const allow = (
  what: string,
  patterns: readonly string[],
  tool: string,
  expect: Row['expect'] = 'TOOL_NOT_ALLOWED',
): Row => ({
  clause: 'tools.allow',
  what,
  policies: [{ tools: { allow: patterns } }],
  call: { tool },
  expect,
});

const disjoint = [{ tools: { allow: ['web_search'] } }, { tools: { allow: ['x'] } }];

const notAllowed: readonly Row[] = [
  allow('an empty list allows nothing', [], 'web_search', {
    is: 'TOOL_NOT_ALLOWED',
    first: {
      message: 'policy `a` does not allow `web_search`; it allows no tool',
      value: 'web_search',
      limit: 'no tool',
    },
  }),
  allow('another name', ['web_fetch', 'x'], 'web_search', {
    is: 'TOOL_NOT_ALLOWED',
    first: { limit: '`web_fetch`, `x`' },
  }),
  allow('the start of a name', ['web_searc'], 'web_search'),
  allow('case counts', ['web_search'], 'Web_Search'),
  allow('a slash does not fit one star', ['web_*'], 'web_x/rm'),
  allow('the server counts', ['a/search'], 'b/search'),
  allow('a name that every object has', ['web_search'], '__proto__'),
  allow('a name that every object inherits', ['web_search'], 'toString'),
  allow('the name', ['web_search'], 'web_search', 'allow'),
  allow('a pattern', ['github/**'], 'github/issues/create', 'allow'),
  { clause: 'tools', what: 'a missing list does not restrict', policies: [{ tools: {} }], expect: 'allow' },
  {
    clause: 'tools.allow',
    what: 'a name that the same policy denies is not told as a way out',
    policies: [{ tools: { allow: ['x', 'y*'], deny: ['x'] } }],
    expect: { is: 'TOOL_NOT_ALLOWED', first: { limit: '`y*`' } },
  },
  {
    clause: 'tools.allow',
    what: 'disjoint lists of two policies allow nothing',
    policies: disjoint,
    expect: { is: 'TOOL_NOT_ALLOWED', reasons: ['TOOL_NOT_ALLOWED b tools.allow'] },
  },
  {
    clause: 'tools.allow',
    what: 'from either side',
    policies: disjoint,
    call: { tool: 'x' },
    expect: { is: 'TOOL_NOT_ALLOWED', reasons: ['TOOL_NOT_ALLOWED a tools.allow'] },
  },
  {
    clause: 'tools.allow',
    what: 'and a tool of neither has both reasons',
    policies: disjoint,
    call: { tool: 'y' },
    expect: {
      is: 'TOOL_NOT_ALLOWED',
      reasons: ['TOOL_NOT_ALLOWED a tools.allow', 'TOOL_NOT_ALLOWED b tools.allow'],
    },
  },
  {
    clause: 'tools.allow',
    what: 'an heir may be narrower than its base',
    policies: [{ tools: { allow: ['**'] } }, { extends: 'a', tools: { allow: ['x'] } }],
    expect: { is: 'TOOL_NOT_ALLOWED', reasons: ['TOOL_NOT_ALLOWED b tools.allow'], policies: ['b'] },
  },
  {
    clause: 'tools.allow',
    what: 'an heir of an heir inherits too',
    policies: [{ tools: { allow: ['x'] } }, { extends: 'a' }, { extends: 'b', version: 3 }],
    expect: { is: 'TOOL_NOT_ALLOWED', policies: ['c'] },
  },
];

const views = (what: string, tool: string, effect: Row['call'], expect: Row['expect']): Row => ({
  clause: 'effects.allow',
  what,
  policies: [{ effects: { allow: ['read'] } }],
  call: { tool, ...effect },
  expect,
});

const overrides = { read: ['db/*', 'purge'], admin: ['db/delete*', 'pay'], mutating: ['db/delete_all'] };
const overridden = (what: string, tool: string, value: (typeof effects)[number]): Row => ({
  clause: 'effects.allow',
  what,
  policies: [{ effects: { allow: [], overrides } }],
  call: { tool },
  expect: { is: 'EFFECT_NOT_ALLOWED', first: { value, limit: 'no effect' } },
});

const sessionOf = (calls: number, denials: number, writes: number) => ({
  calls,
  denials,
  writes,
  elevations: [],
});
const anomalous = (
  what: string,
  anomaly: object,
  session: object | undefined,
  expect: Row['expect'],
): Row => ({
  clause: 'effects.allow',
  what,
  policies: [{ effects: { allow: ['read'] }, anomaly }],
  expect,
  facts: session === undefined ? {} : { session },
});

const keywords: readonly Row[] = effects.flatMap((effect) =>
  WORDS[effect].map((word) => ({
    clause: 'effects.allow',
    what: `\`${word}\` is a word of ${effect} tools`,
    policies: [{ effects: { allow: effects.filter((each) => each !== effect) } }],
    // Tools of no known word write: beside a word that reads, only the word itself says so.
    call: { tool: `server/${effect === 'read' ? 'x' : 'get'}_${word}_y` },
    expect: { is: 'EFFECT_NOT_ALLOWED' as const, first: { value: effect }, effect },
  })),
);

const effectRows: readonly Row[] = [
  views('a tool that reads', 'get_page', {}, { is: 'allow', effect: 'read', writes: false }),
  views(
    'a tool that writes',
    'update_page',
    {},
    {
      is: 'EFFECT_NOT_ALLOWED',
      first: {
        message: '`update_page` is `mutating`; policy `a` allows `read`',
        value: 'mutating',
        limit: '`read`',
      },
    },
  ),
  views(
    'a tool of no known word writes',
    'frobnicate',
    {},
    { is: 'EFFECT_NOT_ALLOWED', first: { value: 'mutating' } },
  ),
  views(
    'the strictest word counts',
    'get_and_delete',
    {},
    { is: 'EFFECT_NOT_ALLOWED', first: { value: 'destructive' } },
  ),
  views(
    'a word that acts counts more than one that reads',
    'search_and_buy',
    {},
    { is: 'EFFECT_NOT_ALLOWED', first: { value: 'mutating' } },
  ),
  views(
    'a word that acts in a name of capitals',
    'getThenReset',
    {},
    {
      is: 'EFFECT_NOT_ALLOWED',
      first: { value: 'destructive' },
    },
  ),
  views('words of capitals are words', 'getPage', {}, 'allow'),
  views(
    'two words may be one',
    'transferOwnership',
    {},
    { is: 'EFFECT_NOT_ALLOWED', first: { value: 'admin' } },
  ),
  views(
    'a part of a word is no word',
    'getaway',
    {},
    { is: 'EFFECT_NOT_ALLOWED', first: { value: 'mutating' } },
  ),
  views('the name of the server does not count', 'delete/get_page', {}, 'allow'),
  views('digits end a word', 'delete2', {}, { is: 'EFFECT_NOT_ALLOWED', first: { value: 'destructive' } }),
  views(
    'what a tool declares counts more than its name',
    'delete_all',
    { effect: 'read' },
    { is: 'allow', effect: 'read' },
  ),
  views(
    'also when it declares more',
    'get_page',
    { effect: 'admin' },
    { is: 'EFFECT_NOT_ALLOWED', first: { value: 'admin' } },
  ),
  {
    clause: 'effects.allow',
    what: 'an empty list allows nothing',
    policies: [{ effects: { allow: [] } }],
    expect: { is: 'EFFECT_NOT_ALLOWED', first: { limit: 'no effect' } },
  },
  {
    clause: 'effects',
    what: 'a missing list does not restrict',
    policies: [{ effects: {} }],
    call: { tool: 'delete_all' },
    expect: { is: 'allow', effect: 'destructive' },
  },
  {
    clause: 'effects.allow',
    what: 'every policy must allow the effect',
    policies: [{ effects: { allow: ['read'] } }, { effects: { allow: ['mutating'] } }],
    expect: { is: 'EFFECT_NOT_ALLOWED', reasons: ['EFFECT_NOT_ALLOWED b effects.allow'] },
  },
  ...keywords,
  overridden('an override counts more than the name', 'purge', 'read'),
  overridden('an override by a pattern', 'db/get', 'read'),
  overridden('the strictest of two patterns counts', 'db/delete_one', 'admin'),
  overridden('a name counts more than patterns', 'db/delete_all', 'mutating'),
  overridden('an override to more', 'pay', 'admin'),
  overridden('a tool without an override', 'get_page', 'read'),
  {
    clause: 'effects.allow',
    what: 'an override counts more than what the tool declares',
    policies: [{ effects: { allow: ['read'], overrides: { admin: ['x'] } } }],
    call: { tool: 'x', effect: 'read' },
    expect: { is: 'EFFECT_NOT_ALLOWED', first: { value: 'admin' }, effect: 'admin' },
  },
  {
    clause: 'effects.overrides',
    what: 'an override to less is believed',
    policies: [{ effects: { overrides: { read: ['delete_all'] } } }],
    call: { tool: 'delete_all' },
    expect: { is: 'allow', effect: 'read', writes: false },
  },
  {
    clause: 'effects.allow',
    what: 'an override of one policy is none of another',
    policies: [{ effects: { overrides: { read: ['delete_all'] } } }, { effects: { allow: ['read'] } }],
    call: { tool: 'delete_all' },
    expect: {
      is: 'EFFECT_NOT_ALLOWED',
      reasons: ['EFFECT_NOT_ALLOWED b effects.allow'],
      effect: 'destructive',
    },
  },
  anomalous('four calls are too few to judge', {}, sessionOf(4, 4, 4), { is: 'allow', effect: 'read' }),
  anomalous('five calls are enough', {}, sessionOf(5, 5, 0), {
    is: 'EFFECT_NOT_ALLOWED',
    first: {
      message:
        '`web_search` is `mutating`, one tier above `read`, since so many calls of this session were denied or wrote; policy `a` allows `read`',
      value: 'mutating',
    },
    effect: 'mutating',
    writes: false,
  }),
  anomalous('29 % denials', {}, sessionOf(100, 29, 0), 'allow'),
  anomalous('30 % denials', {}, sessionOf(100, 30, 0), 'EFFECT_NOT_ALLOWED'),
  anomalous('79 % writes', {}, sessionOf(100, 0, 79), 'allow'),
  anomalous('80 % writes', {}, sessionOf(100, 0, 80), 'EFFECT_NOT_ALLOWED'),
  anomalous('a session of which nothing is known', {}, undefined, 'EFFECT_NOT_ALLOWED'),
  anomalous(
    'other numbers, just below',
    { after: 2, denialRate: 51, writeRate: 51 },
    sessionOf(2, 1, 1),
    'allow',
  ),
  anomalous(
    'other numbers, just reached',
    { after: 2, denialRate: 50, writeRate: 51 },
    sessionOf(2, 1, 1),
    'EFFECT_NOT_ALLOWED',
  ),
  {
    clause: 'anomaly',
    what: 'an anomaly of one policy is none of another',
    policies: [{ anomaly: {} }, { effects: { allow: ['read'] } }],
    expect: { is: 'allow', effect: 'mutating' },
  },
  {
    clause: 'effects.allow',
    what: 'an anomaly raises an override too',
    policies: [{ effects: { allow: ['read', 'mutating'], overrides: { destructive: ['x'] } }, anomaly: {} }],
    call: { tool: 'x' },
    expect: { is: 'EFFECT_NOT_ALLOWED', first: { value: 'admin' }, writes: true },
  },
];

const people = { approvers: ['ada@example.com'] };
const readOnly = {
  sessions: { mode: 'read-only', elevation: { ...people, tools: ['page_*'], lasts: '2m' } },
};
const elevated = (policy: string, tool: string, untilMs: number) => ({
  session: { ...sessionOf(1, 0, 0), elevations: [{ policy, tool, untilMs }] },
});
const asks = {
  is: 'approve' as const,
  approvals: [{ policy: 'a', clause: 'sessions.elevation', elevatesForMs: 120_000 }],
};
const session = (
  clause: string,
  what: string,
  tool: string,
  more: Pick<Row, 'expect'> & Partial<Row>,
): Row => ({
  clause,
  what,
  policies: [readOnly],
  call: { tool },
  ...more,
});

const elevation: readonly Row[] = [
  session('sessions', 'a read-only session without elevation writes', 'page_write', {
    policies: [{ sessions: { mode: 'read-only' } }],
    expect: {
      is: 'ELEVATION_REFUSED',
      first: {
        message:
          '`page_write` is `mutating`; policy `a` lets this session read only, and no elevation covers this tool',
        value: 'mutating',
        limit: '`read`',
      },
    },
  }),
  session('sessions', 'a tool that no elevation covers', 'mail_send', { expect: 'ELEVATION_REFUSED' }),
  session('sessions', 'nobody is elevated to admin', 'page_admin', {
    expect: { is: 'ELEVATION_REFUSED', first: { value: 'admin' } },
  }),
  session('sessions', 'not even with an elevation', 'page_admin', {
    facts: elevated('a', 'page_admin', NOW_MS + 1),
    expect: 'ELEVATION_REFUSED',
  }),
  session('sessions', 'an anomaly makes a deletion of it', 'page_delete', {
    policies: [{ ...readOnly, anomaly: {} }],
    expect: 'ELEVATION_REFUSED',
  }),
  session('sessions', 'reading needs nothing', 'page_get', { expect: { is: 'allow', approvals: [] } }),
  session('sessions', 'an open session needs nothing', 'page_write', {
    policies: [{ sessions: { mode: 'open' } }],
    expect: 'allow',
  }),
  session('sessions.elevation', 'a session that is not elevated asks', 'page_write', { expect: asks }),
  session('sessions.elevation', 'an elevated session writes', 'page_write', {
    facts: elevated('a', 'page_write', NOW_MS + 1),
    expect: { is: 'allow', writes: true },
  }),
  session('sessions.elevation', 'an elevation that ends now has ended', 'page_write', {
    facts: elevated('a', 'page_write', NOW_MS),
    expect: asks,
  }),
  session('sessions.elevation', 'an elevation of another policy', 'page_write', {
    facts: elevated('b', 'page_write', NOW_MS + 1),
    expect: asks,
  }),
  session('sessions.elevation', 'an elevation of another tool', 'page_write', {
    facts: elevated('a', 'page_update', NOW_MS + 1),
    expect: asks,
  }),
  session('sessions.elevation', 'an anomaly makes reading ask', 'page_get', {
    policies: [{ ...readOnly, anomaly: {} }],
    expect: { ...asks, writes: false },
  }),
  session('sessions.elevation', 'five minutes where nothing is said', 'x', {
    policies: [{ sessions: { mode: 'read-only', elevation: people } }],
    expect: { is: 'approve', approvals: [{ elevatesForMs: 300_000, expiresInMs: 3_600_000, require: 1 }] },
  }),
];

/** What may be called, with which effect, in which kind of session. */
export const toolGroups: readonly Group[] = [
  { answer: 'TOOL_DENIED', rows: denied },
  { answer: 'TOOL_NOT_ALLOWED', rows: notAllowed },
  { answer: 'EFFECT_NOT_ALLOWED', rows: effectRows },
  { answer: 'ELEVATION_REFUSED', rows: elevation },
];
