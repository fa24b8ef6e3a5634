import { PolicyEngine } from '@microsoft/agent-governance-sdk';
import type { Contestant } from './contestant.ts';

/**
 * One policy for each agent, which is found by comparing names. A single policy of many rules is the other way to
 * write it, and parses the condition of every rule with every question: over a hundred times slower at 1,000 rules.
 */
export const agentGovernance: Contestant = {
  name: 'agent-governance-sdk',
  role: 'peer',
  async load(rules) {
    const engine = new PolicyEngine();
    for (const { agent, tool, limit } of rules) {
      const condition = `tool == '${tool}' and price <= ${limit}`;
      engine.loadPolicy({
        name: agent,
        agent,
        rules: [{ name: tool, condition, ruleAction: 'allow' }],
        default_action: 'deny',
      });
    }
    return ({ agent, tool, units }) => {
      const context = { tool, price: Number(units) };
      return () => engine.evaluatePolicy(agent, context).allowed;
    };
  },
};
