import type { Decision } from '../nouns/decision.ts';
import { compilePolicies } from './compile.ts';
import { decide } from './decide.ts';
import {
  assets,
  type CallChange,
  callOf,
  documentsOf,
  EURC,
  factsOf,
} from './decision-table.test-support.ts';

const cap = (limit: string) => ({ budgets: [{ scope: 'call', window: 'call', limit }] });

function decideBy(documents: readonly object[], change: CallChange = {}): Decision {
  return decide(callOf(change), compilePolicies(documentsOf(documents), assets), factsOf());
}

test('a denial keeps every reason of every policy, with its place, value and limit', () => {
  const strict = {
    tools: { allow: ['code_executor', 'github_api'], deny: ['x', 'web_*'] },
    budgets: [
      { scope: 'agent', window: 'day', limit: '1 EUR' },
      { scope: 'call', window: 'call', limit: '0.10 USD' },
    ],
  };
  const decision = decideBy([cap('0.05 USD'), strict, {}]);

  expect(decision).toMatchObject({ kind: 'deny', policies: [{ id: 'a' }, { id: 'b' }, { id: 'c' }] });
  expect(decision.kind === 'deny' ? decision.denial : undefined).toEqual({
    kind: 'denied',
    code: 'TOOL_DENIED',
    message: 'policy `b` denies `web_search` by `web_*`',
    callId: 'call_1',
    reasons: [
      {
        code: 'TOOL_DENIED',
        message: 'policy `b` denies `web_search` by `web_*`',
        policy: 'b',
        clause: 'tools.deny[1]',
        value: 'web_search',
        limit: 'not `web_*`',
      },
      {
        code: 'TOOL_NOT_ALLOWED',
        message: 'policy `b` does not allow `web_search`; it allows `code_executor`, `github_api`',
        policy: 'b',
        clause: 'tools.allow',
        value: 'web_search',
        limit: '`code_executor`, `github_api`',
      },
      {
        code: 'ASSET_UNKNOWN',
        message: '`USD/6` does not count as EUR, which policy `b` limits',
        policy: 'b',
        clause: 'budgets[0]',
        value: 'USD/6',
        limit: 'an asset that counts as EUR',
      },
      {
        code: 'PRICE_ABOVE_CAP',
        message: '`web_search` costs 0.12 USD; policy `a` lets one call cost at most 0.05 USD',
        policy: 'a',
        clause: 'budgets[0]',
        value: '0.12 USD',
        limit: '0.05 USD',
      },
      {
        code: 'PRICE_ABOVE_CAP',
        message: '`web_search` costs 0.12 USD; policy `b` lets one call cost at most 0.10 USD',
        policy: 'b',
        clause: 'budgets[1]',
        value: '0.12 USD',
        limit: '0.10 USD',
      },
    ],
  });
});

test('an allowance demands every budget and rate of every matching policy, and no cap', () => {
  const rates = [
    { scope: 'agent', limit: 10, per: 'minute' },
    { scope: 'agent', limit: 1, per: 'hour', tools: ['deploy'] },
  ];
  const first = {
    budgets: [
      { scope: 'call', window: 'call', limit: '0.50 USD' },
      { scope: 'session', window: 'lifetime', limit: '5 USD' },
      { scope: 'owner', window: 'day', limit: '20 USD', tools: ['web_*'] },
      { scope: 'owner', window: 'hour', limit: '2 USD', tools: ['deploy'] },
    ],
    rates,
  };
  const euros = { budgets: [{ scope: 'agent', window: 'day', limit: '9 EUR' }] };
  const decision = decideBy([first, euros, { enabled: false, rates }], { price: { units: 1n, asset: EURC } });

  if (decision.kind === 'deny') throw new Error('expected an allowance');
  expect(decision.budgets).toMatchObject([
    { policy: 'a', clause: 'budgets[1]', scope: 'session', currency: 'USD', limit: 5_000_000n, amount: 2n },
    { policy: 'a', clause: 'budgets[2]', scope: 'owner', currency: 'USD', limit: 20_000_000n, amount: 2n },
    { policy: 'b', clause: 'budgets[0]', scope: 'agent', currency: 'EUR', limit: 9_000_000n, amount: 1n },
  ]);
  expect(decision.rates).toEqual([
    {
      key: '["a","agent",["https://i.example","acme","asmit@example.com","coding-agent-01"],"minute",null]',
      policy: 'a',
      clause: 'rates[0]',
      scope: 'agent',
      per: 'minute',
      perMs: 60_000,
      limit: 10,
    },
  ]);
});

