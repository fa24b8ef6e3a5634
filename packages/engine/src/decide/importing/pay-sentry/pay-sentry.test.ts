import { compiled, refusal, said } from '../decisions.test-support.ts';
import {
  allowAll,
  allowOnlyRecipients,
  blockAbove,
  blockRecipient,
  denyAll,
  requireApprovalAbove,
} from './builders.ts';
import type { PaySentryRule } from './document.ts';
import { importPaySentryPolicy, type PaySentryOptions } from './import-pay-sentry.ts';

type PolicyId = string;

// The policy of the dialect's own page, its values to the letter.
const production = {
  id: 'production' as PolicyId,
  name: 'Production Controls',
  enabled: true,
  rules: [blockAbove(1000, 'USDC'), requireApprovalAbove(100, 'USDC'), allowAll()],
  budgets: [
    { window: 'daily', maxAmount: 500, currency: 'USDC' },
    { window: 'monthly', maxAmount: 5000, currency: 'USDC' },
  ],
};

const approvers = ['boss@example.com'];
const imported = (document: unknown, options: PaySentryOptions = { approvers }) =>
  importPaySentryPolicy(document, options);
const ruled = (...rules: readonly unknown[]) => ({ id: 'p', name: 'P', enabled: true, rules, budgets: [] });
const budgeted = (...budgets: readonly unknown[]) => ({ ...ruled(allowAll()), budgets });
const rule = (change: Partial<PaySentryRule>): PaySentryRule => ({ ...denyAll(), priority: 10, ...change });
const kinds = (document: unknown) => imported(document).remarks.map(({ path, kind }) => `${kind} ${path}`);

test('the policy of the page becomes one of ours, and nothing of it is lost', () => {
  const { policies, remarks } = imported(production);

  expect(policies).toEqual([
    {
      id: 'production',
      description: 'Production Controls',
      enabled: true,
      rules: [
        {
          id: 'rule-0',
          when: 'price >= money("1000.00 USD")',
          then: 'deny',
          reason: 'no payment of 1000 USDC or more',
        },
        {
          id: 'rule-1',
          when: 'price >= money("100.00 USD")',
          then: 'approve',
          reason: 'approval from 100 USDC on',
          approvers: ['boss@example.com'],
        },
      ],
      budgets: [
        { scope: 'tenant', window: 'day', limit: '500.00 USD' },
        { scope: 'tenant', window: 'month', limit: '5000.00 USD' },
      ],
    },
  ]);
  expect(remarks.map(({ path, kind }) => `${kind} ${path}`)).toEqual([
    'assumed rules[0].conditions.currencies[0]',
    'assumed budgets[0]',
    'assumed budgets[1]',
  ]);
});

test.each`
  price               | outcome
  ${'0.05 USD'}       | ${'allow'}
  ${'99.999999 USD'}  | ${'allow'}
  ${'100.00 USD'}     | ${'1 of 1'}
  ${'999.999999 USD'} | ${'1 of 1'}
  ${'1000.00 USD'}    | ${'RULE_DENIED'}
  ${'1000.00 JPY'}    | ${'RULE_FAILED'}
`('by the policy of the page, $price is $outcome', ({ price, outcome }) => {
  expect(said(compiled(imported(production)), { price })).toBe(outcome);
});

// The demonstration of the page: 100 USD are the most, 40 USD ask, and a day has 500 USD.
test.each`
  price           | recipient            | outcome
  ${'25.00 USD'}  | ${'api.openai.com'}  | ${'allow'}
  ${'45.00 USD'}  | ${'anthropic.com'}   | ${'1 of 1'}
  ${'150.00 USD'} | ${'sketchy-api.xyz'} | ${'RULE_DENIED'}
  ${'30.00 USD'}  | ${'api.openai.com'}  | ${'allow'}
`('in the demonstration of the page, $price to $recipient is $outcome', ({ price, recipient, outcome }) => {
  const rules = [blockAbove(100, 'USDC'), requireApprovalAbove(40, 'USDC'), allowAll()];
  const document = { ...production, rules, budgets: [{ window: 'daily', maxAmount: 500, currency: 'USDC' }] };

  expect(said(compiled(imported(document)), { price, payee: { recipient } })).toBe(outcome);
});

