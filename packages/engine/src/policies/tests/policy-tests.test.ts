import { join } from 'node:path';
import { closeAll, newFolder, write } from '../live.test-support.ts';
import { runPolicyTests } from './run-policy-tests.ts';
import type { PolicyTestSuite } from './suite.ts';

afterEach(closeAll);

const shop = {
  id: 'shop',
  tools: { allow: ['search', 'publish'], deny: ['publish/all'] },
  budgets: [{ scope: 'call', window: 'call', limit: '5 USD' }],
  approvals: [{ when: { above: '1 USD' }, approvers: ['ada', 'bob'] }],
  rules: [{ id: 'night', when: 'price > money("3 USD")', then: 'flag', reason: 'dear' }],
};

function suite(test: object, more: object = {}): PolicyTestSuite {
  return { policies: [shop], tests: [{ name: 'it', ...test }], ...more } as PolicyTestSuite;
}

const search = { tool: 'search', price: '0.10 USD' };
const publish = { tool: 'publish', price: '2 USD' };

test.each`
  call                                  | expect
  ${search}                             | ${'allow'}
  ${search}                             | ${{ kind: 'allow', flags: [], effect: 'read' }}
  ${publish}                            | ${'approve'}
  ${publish}                            | ${{ kind: 'approve', policy: 'shop', clause: 'approvals[0]', approvers: ['bob', 'ada'] }}
  ${{ ...publish, effect: 'admin' }}    | ${{ kind: 'approve', effect: 'admin' }}
  ${{ tool: 'trade', price: '1 USD' }}  | ${'deny'}
  ${{ tool: 'trade', price: '9 USD' }}  | ${{ kind: 'deny', code: 'TOOL_NOT_ALLOWED', clause: 'tools.allow', policy: 'shop' }}
  ${{ tool: 'trade', price: '9 USD' }}  | ${{ kind: 'deny', clause: 'budgets[0]' }}
  ${{ tool: 'search', price: '1 EUR' }} | ${{ kind: 'deny', code: 'RULE_FAILED', clause: 'rules[0]' }}
  ${{ tool: 'search' }}                 | ${{ kind: 'deny', code: 'PRICE_UNKNOWN' }}
  ${{ tool: 'a b', price: '1 USD' }}    | ${{ kind: 'deny', code: 'TOOL_NAME_INVALID' }}
`('$call passes as $expect', async ({ call, expect: expected }) => {
  const report = await runPolicyTests(suite({ call, expect: expected }));

  expect(report).toMatchObject({
    passed: 1,
    failed: 0,
    tests: [{ name: 'it', passed: true, differences: [] }],
  });
});

test.each`
  call                                 | expect                                                              | difference
  ${search}                            | ${'deny'}                                                           | ${'expected `deny`, got `allow`'}
  ${publish}                           | ${'allow'}                                                          | ${'expected `allow`, got `approve` by `approvals[0]` of `shop`'}
  ${{ tool: 'trade', price: '1 USD' }} | ${'allow'}                                                          | ${'expected `allow`, got `deny TOOL_NOT_ALLOWED` by `tools.allow` of `shop`'}
  ${{ tool: 'trade', price: '1 USD' }} | ${{ kind: 'deny', code: 'TOOL_DENIED' }}                            | ${'expected the code `TOOL_DENIED`, got `TOOL_NOT_ALLOWED`'}
  ${{ tool: 'trade', price: '1 USD' }} | ${{ kind: 'deny', clause: 'tools.deny[0]' }}                        | ${'expected it by `tools.deny[0]`, got it by `tools.allow` of `shop`'}
  ${{ tool: 'trade', price: '9 USD' }} | ${{ kind: 'deny', code: 'TOOL_NOT_ALLOWED', clause: 'budgets[0]' }} | ${'expected it by `budgets[0]`, got it by `tools.allow` of `shop`'}
  ${{ tool: 'trade', price: '1 USD' }} | ${{ kind: 'deny', policy: 'other' }}                                | ${'expected it by policy `other`, got it by `tools.allow` of `shop`'}
  ${{ tool: 'search' }}                | ${{ kind: 'deny', code: 'PRICE_UNKNOWN', policy: 'shop' }}          | ${'expected it by policy `shop`, got it by no clause'}
  ${publish}                           | ${{ kind: 'approve', approvers: ['ada'] }}                          | ${'expected approvers `ada`, got `ada`, `bob`'}
  ${search}                            | ${{ kind: 'allow', flags: ['rules[0]'] }}                           | ${'expected flags `rules[0]`, got none'}
  ${{ ...publish, price: '4 USD' }}    | ${{ kind: 'approve', flags: [] }}                                   | ${'expected flags none, got `rules[0]`'}
  ${search}                            | ${{ kind: 'allow', effect: 'admin' }}                               | ${'expected the effect `admin`, got `read`'}
`('$call fails as $expect: $difference', async ({ call, expect: expected, difference }) => {
  const report = await runPolicyTests(suite({ call, expect: expected }));

  expect(report).toMatchObject({
    passed: 0,
    failed: 1,
    tests: [{ passed: false, differences: [difference] }],
  });
});