test('a reference names version and hash of each policy that spoke, the heir in place of its base', () => {
  const documents = [{ tools: {} }, { extends: 'a', version: 7 }];
  const compiled = compilePolicies(documentsOf(documents), assets);

  expect(decideBy(documents).policies).toEqual([compiled.references[1]]);
  expect(compiled.references[1]).toEqual({
    id: 'b',
    version: 7,
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

test('a refusal names the call where it has a name', () => {
  const compiled = compilePolicies([], assets);

  expect(decide(callOf(), compiled, factsOf())).toMatchObject({ denial: { callId: 'call_1' } });
  expect(decide({ ...callOf(), id: 5 as never, tool: '' }, compiled, factsOf())).not.toHaveProperty(
    'denial.callId',
  );
});

test('policies that count sessions say so', () => {
  const reads = (document: object): boolean => compilePolicies(documentsOf([document]), assets).readsSessions;
  const rule = (when: string) => ({ rules: [{ id: 'r', when, then: 'deny', reason: 'x' }] });

  expect(
    [{}, { sessions: { mode: 'open' } }, rule('tool == "x"'), rule('principal.session == "x"')].map(reads),
  ).toEqual([false, false, false, false]);
  expect(
    [{ anomaly: {} }, { sessions: { mode: 'read-only' } }, rule('session.calls > 1')].map(reads),
  ).toEqual([true, true, true]);
  expect(reads({ anomaly: {}, enabled: false })).toBe(false);
});

test('policies that can demand a person say so', () => {
  const asks = (document: object): boolean => compilePolicies(documentsOf([document]), assets).asksPeople;
  const asking = { approvers: ['ann@example.com'] };
  const rule = (then: object) => ({ rules: [{ id: 'r', when: 'true', reason: 'x', ...then }] });
  const elevation = { tools: ['*'], ...asking };

  expect(
    [{}, { sessions: { mode: 'read-only' } }, rule({ then: 'deny' }), rule({ then: 'flag' })].map(asks),
  ).toEqual([false, false, false, false]);
  expect(
    [
      { approvals: [{ when: 'always', ...asking }] },
      { sessions: { mode: 'read-only', elevation } },
      rule({ then: 'approve', ...asking }),
    ].map(asks),
  ).toEqual([true, true, true]);
  expect(asks({ ...rule({ then: 'approve', ...asking }), enabled: false })).toBe(false);
});

test('a denial keeps the first 20 reasons, in the order of their codes, and the wait of all', () => {
  const rules = Array.from({ length: 25 }, (_, index) => ({
    id: `r${index}`,
    when: 'true',
    then: 'deny',
    reason: `reason ${index}`,
  }));
  const decision = decideBy([{ rules, tools: { deny: ['web_*'] }, schedule: { allow: [] } }]);

  if (decision.kind !== 'deny') throw new Error('expected a denial');
  expect(decision.denial.reasons.map(({ clause }) => clause)).toEqual([
    'tools.deny[0]',
    ...Array.from({ length: 19 }, (_, index) => `rules[${index}]`),
  ]);
  expect(decision.denial).not.toHaveProperty('retryAfterMs');
});

test('a reason beyond the twentieth still says that waiting does not help', () => {
  const block = (index: number) => ({
    schedule: {
      block: [{ from: '2026-01-20T00:00:00Z', to: '2026-01-21T00:00:00Z', reason: `reason ${index}` }],
    },
  });
  const blocked = Array.from({ length: 21 }, (_, index) => block(index));

  expect(decideBy(blocked)).toMatchObject({ denial: { retryAfterMs: 14 * 3_600_000 } });
  expect(decideBy([...blocked, { schedule: { allow: [] } }])).not.toHaveProperty('denial.retryAfterMs');
});

test.each`
  what                                       | tool           | policy                                                       | effect           | writes
  ${'a tool that reads'}                     | ${'get_page'}  | ${{}}                                                        | ${'read'}        | ${false}
  ${'a tool that writes'}                    | ${'send_mail'} | ${{}}                                                        | ${'mutating'}    | ${true}
  ${'a raised effect of a tool that reads'}  | ${'get_page'}  | ${{ anomaly: {} }}                                           | ${'mutating'}    | ${false}
  ${'a raised effect of a tool that writes'} | ${'send_mail'} | ${{ anomaly: {} }}                                           | ${'destructive'} | ${true}
  ${'a raised effect of an override'}        | ${'send_mail'} | ${{ anomaly: {}, effects: { overrides: { read: ['**'] } } }} | ${'mutating'}    | ${false}
  ${'a denial'}                              | ${'get_page'}  | ${{ anomaly: {}, tools: { allow: [] } }}                     | ${'mutating'}    | ${false}
  ${'a denial of a tool that writes'}        | ${'send_mail'} | ${{ tools: { allow: [] } }}                                  | ${'mutating'}    | ${true}
  ${'no policy'}                             | ${'get_page'}  | ${{ enabled: false }}                                        | ${'read'}        | ${false}
  ${'no policy for a tool that writes'}      | ${'send_mail'} | ${{ enabled: false }}                                        | ${'mutating'}    | ${true}
  ${'no call'}                               | ${''}          | ${{}}                                                        | ${'admin'}       | ${true}
`('$what is $effect, and counts as writing: $writes', ({ tool, policy, effect, writes }) => {
  expect(decideBy([policy as object], { tool })).toMatchObject({ effect, writes });
});
