import fc from 'fast-check';
import { compiled, said } from './decisions.test-support.ts';
import type { Imported } from './imported.ts';
import { importIteraToolsPolicies, importIteraToolsPolicy } from './itera-tools.ts';
import { importPaySentryPolicy } from './pay-sentry/import-pay-sentry.ts';
import { rule, services } from './pay-sentry/rules.test-support.ts';
import { importProxyPolicy } from './proxy.ts';
import { instant, t402Document } from './t402/documents.test-support.ts';
import { importT402Policy } from './t402/import-t402.ts';

const optional = { requiredKeys: [] };
const tools = ['find', 'look', 'buy', 'pack/all'];
const toolNames = fc.uniqueArray(fc.constantFrom(...tools));
const count = fc.integer({ min: 0, max: 100 });
const dollars = fc.constantFrom(0, 0.000001, 0.05, 1, 500);

const proxyDocument = fc.record(
  {
    agentId: fc.constant('agent-123'),
    owner: fc.constant('owner'),
    budget: fc.record({ sessionLimitCents: count, maxPerCallCents: count, dailyLimitCents: count }, optional),
    tools: fc.record({ allowlist: toolNames, blocklist: toolNames }, optional),
    rateLimit: fc.record({ callsPerMinute: count, callsPerHour: count }, optional),
  },
  { requiredKeys: ['agentId', 'owner'] },
);

const t402Dated = fc.tuple(t402Document, instant).map(([document, ms]) => {
  const { timeRules = {} } = document;
  const period = { start: new Date(ms), end: new Date(ms + 1), reason: 'moved\nto\u202e another day' };
  return { ...document, timeRules: { ...timeRules, blockedPeriods: [period] } };
});

const budget = fc.record(
  {
    window: fc.constantFrom('per_transaction', 'hourly', 'daily', 'weekly', 'monthly'),
    maxAmount: dollars,
    currency: fc.constantFrom('USDC', 'USDT'),
    agentIds: fc.uniqueArray(fc.constantFrom('agent-123', 'agent-2'), { minLength: 1 }),
    serviceIds: fc.uniqueArray(fc.constantFrom('search', 'trade'), { minLength: 1 }),
  },
  { requiredKeys: ['window', 'maxAmount'] },
);

const paySentryDocument = fc.record(
  {
    id: fc.constant('p'),
    name: fc.constantFrom('P', 'two\nlines'),
    description: fc.constant(undefined),
    enabled: fc.boolean(),
    rules: fc.array(rule, { maxLength: 5 }),
    budgets: fc.array(budget, { maxLength: 4 }),
    cooldownMs: fc.constantFrom(0, 1, 60_000),
  },
  { requiredKeys: ['id', 'name', 'enabled', 'rules', 'budgets'] },
);

const keyPolicy = fc.record(
  {
    allow_tools: fc.uniqueArray(fc.constantFrom('find', 'buy')),
    deny_tools: toolNames,
    rate_class_quota: fc.record({ light: count, medium: count, heavy: count }, optional),
    spend_limit_usd: dollars,
  },
  optional,
);

const tiers = fc.record({
  global: keyPolicy,
  keys: fc.dictionary(fc.constantFrom('agent-123', 'agent-2'), keyPolicy),
});

const classes = { light: ['find'], medium: ['look'], heavy: ['buy', 'pack/*'] };
const approvers = ['boss@example.com'];

interface Dialect {
  readonly documents: fc.Arbitrary<unknown>;
  readonly importing: (document: unknown) => Imported;
}

const dialects: readonly (readonly [string, Dialect])[] = [
  ['a proxy', { documents: proxyDocument, importing: importProxyPolicy }],
  [
    't402',
    { documents: t402Dated, importing: (document) => importT402Policy(document, { agent: 'agent-123' }) },
  ],
  [
    'PaySentry',
    {
      documents: paySentryDocument,
      importing: (document) => importPaySentryPolicy(document, { approvers, services }),
    },
  ],
  [
    'IteraTools',
    {
      documents: keyPolicy,
      importing: (document) => importIteraToolsPolicy(document, { agent: 'agent-123', classes }),
    },
  ],
  [
    'both tiers of IteraTools',
    {
      documents: tiers,
      importing: (documents) =>
        // What is generated has both tiers, and JSON keeps them.
        importIteraToolsPolicies(documents as Parameters<typeof importIteraToolsPolicies>[0], { classes }),
    },
  ],
];

const asked = fc.record({
  agent: fc.constantFrom('agent-123', 'agent-2'),
  tool: fc.constantFrom(...tools),
  price: fc.constantFrom('0.00 USD', '0.05 USD', '600.00 USD'),
  payee: fc.record(
    {
      recipient: fc.constantFrom('a.b', 'a.b.', '0xabc'),
      network: fc.constantFrom('eip155:1', 'eip155:56'),
      category: fc.constantFrom('api_usage', 'gambling'),
    },
    optional,
  ),
  at: instant.map((ms) => new Date(ms).toISOString()),
});

function throughJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

test.each(dialects)(
  'a document of %s means the same before and after JSON, and so do the policies that it becomes',
  (_, { documents, importing }) => {
    fc.assert(
      fc.property(documents, fc.array(asked, { minLength: 1, maxLength: 8 }), (document, calls) => {
        const imported = importing(document);
        const again = importing(throughJson(document));
        const kept = throughJson(imported);
        const policies = [imported, again, kept].map(compiled);
        expect(again).toEqual(imported);
        expect(kept).toEqual(imported);
        expect(new Set(policies.map(({ hash }) => hash)).size).toBe(1);
        expect(policies.map(({ references }) => references)).toEqual(Array(3).fill(policies[0]?.references));
        for (const call of calls) {
          const [answer, ...others] = policies.map((each) => said(each, call));
          expect(others).toEqual([answer, answer]);
        }
      }),
      { numRuns: 200 },
    );
  },
);