const all = { id: 'all', tools: { allow: ['**'] } };
const others = { ...all, match: { agents: ['another'] } };
const nobody = 'no policy matches agent `agent` of owner `owner` through `test`';

test.each`
  policy                        | call                                       | code                   | because
  ${all}                        | ${{ tool: 'search' }}                      | ${'PRICE_UNKNOWN'}     | ${''}
  ${all}                        | ${{ ...search, price: '1,0' }}             | ${'PRICE_UNKNOWN'}     | ${''}
  ${all}                        | ${{ ...search, tool: 'refund now' }}       | ${'TOOL_NAME_INVALID'} | ${''}
  ${all}                        | ${{ ...search, payee: { scheme: 'a b' } }} | ${'CALL_INVALID'}      | ${''}
  ${others}                     | ${search}                                  | ${'NO_POLICY'}         | ${nobody}
  ${{ ...all, enabled: false }} | ${search}                                  | ${'NO_POLICY'}         | ${nobody}
`('$code is no denial by a policy, unless it is expected: $call', async ({ policy, call, code, because }) => {
  const report = await runPolicyTests({
    policies: [policy],
    tests: [
      { name: 'word', call, expect: 'deny' },
      { name: 'object', call, expect: { kind: 'deny', effect: 'destructive', flags: [] } },
      { name: 'code', call, expect: { kind: 'deny', code } },
    ],
  });

  expect(report.tests.map(({ passed }) => passed)).toEqual([false, false, true]);
  const difference = `expected a policy to deny it, got \`${code}\`: `;
  for (const { differences } of report.tests.slice(0, 2)) {
    expect(differences).toEqual([expect.stringContaining(difference)]);
    expect(differences[0]).toContain(because);
  }
});

test('approvers are those of the policy and of the clause that a test names', async () => {
  const asks = (id: string, ...approvers: readonly string[]) => ({
    id,
    approvals: approvers.map((approver) => ({ when: 'always', approvers: [approver] })),
  });
  const report = await runPolicyTests({
    policies: [asks('a', 'ann', 'eve'), asks('b', 'bob')],
    defaults: { call: search },
    tests: [
      { name: 'all', expect: { kind: 'approve', approvers: ['ann', 'bob', 'eve'] } },
      { name: 'of a', expect: { kind: 'approve', policy: 'a', approvers: ['ann', 'eve'] } },
      { name: 'clause', expect: { kind: 'approve', clause: 'approvals[0]', approvers: ['ann', 'bob'] } },
      { name: 'both', expect: { kind: 'approve', policy: 'a', clause: 'approvals[1]', approvers: ['eve'] } },
      { name: 'too many', expect: { kind: 'approve', policy: 'a', approvers: ['ann', 'bob', 'eve'] } },
    ],
  });

  expect(report.tests.map(({ differences }) => differences)).toEqual([
    [],
    [],
    [],
    [],
    ['expected approvers `ann`, `bob`, `eve`, got `ann`, `eve`'],
  ]);
});

test('a result says in words what was expected, what was got and why', async () => {
  const { tests } = await runPolicyTests(
    suite({
      call: { tool: 'trade', price: '1 USD' },
      expect: {
        kind: 'approve',
        clause: 'approvals[0]',
        policy: 'shop',
        approvers: [],
        flags: [],
        effect: 'read',
      },
    }),
  );

  expect(tests[0]).toMatchObject({
    expected: '`approve` by `approvals[0]` of `shop`, approvers none, flags none, effect `read`',
    got: '`deny TOOL_NOT_ALLOWED` by `tools.allow` of `shop`',
    explanation: expect.stringMatching(
      /^denied: TOOL_NOT_ALLOWED\n {2}TOOL_NOT_ALLOWED: policy `shop` does not allow/,
    ),
  });
});

