import fc from 'fast-check';
import { compiled, decided, refusal, said } from './decisions.test-support.ts';
import { importIteraToolsPolicies, importIteraToolsPolicy } from './itera-tools.ts';

// The policy of the dialect's own page, to the letter.
// prettier-ignore
const example = { "allow_tools": [ "whatsapp/send", "email/send", "extract/structured", "image/generate" ], "deny_tools": [ "code_execute", "browser/act" ], "rate_class_quota": { "light": 120, "medium": 30, "heavy": 5 } };

const classes = {
  light: ['whatsapp/send', 'email/*'],
  medium: ['extract/**'],
  heavy: ['image/generate', 'code_*'],
};
const options = { agent: 'sales-agent', classes };
const asked = { agent: 'sales-agent', price: '0.01 USD' };

test('the policy of the page becomes one of ours', () => {
  expect(importIteraToolsPolicy(example, { ...options, owner: 'sally' })).toEqual({
    remarks: [],
    policies: [
      {
        id: 'sales-agent',
        match: { agents: ['sales-agent'], owners: ['sally'] },
        tools: {
          allow: ['whatsapp/send', 'email/send', 'extract/structured', 'image/generate'],
          deny: ['code_execute', 'browser/act'],
        },
        budgets: [],
        rates: [
          { scope: 'agent', limit: 120, per: 'minute', class: 'light' },
          { scope: 'agent', limit: 30, per: 'minute', class: 'medium' },
          { scope: 'agent', limit: 5, per: 'minute', class: 'heavy' },
        ],
        classes,
      },
    ],
  });
});

test.each`
  tool                    | outcome               | quota
  ${'whatsapp/send'}      | ${'allow'}            | ${[120]}
  ${'email/send'}         | ${'allow'}            | ${[120]}
  ${'extract/structured'} | ${'allow'}            | ${[30]}
  ${'image/generate'}     | ${'allow'}            | ${[5]}
  ${'code_execute'}       | ${'TOOL_DENIED'}      | ${undefined}
  ${'browser/act'}        | ${'TOOL_DENIED'}      | ${undefined}
  ${'web/search'}         | ${'TOOL_NOT_ALLOWED'} | ${undefined}
`('by the policy of the page, $tool is $outcome with a quota of $quota', ({ tool, outcome, quota }) => {
  const policies = compiled(importIteraToolsPolicy(example, options));
  const decision = decided(policies, { ...asked, tool });

  expect(said(policies, { ...asked, tool })).toBe(outcome);
  expect(decision.kind === 'allow' ? decision.rates.map(({ limit }) => limit) : undefined).toEqual(quota);
});

test.each`
  document                                                                                 | tool              | outcome
  ${{ allow_tools: ['extract/structured', 'web/search', 'scrape'], spend_limit_usd: 5.0 }} | ${'scrape'}       | ${'allow'}
  ${{ allow_tools: ['extract/structured', 'web/search', 'scrape'], spend_limit_usd: 5.0 }} | ${'email/send'}   | ${'TOOL_NOT_ALLOWED'}
  ${{ allow_tools: ['email/draft', 'vector/query'], deny_tools: ['email/send'] }}          | ${'email/draft'}  | ${'allow'}
  ${{ allow_tools: ['email/draft', 'vector/query'], deny_tools: ['email/send'] }}          | ${'email/send'}   | ${'TOOL_DENIED'}
  ${{ deny_tools: ['code_execute'] }}                                                      | ${'code_execute'} | ${'TOOL_DENIED'}
  ${{ deny_tools: ['code_execute'] }}                                                      | ${'web/search'}   | ${'allow'}
  ${{ allow_tools: ['web/search'], deny_tools: ['web/search'] }}                           | ${'web/search'}   | ${'TOOL_DENIED'}
  ${{ allow_tools: [] }}                                                                   | ${'web/search'}   | ${'TOOL_NOT_ALLOWED'}
  ${{}}                                                                                    | ${'web/search'}   | ${'allow'}
`('under $document, $tool is $outcome', ({ document, tool, outcome }) => {
  expect(said(compiled(importIteraToolsPolicy(document, { agent: 'sales-agent' })), { ...asked, tool })).toBe(
    outcome,
  );
});

