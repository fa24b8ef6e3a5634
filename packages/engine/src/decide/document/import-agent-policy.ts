import type * as z from 'zod';
import { formatUnits } from '../../nouns/money.ts';
import { isToolName } from '../../nouns/tool-name.ts';
import { closed, isName, listOf, textThat, wholeNumber } from './fields.ts';
import { byPath, policyInvalid, problemsOf } from './problems.ts';
import { isPolicyId, type PolicyDocument } from './schema.ts';

/** 2^53 - 1 micro-units, the largest amount, in whole cents. */
const MAX_CENTS = 900_719_925_474;

const cents = wholeNumber(0, MAX_CENTS).exactOptional();
const calls = wholeNumber(0, 1_000_000).exactOptional();
const toolNames = listOf(textThat('a tool name', isToolName), 'tool names', 1000).exactOptional();

const agentPolicy = closed({
  agentId: textThat('an agent id of 1 to 128 letters, digits and `_.:@/-`', isPolicyId),
  owner: textThat('an owner of 1 to 256 visible ASCII characters without `*`', isExactName),
  budget: closed({
    sessionLimitCents: cents,
    maxPerCallCents: cents,
    dailyLimitCents: cents,
  }).exactOptional(),
  tools: closed({ allowlist: toolNames, blocklist: toolNames }).exactOptional(),
  rateLimit: closed({ callsPerMinute: calls, callsPerHour: calls }).exactOptional(),
});

type AgentPolicy = z.output<typeof agentPolicy>;

/**
 * Translates a policy of the per-agent dialect (`agentId`, `owner`, `budget`, `tools`, `rateLimit`) into one of ours,
 * which applies to exactly that agent of that owner. Amounts are whole cents of USD. A key that is left out sets no
 * limit of its kind. Throws POLICY_INVALID for anything that the dialect does not have.
 */
export function importAgentPolicy(document: unknown): PolicyDocument {
  const parsed = agentPolicy.safeParse(document);
  if (!parsed.success) throw policyInvalid(problemsOf(parsed.error), byPath(''));
  const { agentId, owner, tools } = parsed.data;
  return {
    id: agentId,
    match: { agents: [agentId], owners: [owner] },
    tools: {
      ...(tools?.allowlist && { allow: tools.allowlist }),
      ...(tools?.blocklist && { deny: tools.blocklist }),
    },
    budgets: budgetsOf(parsed.data),
    rates: ratesOf(parsed.data),
  };
}

function budgetsOf({ budget = {} }: AgentPolicy): NonNullable<PolicyDocument['budgets']> {
  return [
    ...limited('call', 'call', budget.maxPerCallCents),
    ...limited('session', 'lifetime', budget.sessionLimitCents),
    ...limited('agent', 'day', budget.dailyLimitCents),
  ];
}

function limited<const Scope, const Window>(scope: Scope, window: Window, units: number | undefined) {
  return units === undefined ? [] : [{ scope, window, limit: `${formatUnits(BigInt(units), 2)} USD` }];
}

function ratesOf({ rateLimit = {} }: AgentPolicy): NonNullable<PolicyDocument['rates']> {
  const { callsPerMinute, callsPerHour } = rateLimit;
  return [
    ...(callsPerMinute === undefined
      ? []
      : [{ scope: 'agent', limit: callsPerMinute, per: 'minute' } as const]),
    ...(callsPerHour === undefined ? [] : [{ scope: 'agent', limit: callsPerHour, per: 'hour' } as const]),
  ];
}

function isExactName(text: string): boolean {
  return isName(text) && !text.includes('*');
}
