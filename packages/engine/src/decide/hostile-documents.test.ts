import { ToriiError } from '../nouns/errors.ts';
import { compilePolicies } from './compile.ts';
import { decide } from './decide.ts';
import { answerOf, assets, callOf, factsOf } from './decision-table.test-support.ts';

function boom(): never {
  throw new Error('boom');
}

const throwing: ProxyHandler<object> = {
  get: boom,
  has: boom,
  ownKeys: boom,
  getPrototypeOf: boom,
  getOwnPropertyDescriptor: boom,
};

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

const cyclic: Record<string, unknown> = { id: 'p' };
cyclic['tools'] = cyclic;

/** The message of POLICY_INVALID; anything else fails the test. */
function refusalOf(documents: unknown): string {
  try {
    compilePolicies(documents as readonly unknown[], assets);
  } catch (error) {
    if (ToriiError.is(error) && error.code === 'POLICY_INVALID') return error.message;
    throw error;
  }
  return 'accepted';
}

const json = (text: string): unknown => JSON.parse(text);

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['text', 'p'],
  ['an object of documents', { 0: { id: 'p' }, length: 1 }],
  ['a list that throws', new Proxy([], throwing)],
  ['a list that was revoked', revoked([])],
  ['a document that throws', [new Proxy({}, throwing)]],
  ['a document that was revoked', [revoked({})]],
  [
    'a section that throws',
    [
      {
        id: 'p',
        get tools() {
          return boom();
        },
      },
    ],
  ],
  [
    'an id that throws',
    [
      {
        get id() {
          return boom();
        },
      },
    ],
  ],
  ['a list of tools that throws', [{ id: 'p', tools: { allow: new Proxy([], throwing) } }]],
  ['a document in itself', [cyclic]],
  ['a map', [new Map([['id', 'p']])]],
  ['a gap in the list', Array.from({ length: 1 })],
  ['a function', [() => ({ id: 'p' })]],
  ['a date', [new Date(0)]],
])('%s is refused and nothing else is thrown', (_what, documents) => {
  expect(refusalOf(documents)).toMatch(/^the policy is not valid, \d+ problems?:\npolicies/);
});