test('defaults hold where a test says nothing of its own', async () => {
  const night = {
    id: 'night',
    match: { agents: ['bot'], tenants: ['acme'] },
    schedule: { allow: [{ from: '22:00', to: '23:00' }] },
  };
  const report = await runPolicyTests({
    policies: [night],
    defaults: { call: { ...search, agent: 'bot', tenant: 'acme' }, at: '2026-01-05T22:30:00Z' },
    tests: [
      { name: 'open', expect: 'allow' },
      { name: 'by day', at: '2026-01-05T12:00:00+00:00', expect: { kind: 'deny', code: 'SCHEDULE_CLOSED' } },
      { name: 'another', call: { agent: 'other' }, expect: { kind: 'deny', code: 'NO_POLICY' } },
      { name: 'another tool', call: { tool: 'trade' }, expect: 'allow' },
    ],
  });

  expect(report.tests.filter(({ passed }) => !passed)).toEqual([]);
});

test('a test may say what its session has done, and for how long people let it do more', async () => {
  const wary = {
    id: 'wary',
    sessions: { mode: 'read-only', elevation: { approvers: ['ada'] } },
    anomaly: { after: 2, denialRate: 50 },
    effects: { allow: ['read', 'mutating'] },
  };
  const elevations = [{ policy: 'wary', tool: 'publish', until: '2026-01-05T12:05:00Z' }];
  const quiet = { calls: 0, denials: 0, writes: 0 };
  const report = await runPolicyTests({
    policies: [wary],
    defaults: { call: publish },
    tests: [
      { name: 'new', expect: 'approve' },
      { name: 'elevated', session: { ...quiet, elevations }, expect: 'allow' },
      { name: 'no longer', session: { ...quiet, elevations }, at: '2026-01-05T12:05:00Z', expect: 'approve' },
      {
        name: 'suspicious',
        session: { ...quiet, calls: 2, denials: 1 },
        expect: { kind: 'deny', effect: 'destructive' },
      },
    ],
  });

  expect(report.tests.filter(({ passed }) => !passed)).toEqual([]);
});

test('rules see the arguments, and prices may be in tokens', async () => {
  const token = 'eip155:8453/erc20:0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913';
  const report = await runPolicyTests({
    policies: [{ ...shop, rules: [{ id: 'q', when: 'arguments.q == "x"', then: 'deny', reason: 'x' }] }],
    assets: [{ asset: token, currency: 'USD', decimals: 6 }],
    defaults: { call: { tool: 'search', price: `1000 units of ${token}` } },
    tests: [
      { name: 'x', call: { arguments: { q: 'x' } }, expect: { kind: 'deny', code: 'RULE_DENIED' } },
      { name: 'y', call: { arguments: { q: 'y' } }, expect: 'allow' },
      { name: 'none', expect: { kind: 'deny', code: 'RULE_FAILED' } },
    ],
  });

  expect(report).toMatchObject({ passed: 3, failed: 0 });
});

test.each`
  value                                                                                                                        | problem
  ${5}                                                                                                                         | ${'document: expected an object of'}
  ${{ policies: [shop] }}                                                                                                      | ${'tests: expected a list of 1 to 10000 tests, got nothing'}
  ${{ policies: [shop], tests: [] }}                                                                                           | ${'tests: expected a list of 1 to 10000 tests, got a list'}
  ${{ policies: 5, tests: [] }}                                                                                                | ${'policies: expected the path of a policy file, or a list of policy documents'}
  ${suite({ call: search, expect: 'permit' })}                                                                                 | ${'tests[0].expect: expected `allow`, `approve`, `deny`, or an object'}
  ${suite({ call: search, expect: { kind: 'permit' } })}                                                                       | ${'tests[0].expect.kind: expected one of `allow`, `approve`, `deny`, got `permit`'}
  ${suite({ call: search, expect: { kind: 'deny', code: 'NO' } })}                                                             | ${'tests[0].expect.code: expected one of'}
  ${suite({ call: search, expect: { kind: 'allow', code: 'NO_POLICY' } })}                                                     | ${'tests[0].expect.code: expected none: only `deny` has it, and this is `allow`'}
  ${suite({ call: search, expect: { kind: 'deny', approvers: [] } })}                                                          | ${'tests[0].expect.approvers: expected none: only `approve` has it'}
  ${suite({ call: search, expect: { kind: 'allow', clause: 'x' } })}                                                           | ${'tests[0].expect.clause: expected none'}
  ${suite({ call: { ...search, toool: 'x' }, expect: 'allow' })}                                                               | ${'tests[0].call.toool: unknown key, expected one of'}
  ${suite({ call: { price: '1 USD' }, expect: 'allow' })}                                                                      | ${'tests[0].call.tool: expected a tool, here or in `defaults.call`, got nothing'}
  ${suite({ call: search, at: '2026-02-30T00:00:00Z', expect: 'allow' })}                                                      | ${'tests[0].at: expected an instant'}
  ${suite({ call: search, at: 5, expect: 'allow' })}                                                                           | ${'tests[0].at: expected an instant'}
  ${suite({ call: search, session: { calls: 1.5, denials: 0, writes: 0 }, expect: 'allow' })}                                  | ${'tests[0].session.calls: expected a whole number'}
  ${suite({ call: search, session: { calls: 1 }, expect: 'allow' })}                                                           | ${'tests[0].session.denials: expected a whole number'}
  ${suite({ call: { ...search, agent: '' }, expect: 'allow' })}                                                                | ${'tests[0].call.agent: expected 1 to 256 visible ASCII characters'}
  ${suite({ call: { ...search, effect: 'none' }, expect: 'allow' })}                                                           | ${'tests[0].call.effect: expected one of'}
  ${suite({ call: { ...search, payee: { name: 'x' } }, expect: 'allow' })}                                                     | ${'tests[0].call.payee.name: unknown key'}
  ${suite({ call: search, expect: 'allow' }, { defaults: { at: 'noon' } })}                                                    | ${'defaults.at: expected an instant'}
  ${suite({ call: search, expect: 'allow' }, { assets: [{ asset: 'x', currency: 'USD', decimals: 19 }] })}                     | ${'assets[0].decimals: expected a whole number'}
  ${{ policies: [shop], tests: [{ name: 'a', call: search, expect: 'allow' }, { name: 'a', call: search, expect: 'allow' }] }} | ${'tests[1].name: expected a name of its own, got that of `tests[0]`'}
  ${suite({ call: { ...search, tool: undefined }, expect: 'allow' })}                                                          | ${'tests[0].call.tool: expected'}
`('a suite that does not hold together is refused: $problem', async ({ value, problem }) => {
  await expect(runPolicyTests(value)).rejects.toMatchObject({
    code: 'POLICY_INVALID',
    message: expect.stringMatching(/^the policy tests are not valid, \d+ problems?:\n/),
  });
  await expect(runPolicyTests(value)).rejects.toThrow(problem);
});