const a = { recipients: ['a.example'] };

test.each`
  rules                                                                                                  | price         | recipient                | outcome
  ${[]}                                                                                                  | ${'1.00 USD'} | ${'a.example'}           | ${'RULE_DENIED'}
  ${[denyAll()]}                                                                                         | ${'0.00 USD'} | ${undefined}             | ${'RULE_DENIED'}
  ${[allowAll(), { ...denyAll(), priority: 1 }]}                                                         | ${'1.00 USD'} | ${'a.example'}           | ${'RULE_DENIED'}
  ${[{ ...allowAll(), priority: 1 }, denyAll(), blockAbove(1, 'USDC')]}                                  | ${'1.00 USD'} | ${'a.example'}           | ${'allow'}
  ${[blockAbove(5, 'USDC')]}                                                                             | ${'1.00 USD'} | ${'a.example'}           | ${'RULE_DENIED'}
  ${[{ ...blockAbove(5, 'USDC'), enabled: false }, allowAll()]}                                          | ${'9.00 USD'} | ${'a.example'}           | ${'allow'}
  ${[rule({ action: 'flag' })]}                                                                          | ${'1.00 USD'} | ${'a.example'}           | ${'flag'}
  ${[rule({ action: 'flag', conditions: a }), allowAll()]}                                               | ${'1.00 USD'} | ${'a.example'}           | ${'flag'}
  ${[rule({ action: 'require_approval' })]}                                                              | ${'1.00 USD'} | ${'a.example'}           | ${'1 of 1'}
  ${[requireApprovalAbove(1, 'USDC'), { ...requireApprovalAbove(2, 'USDC'), priority: 21 }, allowAll()]} | ${'2.00 USD'} | ${'a.example'}           | ${'1 of 1'}
  ${[rule({ action: 'allow', priority: 1, conditions: a }), blockAbove(5, 'USDC'), allowAll()]}          | ${'9.00 USD'} | ${'A.example'}           | ${'allow'}
  ${[rule({ action: 'allow', priority: 1, conditions: a }), blockAbove(5, 'USDC'), allowAll()]}          | ${'9.00 USD'} | ${'b.example'}           | ${'RULE_DENIED'}
  ${[rule({ action: 'allow', priority: 1, conditions: a }), blockAbove(5, 'USDC'), allowAll()]}          | ${'9.00 USD'} | ${undefined}             | ${'PAYEE_UNKNOWN'}
  ${[blockRecipient('*evil.com*'), allowAll()]}                                                          | ${'1.00 USD'} | ${'https://EVIL.com/x'}  | ${'MERCHANT_DENIED'}
  ${[blockRecipient('*ev*il.com*'), allowAll()]}                                                         | ${'1.00 USD'} | ${'https://EVxIL.com/x'} | ${'MERCHANT_DENIED'}
  ${[blockRecipient('evil.com.'), allowAll()]}                                                           | ${'1.00 USD'} | ${'EVIL.com'}            | ${'MERCHANT_DENIED'}
  ${[blockRecipient('evil.com'), allowAll()]}                                                            | ${'1.00 USD'} | ${'evil.com.'}           | ${'MERCHANT_DENIED'}
  ${[blockRecipient('evi?.com'), allowAll()]}                                                            | ${'1.00 USD'} | ${'EVIL.com'}            | ${'RULE_DENIED'}
  ${[blockRecipient('*evil.com*'), allowAll()]}                                                          | ${'1.00 USD'} | ${'good.com'}            | ${'allow'}
  ${[blockRecipient('*evil.com*'), allowAll()]}                                                          | ${'1.00 USD'} | ${undefined}             | ${'PAYEE_UNKNOWN'}
  ${[blockRecipient('*evil.com*'), allowAll()]}                                                          | ${'0.00 USD'} | ${undefined}             | ${'allow'}
  ${[allowOnlyRecipients('*.a.com', 'b.com'), denyAll()]}                                                | ${'1.00 USD'} | ${'api.A.com'}           | ${'allow'}
  ${[allowOnlyRecipients('*.a.com', 'b.com'), denyAll()]}                                                | ${'1.00 USD'} | ${'c.com'}               | ${'MERCHANT_NOT_ALLOWED'}
  ${[allowOnlyRecipients('*.a.com', 'b.com')]}                                                           | ${'1.00 USD'} | ${'c.com'}               | ${'MERCHANT_NOT_ALLOWED'}
  ${[allowOnlyRecipients('*.a.com', 'b.com'), denyAll()]}                                                | ${'0.00 USD'} | ${undefined}             | ${'RULE_DENIED'}
  ${[allowOnlyRecipients('*.a.com', 'b.com'), allowAll()]}                                               | ${'1.00 USD'} | ${'c.com'}               | ${'allow'}
  ${[requireApprovalAbove(5, 'USDC'), allowOnlyRecipients('b.com'), denyAll()]}                          | ${'9.00 USD'} | ${'c.com'}               | ${'1 of 1'}
  ${[requireApprovalAbove(5, 'USDC'), allowOnlyRecipients('b.com'), denyAll()]}                          | ${'1.00 USD'} | ${'c.com'}               | ${'RULE_DENIED'}
  ${[requireApprovalAbove(5, 'USDC'), allowOnlyRecipients('b.com'), denyAll()]}                          | ${'1.00 USD'} | ${'b.com'}               | ${'allow'}
`('under $rules, $price to $recipient is $outcome', ({ rules, price, recipient, outcome }) => {
  const policies = compiled(imported(ruled(...rules)));

  expect(said(policies, { price, payee: recipient === undefined ? {} : { recipient } })).toBe(outcome);
});