test.each<[string, string, string]>([
  ['a prototype', '{"id":"p","__proto__":{"enabled":false}}', 'policies[0].__proto__ of `p`: unknown key'],
  [
    'a prototype of tools',
    '{"id":"p","tools":{"__proto__":["*"]}}',
    'policies[0].tools.__proto__ of `p`: unknown key',
  ],
  [
    'a class that is a prototype',
    '{"id":"p","classes":{"__proto__":["*"]}}',
    'policies[0].classes.__proto__ of `p`',
  ],
  ['a policy that is a prototype', '{"id":"__proto__"}', 'policies[0].id: expected an id'],
  [
    'a rule that is a prototype',
    '{"id":"p","rules":[{"id":"__proto__","when":"true","then":"flag","reason":"x"}]}',
    'policies[0].rules[0].id of `p`',
  ],
  [
    'an override of a prototype',
    '{"id":"p","effects":{"overrides":{"__proto__":["*"]}}}',
    'policies[0].effects.overrides.__proto__ of `p`: unknown key',
  ],
  [
    'a class that nobody wrote',
    '{"id":"p","rates":[{"scope":"agent","limit":1,"per":"hour","class":"constructor"}]}',
    'policies[0].rates[0].class of `p`: expected a class of `classes`, got `constructor`',
  ],
  [
    'a base that nobody wrote',
    '{"id":"p","extends":"constructor"}',
    'policies[0].extends of `p`: expected the id of another policy, got `constructor`',
  ],
  [
    'an operator that does not exist',
    '{"id":"p","rules":[{"id":"r","when":"tool =~ \\"x\\"","then":"deny","reason":"x"}]}',
    'policies[0].rules[0].when of `p`: expected a CEL expression',
  ],
  [
    'an operator of another dialect',
    '{"id":"p","rules":[{"id":"r","when":{"amount":{"gt":5000}},"then":"deny","reason":"x"}]}',
    'policies[0].rules[0].when of `p`: expected a CEL expression',
  ],
  [
    '`not`, which is no operator',
    '{"id":"p","rules":[{"id":"r","when":"not (tool == \\"x\\")","then":"deny","reason":"x"}]}',
    'policies[0].rules[0].when of `p`',
  ],
  [
    'a name that does not exist',
    '{"id":"p","rules":[{"id":"r","when":"amount > 5000","then":"deny","reason":"x"}]}',
    'policies[0].rules[0].when of `p`',
  ],
  [
    'a rule that allows',
    '{"id":"p","rules":[{"id":"r","when":"true","then":"allow","reason":"x"}]}',
    'policies[0].rules[0].then of `p`: expected `then` as one of `deny`, `approve`, `flag`',
  ],
  [
    'a condition that is no text',
    '{"id":"p","rules":[{"id":"r","when":true,"then":"deny","reason":"x"}]}',
    'policies[0].rules[0].when of `p`',
  ],
  [
    'approvals under another name',
    '{"id":"p","approvalConfig":{"threshold":"5 USD"}}',
    'policies[0].approvalConfig of `p`: unknown key',
  ],
  [
    'a status that nobody enforces',
    '{"id":"p","status":"suspended"}',
    'policies[0].status of `p`: unknown key',
  ],
  [
    'a validity that nobody enforces',
    '{"id":"p","effectiveUntil":"2026-01-01T00:00:00Z"}',
    'policies[0].effectiveUntil of `p`: unknown key',
  ],
  [
    'a parent that is not there',
    '{"id":"p","extends":"gone"}',
    'policies[0].extends of `p`: expected the id of another policy, got `gone`',
  ],
  [
    'an hour as a number',
    '{"id":"p","schedule":{"allow":[{"from":22,"to":6}]}}',
    'policies[0].schedule.allow[0].from of `p`: expected a time of day',
  ],
  [
    'a day without a name',
    '{"id":"p","schedule":{"allow":[{"days":[1],"from":"09:00","to":"17:00"}]}}',
    'policies[0].schedule.allow[0].days[0] of `p`',
  ],
  [
    'an instant without an offset',
    '{"id":"p","schedule":{"block":[{"from":"2026-01-20T00:00:00","to":"2026-01-21T00:00:00Z","reason":"x"}]}}',
    'policies[0].schedule.block[0].from of `p`: expected an instant with its offset',
  ],
  [
    'an instant as a number',
    '{"id":"p","schedule":{"block":[{"from":0,"to":1,"reason":"x"}]}}',
    'policies[0].schedule.block[0].from of `p`: expected an instant',
  ],
  [
    'two budgets of one bucket',
    '{"id":"p","budgets":[{"scope":"agent","window":"day","limit":"1 USD"},{"scope":"agent","window":"day","limit":"2 USD"}]}',
    'policies[0].budgets[1] of `p`: counts the same as `budgets[0]`',
  ],
  [
    'a budget without a currency',
    '{"id":"p","budgets":[{"scope":"agent","window":"day","limit":"100"}]}',
    'policies[0].budgets[0].limit of `p`: expected an amount',
  ],
  [
    'a currency in small letters',
    '{"id":"p","budgets":[{"scope":"agent","window":"day","limit":"100 usdc"}]}',
    'policies[0].budgets[0].limit of `p`: expected an amount',
  ],
  [
    'decimals of its own',
    '{"id":"p","budgets":[{"scope":"agent","window":"day","limit":"1 USD","decimals":0}]}',
    'policies[0].budgets[0].decimals of `p`: unknown key',
  ],
  [
    'a denial rate of more than everything',
    '{"id":"p","anomaly":{"denialRate":101}}',
    'policies[0].anomaly.denialRate of `p`: expected a whole number from 1 to 100',
  ],
  ['a schema that is no text', '{"id":"p","$schema":5}', 'expected'],
])('%s is refused with its path', (_what, text, problem) => {
  expect(refusalOf([json(text)])).toContain(problem);
  expect(refusalOf([json(text)])).not.toMatch(/: [A-Z]/);
});

test('a date object is not an instant; its JSON text is, and blocks as before', () => {
  const period = (from: unknown, to: unknown) => ({
    id: 'p',
    schedule: { block: [{ from, to, reason: 'x' }] },
  });
  const dates = period(new Date('2026-01-20T00:00:00Z'), new Date('2026-01-21T00:00:00Z'));
  const blocked = decide(
    callOf(),
    compilePolicies([json(JSON.stringify(dates))] as object[], assets),
    factsOf(),
  );

  expect(refusalOf([dates])).toContain('policies[0].schedule.block[0].from of `p`: expected an instant');
  expect(answerOf(blocked)).toBe('SCHEDULE_BLOCKED');
});

