import { denialCodes } from '../nouns/denial.ts';
import { compilePolicies } from './compile.ts';
import { decide } from './decide.ts';
import { answerOf, assets, callOf, factsOf } from './decision-table.test-support.ts';
import { Glob } from './matching/glob.ts';
import { leastProcessorMs } from './processor-time.test-support.ts';

function boom(): never {
  throw new Error('boom');
}

const throwing: ProxyHandler<object> = { get: boom, has: boom, ownKeys: boom, getPrototypeOf: boom };

/** One policy with every section, so that every part of a call is looked at. */
const strict = compilePolicies(
  [
    {
      id: 'p',
      tools: { deny: ['x'] },
      effects: { allow: ['read', 'mutating', 'destructive'], overrides: { admin: ['root'] } },
      merchants: { deny: ['evil*'] },
      networks: { deny: ['eip155:1'] },
      categories: { deny: ['gambling'] },
      budgets: [{ scope: 'merchant', window: 'day', limit: '1 USD' }],
      rates: [{ scope: 'tool', limit: 1, per: 'hour' }],
      schedule: { block: [{ from: '2027-01-01T00:00:00Z', to: '2027-01-02T00:00:00Z', reason: 'x' }] },
      approvals: [{ when: { above: '1 USD' }, approvers: ['a'] }],
      rules: [
        {
          id: 'r',
          when: 'has(arguments.x) && arguments.x > 5 && session.calls > 1',
          then: 'deny',
          reason: 'x',
        },
      ],
      sessions: { mode: 'read-only', elevation: { approvers: ['a'] } },
      anomaly: {},
      payments: { schemes: ['exact'] },
    },
  ],
  assets,
);
const lax = compilePolicies([{ id: 'p' }], assets);
const call = callOf({
  payee: { recipient: 'shop', network: 'eip155:8453', category: 'api', scheme: 'exact' },
});
const facts = factsOf({ session: { calls: 0, denials: 0, writes: 0, elevations: [] } });

test('the call that the others are made of is allowed', () => {
  expect([strict, lax].map((policies) => answerOf(decide(call, policies, facts)))).toEqual([
    'allow',
    'allow',
  ]);
});

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['a number', 5],
  ['text', 'call'],
  ['a list', []],
  ['an empty object', {}],
  ['a function', () => call],
  ['something that throws', new Proxy({}, throwing)],
  [
    'something that was revoked',
    (() => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    })(),
  ],
  ['a principal that throws', { ...call, principal: new Proxy({}, throwing) }],
  ['a payee that throws', { ...call, payee: new Proxy({}, throwing) }],
  ['a price that throws', { ...call, price: new Proxy({}, throwing) }],
  [
    'an id that throws',
    {
      ...call,
      tool: '',
      get id() {
        return boom();
      },
    },
  ],
  ['a price as boxed text', { ...call, price: Object('0.12 USD') }],
  [
    'a price with an amount that turns into one',
    { ...call, price: { units: { valueOf: () => 1n }, asset: 'USD/6' } },
  ],
  ['a tool as boxed text', { ...call, tool: Object('web_search') }],
  ['a tool that turns into text', { ...call, tool: { toString: () => 'web_search' } }],
  ['an agent in a list', { ...call, principal: { ...call.principal, agent: ['coding-agent-01'] } }],
  ['a payee that is a list', { ...call, payee: [{ recipient: 5 }], tool: 5 }],
])('%s is no call: denied, by lax and strict policies, and nothing is thrown', (_what, value) => {
  for (const policies of [strict, lax]) {
    const decision = decide(value as never, policies, facts);

    expect(denialCodes).toContain(answerOf(decision));
    expect(decision).toMatchObject({ kind: 'deny', policies: [], effect: 'admin' });
  }
});

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['null', null],
  ['a number', 5],
  ['an empty object', {}],
  ['something that throws', new Proxy({}, throwing)],
  ['a date', { nowMs: new Date(0) }],
  ['a session that throws', { nowMs: 0, session: new Proxy({}, throwing) }],
  ['elevations that are no list', { nowMs: 0, session: { calls: 0, denials: 0, writes: 0, elevations: {} } }],
  ['an elevation of nothing', { nowMs: 0, session: { calls: 0, denials: 0, writes: 0, elevations: [null] } }],
  [
    'an elevation until text',
    {
      nowMs: 0,
      session: { calls: 0, denials: 0, writes: 0, elevations: [{ policy: 'p', tool: 'a', untilMs: '9' }] },
    },
  ],
  ['half a call', { nowMs: 0, session: { calls: 0.5, denials: 0, writes: 0, elevations: [] } }],
  ['counts as bigints', { nowMs: 0, session: { calls: 0n, denials: 0n, writes: 0n, elevations: [] } }],
])('%s for facts is denied, by lax and strict policies, and nothing is thrown', (_what, value) => {
  for (const policies of [strict, lax])
    expect(answerOf(decide(call, policies, value as never))).toBe('CALL_INVALID');
});