test.each`
  conditions                             | agent      | tool      | price             | outcome
  ${{ agents: ['bot-*'] }}               | ${'bot-1'} | ${'pay'}  | ${'1.00 USD'}     | ${'RULE_DENIED'}
  ${{ agents: ['bot-*'] }}               | ${'human'} | ${'pay'}  | ${'1.00 USD'}     | ${'allow'}
  ${{ agents: ['*'] }}                   | ${'human'} | ${'pay'}  | ${'1.00 USD'}     | ${'RULE_DENIED'}
  ${{ services: ['search'] }}            | ${'human'} | ${'find'} | ${'1.00 USD'}     | ${'RULE_DENIED'}
  ${{ services: ['search'] }}            | ${'human'} | ${'pay'}  | ${'1.00 USD'}     | ${'allow'}
  ${{ minAmount: 0.1, maxAmount: 0.3 }}  | ${'human'} | ${'pay'}  | ${'0.30 USD'}     | ${'RULE_DENIED'}
  ${{ minAmount: 0.1, maxAmount: 0.3 }}  | ${'human'} | ${'pay'}  | ${'0.10 USD'}     | ${'RULE_DENIED'}
  ${{ minAmount: 0.1, maxAmount: 0.3 }}  | ${'human'} | ${'pay'}  | ${'0.300001 USD'} | ${'allow'}
  ${{ currencies: ['USDC'] }}            | ${'human'} | ${'pay'}  | ${'0.00 USD'}     | ${'RULE_DENIED'}
  ${{ agents: ['bot-*'], minAmount: 5 }} | ${'human'} | ${'pay'}  | ${'9.00 EUR'}     | ${'allow'}
  ${{ agents: ['bot-*'], minAmount: 5 }} | ${'bot-1'} | ${'pay'}  | ${'9.00 EUR'}     | ${'RULE_FAILED'}
`(
  'where $conditions are denied, $tool of $agent at $price is $outcome',
  ({ conditions, outcome, ...asked }) => {
    const document = ruled(rule({ conditions }), allowAll());
    const policies = compiled(imported(document, { services: { search: ['find', 'look'] } }));

    expect(said(policies, asked)).toBe(outcome);
  },
);