const explicit = [
  'version',
  'enabled',
  'description',
  'extends',
  'timezone',
  'match',
  'tools',
  'effects',
  'merchants',
  'networks',
  'categories',
  'budgets',
  'rates',
  'classes',
  'cooldown',
  'schedule',
  'approvals',
  'rules',
  'sessions',
  'anomaly',
  'payments',
];

test.each(explicit)('`%s` that is undefined or null is refused, not left out', (section) => {
  expect(refusalOf([{ id: 'p', [section]: undefined }])).toContain(
    `policies[0].${section} of \`p\`: expected`,
  );
  expect(refusalOf([{ id: 'p', [section]: null }])).toContain(`policies[0].${section} of \`p\`: expected`);
});

test('frozen documents and documents without a prototype are documents', () => {
  const bare: object = Object.assign(Object.create(null) as object, { id: 'p', tools: { deny: ['web_*'] } });
  const frozen = Object.freeze({ id: 'q', tools: Object.freeze({ allow: Object.freeze(['**']) }) });
  const decision = decide(callOf(), compilePolicies(Object.freeze([bare, frozen]), assets), factsOf());

  expect(answerOf(decision)).toBe('TOOL_DENIED');
});

test.each(['constructor', 'toString', 'valueOf', 'hasOwnProperty'])('`%s` is only a name', (name) => {
  const document = {
    id: name,
    match: { agents: [name], tenants: [name] },
    tools: { allow: [name], deny: ['other'] },
    merchants: { allow: [name] },
    classes: { [name]: [name] },
    rates: [{ scope: 'tool', limit: 1, per: 'hour', class: name }],
    rules: [{ id: name, when: `tool == "${name}"`, then: 'flag', reason: name }],
  };
  const compiled = compilePolicies([document], assets);
  const call = callOf({ tool: name, principal: { agent: name, tenant: name }, payee: { recipient: name } });
  const other = callOf({ tool: 'x', principal: { agent: name, tenant: name }, payee: { recipient: name } });

  expect(decide(call, compiled, factsOf())).toMatchObject({
    kind: 'allow',
    flags: [{ policy: name }],
    rates: [{ policy: name }],
  });
  expect(answerOf(decide(other, compiled, factsOf()))).toBe('TOOL_NOT_ALLOWED');
  expect(answerOf(decide(callOf(), compiled, factsOf()))).toBe('NO_POLICY');
});

test('the hash of a set does not depend on the order of documents or keys, and on everything else', () => {
  const one = {
    id: 'a',
    tools: { allow: ['x'], deny: ['y'] },
    budgets: [{ scope: 'agent', window: 'day', limit: '1 USD' }],
  };
  const two = { id: 'b', enabled: false, extends: 'a' };
  const turned = {
    budgets: [{ limit: '1 USD', window: 'day', scope: 'agent' }],
    tools: { deny: ['y'], allow: ['x'] },
    id: 'a',
  };
  const hash = (...documents: readonly object[]): string => compilePolicies(documents, assets).hash;

  expect(hash(two, turned)).toBe(hash(one, two));
  expect(hash(one, { ...two, enabled: true })).not.toBe(hash(one, two));
  expect(hash(one)).not.toBe(hash(one, two));
  expect(hash({ ...one, tools: { allow: ['x'], deny: ['z'] } }, two)).not.toBe(hash(one, two));
});

test('the hash of an heir covers what it inherits, and from whom', () => {
  const heirOf = (name: string, base: object): string | undefined => {
    const documents = [
      { id: 'one', ...base },
      { id: 'two', ...base },
      { id: 'heir', extends: name },
    ];
    return compilePolicies(documents, assets).references.at(-1)?.hash;
  };
  const base = { tools: { deny: ['x'] } };

  expect(heirOf('one', base)).toBe(heirOf('one', base));
  expect(heirOf('one', base)).not.toBe(heirOf('one', { tools: { deny: ['y'] } }));
  expect(heirOf('one', base)).not.toBe(heirOf('two', base));
});