test('a second call in the same millisecond is judged by itself', () => {
  const cap = compilePolicies(
    [{ id: 'p', budgets: [{ scope: 'call', window: 'call', limit: '0.12 USD' }] }],
    assets,
  );

  expect([1, 2, 3].map((id) => answerOf(decide({ ...call, id: `call_${id}` }, cap, facts)))).toEqual([
    'allow',
    'allow',
    'allow',
  ]);
});

test.each`
  scope         | holders
  ${'session'}  | ${['issuer', 'tenant', 'owner', 'agent', 'session']}
  ${'agent'}    | ${['issuer', 'tenant', 'owner', 'agent']}
  ${'owner'}    | ${['issuer', 'tenant', 'owner']}
  ${'tenant'}   | ${['issuer', 'tenant']}
  ${'tool'}     | ${['issuer', 'tenant']}
  ${'merchant'} | ${['issuer', 'tenant']}
`('what counts by $scope is of one $holders, and of any other part of a name', ({ scope, holders }) => {
  const counted = compilePolicies(
    [
      {
        id: 'p',
        budgets: [{ scope, window: 'day', limit: '1 USD' }],
        rates: [{ scope, limit: 1, per: 'minute' }],
      },
    ],
    assets,
  );
  const keys = (principal: Record<string, string>): readonly string[] => {
    const decision = decide(callOf({ principal, payee: { recipient: 'shop' } }), counted, facts);
    return decision.kind === 'deny' ? [] : [...decision.budgets, ...decision.rates].map(({ key }) => key);
  };
  const own = keys({});

  expect(own).toHaveLength(2);
  for (const part of ['issuer', 'tenant', 'owner', 'agent', 'session']) {
    const shared = keys({ [part]: 'another' }).filter((key) => own.includes(key));
    expect([part, shared.length]).toEqual([part, (holders as string[]).includes(part) ? 0 : 2]);
  }
});

test('a pause is of one agent of one owner', () => {
  const pausing = compilePolicies([{ id: 'p', cooldown: '10s' }], assets);
  const keys = [{}, { agent: 'b' }, { owner: 'b' }, { tenant: 'b' }, { session: 'b' }].map((principal) => {
    const decision = decide(callOf({ principal }), pausing, facts);
    return decision.kind === 'deny' ? undefined : decision.rates[0]?.key;
  });

  expect(new Set(keys).size).toBe(4);
  expect(keys[4]).toBe(keys[0]);
});

test.each(['{', '{"n":1}'])(
  'arguments are read once for all rules, also where they cannot be: %s',
  (text) => {
    const rules = Array.from({ length: 50 }, (_, index) => ({
      id: `r${index}`,
      when: 'arguments.n > 5',
      then: 'flag',
      reason: 'x',
    }));
    const policies = compilePolicies(
      [
        { id: 'p', rules },
        { id: 'q', rules },
      ],
      assets,
    );
    let reads = 0;
    const counting = { toString: () => (reads++, text) };
    decide({ ...call, arguments: counting as never }, policies, facts);

    expect(reads).toBe(1);
  },
);