// The teams that the page describes in words, each with the tools that it names.
const research = { allow_tools: ['extract/structured', 'web/search', 'scrape'], spend_limit_usd: 5.0 };
const support = {
  allow_tools: ['email/draft', 'whatsapp/draft', 'vector/query'],
  deny_tools: ['email/send', 'whatsapp/send'],
  rate_class_quota: { heavy: 0 },
};
const operations = {
  allow_tools: ['deploy', 'ci/status'],
  rate_class_quota: { heavy: 10 },
  spend_limit_usd: 20,
};
const teamClasses = { heavy: ['vector/*', 'ci/status'] };

test.each`
  team          | tool                | outcome               | rates   | daily
  ${research}   | ${'web/search'}     | ${'allow'}            | ${[]}   | ${[5_000_000n]}
  ${research}   | ${'email/send'}     | ${'TOOL_NOT_ALLOWED'} | ${[]}   | ${[]}
  ${research}   | ${'whatsapp/send'}  | ${'TOOL_NOT_ALLOWED'} | ${[]}   | ${[]}
  ${research}   | ${'code_execute'}   | ${'TOOL_NOT_ALLOWED'} | ${[]}   | ${[]}
  ${support}    | ${'whatsapp/draft'} | ${'allow'}            | ${[]}   | ${[]}
  ${support}    | ${'vector/query'}   | ${'allow'}            | ${[0]}  | ${[]}
  ${support}    | ${'whatsapp/send'}  | ${'TOOL_DENIED'}      | ${[]}   | ${[]}
  ${operations} | ${'deploy'}         | ${'allow'}            | ${[]}   | ${[20_000_000n]}
  ${operations} | ${'ci/status'}      | ${'allow'}            | ${[10]} | ${[20_000_000n]}
  ${operations} | ${'email/send'}     | ${'TOOL_NOT_ALLOWED'} | ${[]}   | ${[]}
`('for the team of $team, $tool is $outcome with $rates calls and $daily a day', (row) => {
  const { team, tool, outcome, rates, daily } = row;
  const policies = compiled(importIteraToolsPolicy(team, { agent: 'sales-agent', classes: teamClasses }));
  const decision = decided(policies, { ...asked, tool });
  const allowed = decision.kind === 'deny' ? { rates: [], budgets: [] } : decision;

  expect(said(policies, { ...asked, tool })).toBe(outcome);
  expect(allowed.rates.map(({ limit }) => limit)).toEqual(rates);
  expect(allowed.budgets.map(({ limit }) => limit)).toEqual(daily);
});

test('agents without a policy of their own, which are known by their wallets, meet the global one', () => {
  const policies = compiled(importIteraToolsPolicies({ global: { deny_tools: ['code_execute'] }, keys: {} }));

  expect(said(policies, { agent: '0x52908400098527886E0F7030069857D2E4169EE7', tool: 'code_execute' })).toBe(
    'TOOL_DENIED',
  );
  expect(said(policies, { agent: '0x52908400098527886E0F7030069857D2E4169EE7', tool: 'web/search' })).toBe(
    'allow',
  );
});

test('a pack is no list of tools here, and a remark says what to write instead', () => {
  const document = { allow_tools: ['pack/devops'], deny_tools: ['pack/money'] };
  const imported = importIteraToolsPolicy(document, { agent: 'sales-agent' });

  expect(imported.remarks).toEqual([
    {
      path: 'allow_tools[0]',
      kind: 'stricter',
      message:
        'a pack does not say its tools, so this allows only a tool that is named `pack/devops`; name the tools of the pack instead',
    },
    {
      path: 'deny_tools[0]',
      kind: 'not-expressed',
      message:
        'a pack does not say its tools, so this denies only a tool that is named `pack/money`; name the tools of the pack instead',
    },
  ]);
  expect(said(compiled(imported), { ...asked, tool: 'deploy' })).toBe('TOOL_NOT_ALLOWED');
});