test('policies that are not valid are refused as the engine refuses them', async () => {
  await expect(
    runPolicyTests({
      policies: [{ id: 'p', tools: { alow: [] } }],
      tests: [{ name: 'x', call: search, expect: 'deny' }],
    }),
  ).rejects.toMatchObject({
    code: 'POLICY_INVALID',
    message: expect.stringContaining('policies[0].tools.alow'),
  });
});

test('a file of tests finds its policies beside it', async () => {
  const folder = await newFolder();
  await write(join(folder, 'torii.policies.json'), [shop]);
  const path = await write(join(folder, 'shop.policy-test.json'), {
    policies: './torii.policies.json',
    tests: [{ name: 'search is allowed', call: search, expect: 'allow' }],
  });

  expect(await runPolicyTests(path)).toMatchObject({ passed: 1, failed: 0 });
});

test.each`
  content                                                                             | code                 | message
  ${undefined}                                                                        | ${'OPTIONS_INVALID'} | ${'expected a policy test file at'}
  ${'{'}                                                                              | ${'JSON_INVALID'}    | ${'shop.policy-test.json'}
  ${'{"tests": [], "tests": []}'}                                                     | ${'JSON_INVALID'}    | ${'the key is there twice'}
  ${{ policies: 'none.json', tests: [{ name: 'x', call: search, expect: 'allow' }] }} | ${'OPTIONS_INVALID'} | ${'none.json'}
`('a file of tests that cannot be used says why: $message', async ({ content, code, message }) => {
  const path = join(await newFolder(), 'shop.policy-test.json');
  if (content !== undefined) await write(path, content);

  await expect(runPolicyTests(path)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message),
  });
});

test('a file of more tests than its format holds says the limit, and the same suite as a value is run', async () => {
  const tests = Array.from({ length: 3_000 }, (_, nth) => ({
    name: `search ${nth}`,
    call: search,
    expect: 'allow' as const,
  }));
  const path = await write(join(await newFolder(), 'shop.policy-test.json'), { policies: [shop], tests });

  await expect(runPolicyTests(path)).rejects.toThrow('more than 10000 values');
  expect(await runPolicyTests({ policies: [shop], tests })).toMatchObject({ passed: 3_000 });
});

test('a suite is read, never changed, and gives the same report twice', async () => {
  const one = suite({ call: { ...search, arguments: { deep: { q: 1 } } }, expect: 'allow' });
  const before = JSON.stringify(one);

  const reports = [await runPolicyTests(one), await runPolicyTests(one)];

  expect(reports[0]).toEqual(reports[1]);
  expect(JSON.stringify(one)).toBe(before);
});