test('frozen calls and facts are calls and facts, and nothing is changed', () => {
  const frozen = Object.freeze({
    ...call,
    principal: Object.freeze({ ...call.principal }),
    payee: Object.freeze({ ...call.payee }),
  });
  const before = structuredClone(frozen);

  expect(decide(frozen, strict, Object.freeze({ ...facts }))).toEqual(decide(call, strict, facts));
  expect(frozen).toEqual(before);
});

test('what a decision holds can be changed without changing the next one', () => {
  const asks = compilePolicies(
    [
      {
        id: 'p',
        approvals: [{ when: 'always', approvers: ['a'], escalate: [{ after: '5m', approvers: ['b'] }] }],
        rates: [{ scope: 'agent', limit: 1, per: 'hour' }],
      },
    ],
    assets,
  );
  const before = structuredClone(decide(call, asks, facts));
  const decision = decide(call, asks, facts);
  const change = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const part of Object.values(value)) change(part);
    if (Array.isArray(value) && !Object.isFrozen(value)) value.length = 0;
    else if (!Object.isFrozen(value))
      for (const key of Object.keys(value)) Reflect.deleteProperty(value, key);
  };
  change(decision);

  expect(decide(call, asks, facts)).toEqual(before);
});

test.each(['__proto__', 'constructor', 'toString'])(
  '`%s` as agent, tool and payee finds nothing that is not there',
  (name) => {
    const named = callOf({
      tool: name,
      principal: { agent: name, owner: name, session: name, tenant: name },
      payee: { recipient: name, category: name },
    });
    const policies = compilePolicies(
      [
        { id: 'p', match: { agents: ['coding-*'] } },
        { id: 'q', tools: { allow: ['web_*'] }, merchants: { allow: ['shop'] } },
      ],
      assets,
    );
    const decision = decide(named, policies, facts);

    expect(decision.policies.map(({ id }) => id)).toEqual(['q']);
    expect(decision).toMatchObject({
      denial: { reasons: [{ code: 'TOOL_NOT_ALLOWED' }, { code: 'MERCHANT_NOT_ALLOWED' }] },
    });
  },
);

/** The least time that some runs take, in milliseconds. */
function fastest(run: () => unknown, times = 7): number {
  return leastProcessorMs(run, times);
}

test.each(['*a*a*a*a*a*a*a*a*a*a*b*', '**a**a**a**a**a**a**a**a**a**a**b**', '**a*a*a*a*a*a*a*a*a/*b**'])(
  'the time of %s grows with the text, not faster',
  (pattern) => {
    const glob = new Glob(pattern, 'none');
    const time = (length: number): number => {
      const text = 'a'.repeat(length);
      return fastest(() => glob.matches(text));
    };
    time(200_000);

    expect(time(800_000)).toBeLessThan(4 * 4 * time(200_000) + 5);
  },
);

test('ten thousand policies of others do not slow a decision down', () => {
  const documents = (count: number) => [
    ...Array.from({ length: count }, (_, index) => ({
      id: `p${index}`,
      match: { agents: [`agent-${index}`, `team-${index}-*`] },
      tools: { allow: ['web_*'] },
      budgets: [{ scope: 'agent', window: 'day', limit: '1 USD' }],
    })),
    { id: 'mine', match: { agents: ['coding-*'] }, tools: { allow: ['web_*'] } },
  ];
  const few = compilePolicies(documents(10), assets);
  const many = compilePolicies(documents(10_000), assets);
  const thousand = (policies: typeof few) => () => {
    for (let index = 0; index < 1_000; index++) decide(call, policies, facts);
  };

  expect(decide(call, many, facts).policies.map(({ id }) => id)).toEqual(['mine']);
  fastest(thousand(many));
  expect(fastest(thousand(many))).toBeLessThan(5 * fastest(thousand(few)) + 5);
});

test('compiling ten times as many policies takes little more than ten times as long', () => {
  const documents = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      id: `p${index}`,
      ...(index % 10 === 0 ? {} : { extends: `p${index - (index % 10)}` }),
      match: { owners: [`*@team-${index}.example`] },
      tools: { allow: [`server-${index}/*`] },
      rules: [{ id: 'r', when: 'arguments.n > 5', then: 'deny', reason: 'x' }],
    }));
  const [few, many] = [documents(500), documents(5_000)];
  fastest(() => compilePolicies(few, assets), 2);

  expect(fastest(() => compilePolicies(many, assets), 2)).toBeLessThan(
    10 * 4 * fastest(() => compilePolicies(few, assets), 3) + 50,
  );
});

