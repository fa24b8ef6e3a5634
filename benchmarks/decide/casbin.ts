import { type Model, newEnforcer, newModelFromString } from 'casbin';
import type { Contestant } from './contestant.ts';

/**
 * The synchronous way, several times faster than the other. The cached one is no choice here: it answers
 * asynchronously, caches only requests that are all text, and would keep one entry for each price ever seen.
 *
 * The price has to be a number: the limits of policies are text, and JavaScript compares text with text letter by
 * letter, so that "10000000" would be below "9000000".
 */
export const casbin: Contestant = {
  name: 'casbin',
  role: 'peer',
  async load(rules) {
    const model = modelOf(
      'agent, tool, limit',
      'r.agent == p.agent && r.tool == p.tool && r.price <= p.limit',
    );
    for (const { agent, tool, limit } of rules) model.addPolicy('p', 'p', [agent, tool, limit.toString()]);
    const enforcer = await newEnforcer(model);
    return ({ agent, tool, units }) => {
      const price = Number(units);
      return () => enforcer.enforceSync(agent, tool, price);
    };
  },
};

/** One rule that compares attributes of the agent, which the application looks up and hands over. */
export const casbinWithData: Contestant = {
  name: 'casbin, limits as attributes',
  role: 'peer, rule found for it',
  remark: 'the application finds the rule, so it is no peer in the target',
  async load(rules) {
    const model = modelOf('any', 'r.agent.tool == r.tool && r.price <= r.agent.limit');
    model.addPolicy('p', 'p', ['any']);
    const enforcer = await newEnforcer(model);
    const found = new Map(rules.map(({ agent, tool, limit }) => [agent, { tool, limit: Number(limit) }]));
    const nobody = { tool: '', limit: -1 };
    return ({ agent, tool, units }) => {
      const price = Number(units);
      return () => enforcer.enforceSync(found.get(agent) ?? nobody, tool, price);
    };
  },
};

function modelOf(fields: string, matcher: string): Model {
  return newModelFromString(`
    [request_definition]
    r = agent, tool, price
    [policy_definition]
    p = ${fields}
    [policy_effect]
    e = some(where (p.eft == allow))
    [matchers]
    m = ${matcher}
  `);
}
