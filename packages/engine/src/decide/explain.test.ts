import { assetTable } from '../nouns/asset.ts';
import { type Call, type CallRequest, describeCall } from '../nouns/call.ts';
import { deny } from '../nouns/denial.ts';
import { NEW_SESSION } from '../nouns/facts.ts';
import { compilePolicies } from './compile.ts';
import { decide } from './decide.ts';
import { explain } from './explain.ts';

const principal = { agent: 'bot', owner: 'olga', session: 's1', tenant: 'acme', issuer: 'i' };
const MONDAY_NOON = 1_767_614_400_000;

function callOf(changes: Partial<CallRequest>): Call {
  const request = {
    credential: undefined,
    framework: 'test',
    tool: 'search',
    arguments: {},
    price: '0.10 USD',
  };
  const call = describeCall({ ...request, ...changes }, principal, { id: () => 'call_1', below: () => 0 });
  if ('kind' in call) throw new Error(call.message);
  return call;
}

function explained(documents: readonly unknown[], changes: Partial<CallRequest> = {}): string {
  const policies = compilePolicies(documents, assetTable([]));
  const text = explain(decide(callOf(changes), policies, { nowMs: MONDAY_NOON, session: NEW_SESSION }));
  // Hashes change with every word of a policy; that they are shown is looked at by itself.
  return text.replace(/#[0-9a-f]{12}(?![0-9a-f])/g, '#…');
}

const shop = {
  id: 'shop',
  version: 3,
  tools: { allow: ['search', 'publish', 'buy'], deny: ['buy'] },
  budgets: [
    { scope: 'call', window: 'call', limit: '1 USD' },
    { scope: 'agent', window: 'day', limit: '20 USD' },
    { scope: 'session', window: 'rolling 24h', limit: '5.5 USD' },
  ],
  rates: [{ scope: 'agent', limit: 50, per: 'minute' }],
  cooldown: '10s',
};

test('an allowed call: what it is charged to and counts towards', () => {
  expect(explained([shop])).toBe(
    [
      'allowed (read)',
      '  charges 0.10 USD to a budget of 20.00 USD of the agent (day) (budgets[1] of `shop`)',
      '  charges 0.10 USD to a budget of 5.50 USD of the session (rolling 24h) (budgets[2] of `shop`)',
      '  counts towards 50 calls per minute of the agent (rates[0] of `shop`)',
      '  counts towards 1 call per 10s of the agent (cooldown of `shop`)',
      '  decided by shop@3#…',
    ].join('\n'),
  );
});

test('a call that is paid from a wallet says so', () => {
  const paid = { id: 'paid', wallet: { currency: 'USD' } };

  expect(explained([paid])).toBe(
    [
      'allowed (read)',
      '  charges 0.10 USD to the wallet of the agent (wallet of `paid`)',
      '  decided by paid@1#…',
    ].join('\n'),
  );
});

test('a call that people have to agree to: who, why, and where that is written', () => {
  const documents = [
    {
      id: 'money',
      approvals: [
        { when: { above: '0.05 USD' }, approvers: ['ada'] },
        {
          when: 'always',
          require: 2,
          approvers: ['ada', 'bob', 'eve'],
          escalate: [{ after: '10m', approvers: ['zoe'] }],
        },
      ],
    },
    { id: 'watch', rules: [{ id: 'odd', when: 'tool == "search"', then: 'flag', reason: 'searches' }] },
  ];

  expect(explained(documents)).toBe(
    [
      'allowed once people agree (read)',
      '  asks `ada`: 0.10 USD is above 0.05 USD (approvals[0] of `money`)',
      '  asks 2 of `ada`, `bob`, `eve`, and others after a while: policy `money` asks for every call (approvals[1] of `money`)',
      '  flagged: searches (rules[0] of `watch`)',
      '  decided by money@1#…, watch@1#…',
    ].join('\n'),
  );
});

test('a denied call: every clause that spoke, in precedence, with what would pass', () => {
  const other = {
    id: 'other',
    tools: { allow: ['search'] },
    budgets: [{ scope: 'agent', window: 'day', limit: '9 EUR' }],
  };

  expect(explained([shop, other], { tool: 'buy', price: '1.000001 USD' })).toBe(
    [
      'denied: TOOL_DENIED',
      '  TOOL_DENIED: policy `shop` denies `buy`',
      '    tools.deny[0] of `shop`; was buy; would pass here: not `buy`',
      '  TOOL_NOT_ALLOWED: policy `other` does not allow `buy`; it allows `search`',
      '    tools.allow of `other`; was buy; would pass here: `search`',
      '  ASSET_UNKNOWN: `USD/6` does not count as EUR, which policy `other` limits',
      '    budgets[0] of `other`; was USD/6; would pass here: an asset that counts as EUR',
      '  PRICE_ABOVE_CAP: `buy` costs 1.000001 USD; policy `shop` lets one call cost at most 1.00 USD',
      '    budgets[0] of `shop`; was 1.000001 USD; would pass here: 1.00 USD',
      '  do not repeat this call: it cannot pass as it is',
      '  decided by shop@3#…, other@1#…',
    ].join('\n'),
  );
});

test('a call that is only too dear is told what would pass, and one that is too early when', () => {
  const closed = { id: 'hours', schedule: { allow: [{ from: '13:00', to: '14:00' }] } };

  expect(explained([shop], { price: '1.50 USD' })).toContain(
    '\n  do not repeat this call as it is: one of at most 1.00 USD may pass\n',
  );
  expect(explained([closed])).toContain('\n  an equal call may pass in 60 min, as a new call\n');
});

test('a call that no policy matches', () => {
  expect(explained([])).toBe(
    [
      'denied: NO_POLICY',
      '  NO_POLICY: no policy matches agent `bot` of owner `olga` in tenant `acme` through `test`',
      '    was agent `bot` of owner `olga` in tenant `acme` through `test`; would pass here: a policy that matches all of them',
      '  do not repeat this call: it cannot pass as it is',
      '  decided by no policy',
    ].join('\n'),
  );
});

test('a denial that came before policy', () => {
  expect(explain(deny('IDENTITY_MISSING', 'expected a token'))).toBe(
    [
      'denied: IDENTITY_MISSING',
      '  IDENTITY_MISSING: expected a token',
      '  do not repeat this call as it is: it needs a valid token',
    ].join('\n'),
  );
});

test('the hash of a policy is shortened to twelve digits', () => {
  const policies = compilePolicies([shop], assetTable([]));
  const [reference] = policies.references;

  const text = explain(decide(callOf({}), policies, { nowMs: MONDAY_NOON }));

  expect(text).toContain(`shop@3#${reference?.hash.slice(0, 12)}`);
  expect(text).not.toContain(reference?.hash.slice(0, 13));
});

test.each(['\n  decided by nobody', '\u001b[31m', '\u202egnp.exe', '\u2028'])(
  'a reason that could forge a line or steer a terminal is refused: %j',
  (reason) => {
    const rule = { id: 'odd', when: 'true', then: 'flag', reason: `x${reason}y` };

    expect(() => explained([{ id: 'p', rules: [rule] }])).toThrow(/reason of `p`: expected .* on one line/);
  },
);