test('heirs of a large base cost little more to compile than the base and the heirs of a small one', () => {
  const large = {
    id: 'base',
    tools: { deny: Array.from({ length: 1_000 }, (_, index) => `bad-${index}*`) },
    rules: Array.from({ length: 300 }, (_, index) => ({
      id: `r${index}`,
      when: `tool == "t${index}" && arguments.n > 5`,
      then: 'deny',
      reason: 'x',
    })),
  };
  const heirs = Array.from({ length: 300 }, (_, index) => ({
    id: `h${index}`,
    extends: 'base',
    match: { agents: [`agent-${index}`] },
  }));
  const compile = (documents: readonly object[]) => fastest(() => compilePolicies(documents, assets), 3);
  const apart = compile([large]) + compile([{ id: 'base' }, ...heirs]);

  expect(compile([large, ...heirs])).toBeLessThan(10 * apart + 50);
});

test('a document of the greatest size decides quickly', () => {
  const names = (stem: string) => Array.from({ length: 1_000 }, (_, index) => `${stem}-${index}*`);
  const large = compilePolicies(
    [
      {
        id: 'large',
        tools: { allow: ['web_search', ...names('tool').slice(1)], deny: names('bad') },
        merchants: { allow: ['shop', ...names('shop').slice(1)], deny: names('evil') },
        categories: { deny: Array.from({ length: 1_000 }, (_, index) => `c${index}*d`) },
        rules: Array.from({ length: 300 }, (_, index) => ({
          id: `r${index}`,
          when: `tool == "t${index}" && arguments.n > 5`,
          then: 'deny',
          reason: 'x',
        })),
        budgets: Array.from({ length: 100 }, (_, index) => ({
          scope: 'agent',
          window: `rolling ${index + 1}h`,
          limit: '1 USD',
          tools: [`x${index}`],
        })),
        schedule: {
          block: Array.from({ length: 500 }, (_, index) => ({
            from: new Date(1e12 + index * 1e6).toISOString(),
            to: new Date(1e12 + index * 1e6 + 5e5).toISOString(),
            reason: 'x',
          })),
        },
      },
    ],
    assets,
  );
  const thousand = (policies: typeof large) => () => {
    for (let index = 0; index < 1_000; index++) decide(call, policies, facts);
  };

  expect(answerOf(decide(call, large, facts))).toBe('allow');
  fastest(thousand(large));
  // The strict policy is small and has every section: a hundred of it would be slow.
  expect(fastest(thousand(large))).toBeLessThan(20 * fastest(thousand(strict)) + 20);
});

test('heirs that all inherit a list of the greatest searched size are compiled once and refused together', () => {
  const patterns = Array.from({ length: 39 }, (_, index) => `*a*${String(index).padStart(95, 'a')}b*`);
  const base = { id: 'base', tools: { deny: patterns } };
  const heirs = Array.from({ length: 1_000 }, (_, index) => ({
    id: `h${index}`,
    extends: 'base',
    match: { agents: [`agent-${index}`] },
  }));
  const greedy = heirs.map((heir) => ({ ...heir, merchants: { deny: [`*${'x'.repeat(200)}*`] } }));
  const accepted = compilePolicies([base, ...heirs], assets);
  const one = compilePolicies([base], assets);
  const hostile = callOf({ tool: 'a'.repeat(128), principal: { agent: 'agent-7' } });
  const ten = (policies: typeof one) => () => {
    for (let index = 0; index < 10; index++) decide(hostile, policies, facts);
  };

  expect(() => compilePolicies([base, ...greedy], assets)).toThrow(
    /1000 problems:\npolicies\[1\] of `h0`: expected patterns with stars in several places of at most 4000/,
  );
  expect(decide(hostile, accepted, facts).policies.map(({ id }) => id)).toEqual(['h7']);
  expect(fastest(ten(accepted))).toBeLessThan(5 * fastest(ten(one)) + 5);
});
