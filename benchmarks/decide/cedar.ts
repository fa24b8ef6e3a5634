// The package's main entrance is for bundlers and does not load in Node; this one is the same code for Node.
import {
  preparsePolicySet,
  type StatefulAuthorizationCall,
  statefulIsAuthorized,
  type StaticPolicySet,
} from '@cedar-policy/cedar-wasm/nodejs';
import type { Contestant } from './contestant.ts';
import type { Question } from './rules.ts';

/**
 * Policies that were parsed beforehand, one for each rule: parsing them with every question, as the plain
 * `isAuthorized` does, costs many times more. No schema, which would only add checks.
 */
export const cedar: Contestant = {
  name: 'cedar-wasm',
  role: 'peer',
  async load(rules) {
    const set = `rules-${rules.length}`;
    const policies = rules.map(({ agent, tool, limit }, index): [string, string] => [
      `rule-${index}`,
      `permit(principal == Agent::"${agent}", action == Action::"call", resource == Tool::"${tool}")
       when { context.price <= ${limit} };`,
    ]);
    parse(set, Object.fromEntries(policies));
    return (question) => {
      const call = callOf(question, set);
      return () => isAllowed(call);
    };
  },
};

/** One policy that compares attributes of the agent, which the application looks up and hands over. */
export const cedarWithData: Contestant = {
  name: 'cedar-wasm, limits as entities',
  role: 'peer, rule found for it',
  remark: 'the application finds the rule, so it is no peer in the target',
  async load(rules) {
    const permit = 'permit(principal, action == Action::"call", resource)';
    const terms = 'principal has tool && principal.tool == resource && context.price <= principal.limit';
    parse('data', { data: `${permit} when { ${terms} };` });
    const entities = new Map(
      rules.map(({ agent, tool, limit }) => [
        agent,
        {
          uid: { type: 'Agent', id: agent },
          attrs: { tool: { __entity: { type: 'Tool', id: tool } }, limit: Number(limit) },
          parents: [],
        },
      ]),
    );
    return (question) => {
      const call = callOf(question, 'data');
      return () => {
        const entity = entities.get(question.agent);
        return isAllowed(entity === undefined ? call : { ...call, entities: [entity] });
      };
    };
  },
};

/** Cedar's integers have 64 bits; a JavaScript number carries them exactly up to 2^53. */
function callOf({ agent, tool, units }: Question, preparsedPolicySetId: string): StatefulAuthorizationCall {
  return {
    principal: { type: 'Agent', id: agent },
    action: { type: 'Action', id: 'call' },
    resource: { type: 'Tool', id: tool },
    context: { price: Number(units) },
    preparsedPolicySetId,
    entities: [],
  };
}

function parse(name: string, staticPolicies: StaticPolicySet): void {
  const parsed = preparsePolicySet(name, { staticPolicies });
  if (parsed.type === 'failure') throw new Error(`cedar: ${parsed.errors[0]?.message ?? 'no reason given'}`);
}

function isAllowed(call: StatefulAuthorizationCall): boolean {
  const answer = statefulIsAuthorized(call);
  if (answer.type === 'failure') throw new Error(`cedar: ${answer.errors[0]?.message ?? 'no reason given'}`);
  return answer.response.decision === 'allow';
}