test('budgets of some agents become a policy of these agents, beside that of everybody', () => {
  const { policies } = imported(
    {
      ...budgeted(
        { window: 'per_transaction', maxAmount: 0.3, currency: 'USDC' },
        { window: 'hourly', maxAmount: 5, currency: 'USDC', agentIds: ['b', 'a', 'a'] },
        { window: 'weekly', maxAmount: 50, currency: 'USDC', agentIds: ['a', 'b'], serviceIds: ['search'] },
      ),
      cooldownMs: 1_500,
    },
    { services: { search: ['find'] } },
  );

  expect(policies).toMatchObject([
    { id: 'p', budgets: [{ scope: 'call', window: 'call', limit: '0.30 USD' }], cooldown: '2s' },
    {
      id: 'p/agents-1',
      match: { agents: ['a', 'b'] },
      budgets: [
        { scope: 'tenant', window: 'hour', limit: '5.00 USD' },
        { scope: 'tenant', window: 'week', limit: '50.00 USD', tools: ['find'] },
      ],
    },
  ]);
  expect(said(compiled({ policies, remarks: [] }), { agent: 'c', price: '0.30 USD' })).toBe('allow');
  expect(said(compiled({ policies, remarks: [] }), { agent: 'c', price: '0.300001 USD' })).toBe(
    'PRICE_ABOVE_CAP',
  );
});

test('of two budgets that count the same the smaller is kept', () => {
  const document = budgeted(
    { window: 'daily', maxAmount: 500, currency: 'USDC' },
    { window: 'daily', maxAmount: 300, currency: 'USDC' },
    { window: 'daily', maxAmount: 400, currency: 'USDT' },
  );

  expect(imported(document).policies[0]?.budgets).toEqual([
    { scope: 'tenant', window: 'day', limit: '300.00 USD' },
  ]);
  expect(kinds(document)).toEqual(expect.arrayContaining(['assumed budgets[1]', 'stricter budgets[2]']));
});

test('a disabled policy is ignored, with the budgets of single agents', () => {
  const document = budgeted({ window: 'daily', maxAmount: 1, currency: 'USDC', agentIds: ['agent-123'] });

  expect(said(compiled(imported({ ...document, enabled: false })), {})).toBe('NO_POLICY');
});

test('the policy is for the agents of the options alone', () => {
  const policies = compiled(imported(ruled(allowAll()), { agents: ['bot-*'] }));

  expect(said(policies, { agent: 'bot-1' })).toBe('allow');
  expect(said(policies, { agent: 'human' })).toBe('NO_POLICY');
});

test.each`
  document                                                                             | remark
  ${ruled(blockAbove(5, 'USDC'))}                                                      | ${'stricter rules'}
  ${ruled({ ...denyAll(), enabled: false }, allowAll())}                               | ${'assumed rules[0]'}
  ${ruled({ ...allowAll(), priority: 1 }, denyAll())}                                  | ${'assumed rules[1]'}
  ${ruled(rule({ action: 'allow', conditions: { currencies: ['USDC'] } }), denyAll())} | ${'not-expressed rules[0].conditions.currencies'}
  ${ruled(requireApprovalAbove(5, 'USDC'), denyAll())}                                 | ${'not-expressed rules[0].conditions.currencies'}
  ${ruled(rule({ conditions: { minAmount: 5 } }), allowAll())}                         | ${'assumed document'}
  ${budgeted({ window: 'daily', maxAmount: 5 })}                                       | ${'assumed document'}
  ${{ ...ruled(allowAll()), cooldownMs: 1_500 }}                                       | ${'stricter cooldownMs'}
  ${{ ...ruled(allowAll()), cooldownMs: 1_000 }}                                       | ${'assumed cooldownMs'}
`('what is read otherwise in $document is remarked: $remark', ({ document, remark }) => {
  expect(kinds(document)).toContain(remark);
});

