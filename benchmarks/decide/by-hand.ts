import type { Contestant } from './contestant.ts';

/** What a chain of one `if` for each rule does, written as a loop. Says neither why nor by which rule. */
export const ifChain: Contestant = {
  name: 'hand-written if chain',
  role: 'by hand',
  remark: 'the limit, not a peer: answers yes or no without a reason',
  async load(rules) {
    return ({ agent, tool, units }) =>
      () => {
        for (const rule of rules) {
          if (rule.agent === agent && rule.tool === tool && units <= rule.limit) return true;
        }
        return false;
      };
  },
};

/** The least that finding a rule among many can cost: one look-up by agent. */
export const mapOfRules: Contestant = {
  name: 'hand-written map',
  role: 'by hand',
  remark: 'the limit, not a peer: answers yes or no without a reason',
  async load(rules) {
    const byAgent = new Map(rules.map((rule) => [rule.agent, rule]));
    return ({ agent, tool, units }) =>
      () => {
        const rule = byAgent.get(agent);
        return rule !== undefined && rule.tool === tool && units <= rule.limit;
      };
  },
};