test('a daily cap becomes a budget of the agent, and a quota of zero a rate of zero', () => {
  const document = { spend_limit_usd: 5.0, rate_class_quota: { heavy: 0 } };
  const { policies, remarks } = importIteraToolsPolicy(document, {
    agent: 'a',
    owner: 'o',
    classes: { heavy: ['gpu/*'] },
  });

  expect(policies[0]).toMatchObject({
    match: { agents: ['a'], owners: ['o'] },
    budgets: [{ scope: 'agent', window: 'day', limit: '5.00 USD' }],
    rates: [{ scope: 'agent', limit: 0, per: 'minute', class: 'heavy' }],
  });
  expect(remarks).toEqual([
    { path: 'spend_limit_usd', kind: 'assumed', message: 'the day is that of UTC' },
    {
      path: 'rate_class_quota',
      kind: 'assumed',
      message: 'a tool that is in none of `classes` with a quota has no quota',
    },
  ]);
});

const tiers = {
  global: { deny_tools: ['code_execute'], rate_class_quota: { light: 10, heavy: 1 }, spend_limit_usd: 1 },
  keys: {
    builder: { deny_tools: [], rate_class_quota: { heavy: 5 } },
    reader: { allow_tools: ['web/search'], spend_limit_usd: 2.5 },
  },
};

test.each`
  agent        | tool              | outcome               | rates   | limit
  ${'anybody'} | ${'code_execute'} | ${'TOOL_DENIED'}      | ${[]}   | ${undefined}
  ${'anybody'} | ${'web/search'}   | ${'allow'}            | ${[10]} | ${1_000_000n}
  ${'builder'} | ${'code_execute'} | ${'allow'}            | ${[5]}  | ${1_000_000n}
  ${'builder'} | ${'web/search'}   | ${'allow'}            | ${[10]} | ${1_000_000n}
  ${'reader'}  | ${'code_execute'} | ${'TOOL_DENIED'}      | ${[]}   | ${undefined}
  ${'reader'}  | ${'web/search'}   | ${'allow'}            | ${[10]} | ${2_500_000n}
  ${'reader'}  | ${'email/send'}   | ${'TOOL_NOT_ALLOWED'} | ${[]}   | ${undefined}
`('with both tiers, $tool of $agent is $outcome', ({ agent, tool, outcome, rates, limit }) => {
  const given = { classes: { light: ['web/*'], heavy: ['code_execute'] } };
  const policies = compiled(importIteraToolsPolicies(tiers, given));
  const decision = decided(policies, { agent, tool });
  const allowed = decision.kind === 'deny' ? { rates: [], budgets: [] } : decision;

  expect(said(policies, { agent, tool })).toBe(outcome);
  expect(allowed.rates.map((rate) => rate.limit)).toEqual(rates);
  expect(allowed.budgets[0]?.limit).toBe(limit);
});

