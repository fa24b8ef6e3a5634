import { assetTable, type Call, compilePolicies, decide, formatCurrency } from '@torii/engine';
import type { Contestant } from './contestant.ts';
import type { Question, Rule } from './rules.ts';

/** Any moment: none of these policies looks at the time. */
const FACTS = { nowMs: Date.UTC(2026, 0, 1) };

/** One policy for each rule, as teams write them that own agents one by one. */
export const torii: Contestant = {
  name: 'torii',
  role: 'ours',
  async load(rules) {
    return asking(
      rules.map((rule) => ({
        id: rule.agent,
        match: { agents: [rule.agent] },
        tools: { allow: [rule.tool] },
        budgets: [capOf(rule)],
      })),
    );
  },
};

/** One policy that lists every tool with its cap. A policy holds at most 100 budgets. */
export const toriiOnePolicy: Contestant = {
  name: 'torii, one policy',
  role: 'ours, other shape',
  remark: 'looks at tools alone, so two kinds of question do not apply',
  mostRules: 100,
  ignoresAgent: true,
  async load(rules) {
    const budgets = rules.map((rule) => ({ ...capOf(rule), tools: [rule.tool] }));
    return asking([{ id: 'tools', tools: { allow: rules.map(({ tool }) => tool) }, budgets }]);
  },
};

function capOf({ limit }: Rule) {
  return { scope: 'call', window: 'call', limit: formatCurrency(limit, 'USD') };
}

function asking(documents: readonly unknown[]) {
  const policies = compilePolicies(documents, assetTable([]));
  return (question: Question) => {
    const call = callOf(question);
    return () => decide(call, policies, FACTS).kind === 'allow';
  };
}

/** A call as `identify` hands it on. */
function callOf({ agent, tool, units }: Question): Call {
  return {
    id: 'call_00000000000000000000000000000000',
    fingerprint: undefined,
    principal: {
      agent,
      owner: 'owner@example.com',
      session: 's1',
      tenant: 'acme',
      issuer: 'https://issuer.example',
    },
    framework: 'bench',
    tool,
    definition: undefined,
    arguments: '{}',
    price: { units, asset: 'USD/6' },
    payee: {},
    effect: undefined,
    requestHash: '0'.repeat(64),
  };
}