const denied = (conditions: object) => ruled({ ...denyAll(), conditions }, allowAll());

test.each`
  document                                                               | message
  ${null}                                                                | ${'document: expected an object of `id`'}
  ${JSON.parse('{"__proto__": {"id": "p"}}')}                            | ${'id: expected an id'}
  ${{ ...ruled(), fallback: 'allow' }}                                   | ${'fallback: unknown key'}
  ${{ ...ruled(), id: 'my policy' }}                                     | ${'id: expected an id of 1 to 128 letters'}
  ${{ ...ruled(), enabled: undefined }}                                  | ${'enabled: expected `true` or `false`, got nothing'}
  ${ruled({ ...allowAll(), action: 'approve' })}                         | ${'rules[0].action: expected one of `allow`, `deny`, `require_approval`, `flag`'}
  ${ruled({ ...allowAll(), priority: Number.NaN })}                      | ${'rules[0].priority: expected a number'}
  ${ruled({ ...allowAll(), when: 'true' })}                              | ${'rules[0].when: unknown key'}
  ${denied({ minimum: 5 })}                                              | ${'rules[0].conditions.minimum: unknown key'}
  ${denied({ minAmount: Number.NaN })}                                   | ${'rules[0].conditions.minAmount: expected an amount such as `0.05`, with at most six decimals and at most 9007199254.740991, got `NaN`'}
  ${denied({ minAmount: Infinity })}                                     | ${'rules[0].conditions.minAmount: expected an amount'}
  ${denied({ minAmount: -1 })}                                           | ${'rules[0].conditions.minAmount: expected an amount'}
  ${denied({ minAmount: 0.1 + 0.2 })}                                    | ${'rules[0].conditions.minAmount: expected an amount'}
  ${denied({ minAmount: 1e-7 })}                                         | ${'rules[0].conditions.minAmount: expected an amount'}
  ${denied({ maxAmount: 1e21 })}                                         | ${'rules[0].conditions.maxAmount: expected an amount'}
  ${denied({ maxAmount: '5' })}                                          | ${'rules[0].conditions.maxAmount: expected an amount'}
  ${denied({ recipients: [] })}                                          | ${'rules[0].conditions.recipients: expected a list of 1 to 1000 patterns of recipients'}
  ${denied({ recipients: ['x\nevil.com'] })}                             | ${'rules[0].conditions.recipients[0]: expected 1 to 256 visible ASCII characters'}
  ${denied({ recipients: ['*.'] })}                                      | ${'rules[0].conditions.recipients[0]: expected no full stop behind a wildcard at the end, as recipients are compared without it, got `*.`'}
  ${denied({ agents: ['a*b*c'] })}                                       | ${'rules[0].conditions.agents: expected patterns with wildcards in one place'}
  ${denied({ protocols: ['x402'] })}                                     | ${'rules[0].conditions.protocols: expected no protocols'}
  ${denied({ metadata: { team: 'a' } })}                                 | ${'rules[0].conditions.metadata: expected no metadata'}
  ${denied({ services: ['search'] })}                                    | ${'rules[0].conditions.services[0]: expected the option `services` to name the tools of `search`'}
  ${denied({ currencies: ['usdc'] })}                                    | ${'rules[0].conditions.currencies[0]: expected a currency that the option `currencies` says what counts as, got `usdc`'}
  ${denied({ currencies: ['toString'] })}                                | ${'rules[0].conditions.currencies[0]: expected a currency'}
  ${budgeted({ window: 'yearly', maxAmount: 5 })}                        | ${'budgets[0].window: expected one of `per_transaction`, `hourly`'}
  ${budgeted({ window: 'daily', maxAmount: -500 })}                      | ${'budgets[0].maxAmount: expected an amount'}
  ${budgeted({ window: 'daily', maxAmount: 5, agentIds: [] })}           | ${'budgets[0].agentIds: expected a list of 1 to 1000 agents'}
  ${budgeted({ window: 'daily', maxAmount: 5, serviceIds: ['search'] })} | ${'budgets[0].serviceIds[0]: expected the option `services`'}
  ${{ ...ruled(), cooldownMs: -1 }}                                      | ${'cooldownMs: expected a whole number'}
`('$document is refused', ({ document, message }) => {
  expect(refusal(() => imported(document))).toContain(`:\n${message}`);
});