test.each`
  document                                | message
  ${null}                                 | ${'document: expected an object of `allow_tools`'}
  ${JSON.parse('{"__proto__": {}}')}      | ${'__proto__: unknown key, expected one of `allow_tools`, `deny_tools`, `rate_class_quota`, `spend_limit_usd`'}
  ${{ allowed_tools: [] }}                | ${'allowed_tools: unknown key'}
  ${{ allow_tools: ['web/*'] }}           | ${'allow_tools[0]: expected a tool name, got `web/*`'}
  ${{ deny_tools: 'code_execute' }}       | ${'deny_tools: expected a list of at most 1000 tool names'}
  ${{ rate_class_quota: { huge: 1 } }}    | ${'rate_class_quota.huge: unknown key, expected one of `light`, `medium`, `heavy`'}
  ${{ rate_class_quota: { heavy: -1 } }}  | ${'rate_class_quota.heavy: expected a whole number from 0 to 1000000, got `-1`'}
  ${{ rate_class_quota: { heavy: 2.5 } }} | ${'rate_class_quota.heavy: expected a whole number'}
  ${{ rate_class_quota: { heavy: '5' } }} | ${'rate_class_quota.heavy: expected a whole number'}
  ${{ spend_limit_usd: '5.00' }}          | ${'spend_limit_usd: expected an amount such as `0.05`'}
  ${{ spend_limit_usd: -5 }}              | ${'spend_limit_usd: expected an amount'}
  ${{ spend_limit_usd: Number.NaN }}      | ${'spend_limit_usd: expected an amount'}
  ${{ spend_limit_usd: 0.1 + 0.2 }}       | ${'spend_limit_usd: expected an amount'}
`('$document is refused', ({ document, message }) => {
  expect(refusal(() => importIteraToolsPolicy(document, options))).toContain(`:\n${message}`);
});

test.each`
  document   | given                                                                     | message
  ${example} | ${{ agent: 'a' }}                                                         | ${'rate_class_quota.light: expected the option `classes.light`, the tools of this class, as the document does not say them'}
  ${example} | ${{ agent: 'a', classes: { light: ['x'], medium: ['y'], heavy: ['z'] } }} | ${'allow_tools[0]: expected a tool of one of `classes`, as every class has a quota, got `whatsapp/send`'}
  ${example} | ${{ agent: 'it-*' }}                                                      | ${'options.agent: expected an agent id'}
  ${example} | ${{ agent: 'a', classes: { huge: ['x'] } }}                               | ${'options.classes.huge: unknown key'}
`('with $given it is refused: $message', ({ document, given, message }) => {
  expect(refusal(() => importIteraToolsPolicy(document, given))).toContain(message);
});

test.each`
  documents                                                          | message
  ${null}                                                            | ${'document: expected an object of `global`, `keys`'}
  ${{ global: {} }}                                                  | ${'keys: expected the policies of keys'}
  ${{ global: {}, keys: { 'it *': {} } }}                            | ${'keys["it *"]: expected'}
  ${{ global: {}, keys: { a: { tools: [] } } }}                      | ${'keys.a.tools: unknown key'}
  ${{ global: {}, keys: { iteratools: {} } }}                        | ${'keys.iteratools: expected another agent than `iteratools`, the id of the global policy'}
  ${JSON.parse('{"global": {}, "keys": {"__proto__": {}}}')}         | ${'keys.__proto__: expected the policies of keys'}
  ${{ global: { rate_class_quota: { heavy: 1 } }, keys: { a: {} } }} | ${'global.rate_class_quota.heavy: expected the option `classes.heavy`'}
`('the tiers $documents are refused', ({ documents, message }) => {
  expect(refusal(() => importIteraToolsPolicies(documents))).toContain(message);
});

test('whatever the lists, a denied tool is denied, and with an allow list no other is allowed', () => {
  const tools = ['a', 'a/b', 'b', 'A'];
  const list = fc.uniqueArray(fc.constantFrom(...tools));
  const document = fc.record(
    { allow_tools: list, deny_tools: list, spend_limit_usd: fc.constantFrom(0, 0.1, 5) },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(document, fc.constantFrom(...tools), (given, tool) => {
      const { allow_tools: allow = tools, deny_tools: deny = [] } = given;
      const answer = said(compiled(importIteraToolsPolicy(given, { agent: 'sales-agent' })), {
        ...asked,
        tool,
      });
      expect(answer === 'allow').toBe(allow.includes(tool) && !deny.includes(tool));
    }),
  );
});