test.each`
  document                                                                     | options                                         | message
  ${production}                                                                | ${{}}                                           | ${'rules[1].action: expected the option `approvers`: the rule asks for approval and does not say whose'}
  ${production}                                                                | ${{ approvers, currencies: { USDT: 'USD' } }}   | ${'budgets[0].currency: expected a currency'}
  ${budgeted({ window: 'daily', maxAmount: 5, agentIds: ['bot-1', 'human'] })} | ${{ agents: ['bot-*'] }}                        | ${'budgets[0].agentIds[1]: expected an agent of the option `agents`, got `human`'}
  ${ruled(blockAbove(1, 'USDC'), blockAbove(1, 'EURC'), allowAll())}           | ${{ currencies: { USDC: 'USD', EURC: 'EUR' } }} | ${'rules[1].conditions.currencies[0]: expected amounts of one currency, got EUR beside USD: no price is both'}
  ${production}                                                                | ${{ approvers: [] }}                            | ${'options.approvers: expected a list of 1 to 100 approvers'}
  ${production}                                                                | ${{ approver: 'x' }}                            | ${'options.approver: unknown key'}
  ${production}                                                                | ${{ services: { search: ['find*'] } }}          | ${'options.services.search[0]: expected a tool name without `*`'}
`('with $options it is refused: $message', ({ document, options, message }) => {
  expect(refusal(() => imported(document, options))).toContain(message);
});

// Other documents of the page.
const alertRule = {
  id: 'daily-budget',
  name: 'Daily USDC Budget',
  type: 'budget_threshold',
  severity: 'warning',
  enabled: true,
  config: {
    type: 'budget_threshold',
    threshold: 500,
    currency: 'USDC',
    windowMs: 86400000,
    alertAtPercent: 0.8,
  },
};
const mcpOptions = { agentId: 'my-agent', dailyBudget: 500, perTransactionLimit: 100 };
const mandate = {
  grantorAgent: 'agent-a',
  granteeAgent: 'agent-b',
  maxAmount: 100,
  currency: 'USDC',
  maxFrequency: 10,
  windowMs: 86400000,
  expiresAt: '2026-02-01T00:00:00.000Z',
};
const intent = {
  fromAgent: 'agent-a',
  toAgent: 'agent-b',
  amount: 50,
  currency: 'USDC',
  purpose: 'data analysis',
};

test.each`
  document      | message
  ${alertRule}  | ${'expected a policy, got an alert rule, which warns and denies nothing'}
  ${mcpOptions} | ${'expected a policy, got the options of an MCP server: write `dailyBudget` and `perTransactionLimit` as `budgets`'}
  ${mandate}    | ${'expected a policy, got a mandate, which one agent gives another'}
  ${intent}     | ${'expected a policy, got an intent'}
`('what is no policy is refused with what it is: $message', ({ document, message }) => {
  expect(refusal(() => imported(document))).toContain(`not valid, 1 problem:\ndocument: ${message}`);
});

test('what the options of the MCP server say becomes budgets once it is written as a policy', () => {
  const { policies } = imported(
    budgeted(
      { window: 'daily', maxAmount: mcpOptions.dailyBudget },
      { window: 'per_transaction', maxAmount: mcpOptions.perTransactionLimit },
    ),
  );

  expect(policies[0]?.budgets).toEqual([
    { scope: 'tenant', window: 'day', limit: '500.00 USD' },
    { scope: 'call', window: 'call', limit: '100.00 USD' },
  ]);
});

test.each`
  name                         | kept                                   | told
  ${'no payments'}             | ${'no payments'}                       | ${false}
  ${'no\npayments'}            | ${'no payments'}                       | ${true}
  ${'\u202eno\u0007 payments'} | ${'no  payments'}                      | ${true}
  ${'x'.repeat(1001)}          | ${`${'x'.repeat(999)}…`}               | ${true}
  ${'\u{1f6d1}'.repeat(501)}   | ${`${'\u{1f6d1}'.repeat(499)}\ufffd…`} | ${true}
  ${''}                        | ${'block-1'}                           | ${false}
  ${'\n'}                      | ${'block-1'}                           | ${false}
`('of the name of a rule this is kept as its reason: $kept', ({ name, kept, told }) => {
  const document = ruled(rule({ id: 'block-1', name, conditions: { minAmount: 5 } }), allowAll());
  const { policies, remarks } = imported(document);

  expect(policies[0]?.rules?.[0]?.reason).toBe(kept);
  expect(remarks.some(({ path }) => path === 'rules[0].name')).toBe(told);
  expect(() => compiled({ policies, remarks })).not.toThrow();
});

test.each`
  pattern     | action     | remarks
  ${'a.com'}  | ${'deny'}  | ${[]}
  ${'a.com.'} | ${'deny'}  | ${[]}
  ${'*.com'}  | ${'deny'}  | ${[]}
  ${'*evil*'} | ${'deny'}  | ${[]}
  ${'evil.*'} | ${'deny'}  | ${['not-expressed the wildcards of `evil.*` no longer stand for a full stop at the end; name `evil` too, if they should']}
  ${'evil.*'} | ${'flag'}  | ${['not-expressed the wildcards of `evil.*`']}
  ${'good.*'} | ${'allow'} | ${['stricter the wildcards of `good.*`']}
  ${'evil?'}  | ${'deny'}  | ${['not-expressed the wildcards of `evil?` no longer stand for a full stop at the end; name `evil` too']}
`('where $action is for $pattern, the remarks are $remarks', ({ pattern, action, remarks }) => {
  const document = ruled(rule({ action, conditions: { recipients: [pattern] } }), allowAll());
  const told = imported(document).remarks.filter(({ path }) =>
    path.startsWith('rules[0].conditions.recipients'),
  );

  expect(told[0]).toEqual({
    path: 'rules[0].conditions.recipients',
    kind: 'assumed',
    message:
      'recipients are compared without the full stop that a host may end in: `a.example.` is `a.example`',
  });
  expect(told.slice(1).map(({ kind, message }) => `${kind} ${message}`)).toEqual(
    remarks.map((start: string) => expect.stringContaining(start)),
  );
});

test('more recipients than an expression can hold are refused, unless lists can hold them', () => {
  const many = Array.from({ length: 500 }, (_, index) => `shop-${index}.example`);

  expect(
    said(compiled(imported(ruled(allowOnlyRecipients(...many), denyAll()))), {
      payee: { recipient: 'shop-499.example' },
    }),
  ).toBe('allow');
  expect(
    refusal(() =>
      imported(
        ruled(allowOnlyRecipients(...many), rule({ priority: 60, conditions: { minAmount: 1 } }), allowAll()),
      ),
    ),
  ).toContain('rules[1]: expected fewer names, here and in the rules asked before it: the condition has');
});

test('a rule may follow as many others as fit into an expression', () => {
  const allows = Array.from({ length: 60 }, (_, index) =>
    rule({ action: 'allow', priority: index, conditions: { minAmount: index + 1, maxAmount: index + 1 } }),
  ).slice(0, 25);

  expect(said(compiled(imported(ruled(...allows))), { price: '25.00 USD' })).toBe('allow');
  expect(said(compiled(imported(ruled(...allows))), { price: '26.00 USD' })).toBe('RULE_DENIED');
});
