import type * as z from 'zod';
import { formatUnits } from '../../nouns/money.ts';
import { isToolName } from '../../nouns/tool-name.ts';
import { closed, listOf, textThat, wholeNumber } from '../document/fields.ts';
import type { PolicyDocument } from '../document/schema.ts';
import { agentId, exactName, type Imported, readSource, Translation } from './imported.ts';

/** 2^53 - 1 micro-units, the largest amount, in whole cents. */
const MAX_CENTS = 900_719_925_474;

const cents = wholeNumber(0, MAX_CENTS).exactOptional();
const calls = wholeNumber(0, 1_000_000).exactOptional();
const toolNames = listOf(textThat('a tool name', isToolName), 'tool names', 1000).exactOptional();

const proxyPolicy = closed({
  agentId,
  owner: exactName('an owner'),
  budget: closed({
    sessionLimitCents: cents,
    maxPerCallCents: cents,
    dailyLimitCents: cents,
  }).exactOptional(),
  tools: closed({ allowlist: toolNames, blocklist: toolNames }).exactOptional(),
  rateLimit: closed({ callsPerMinute: calls, callsPerHour: calls }).exactOptional(),
});

type ProxyPolicy = z.output<typeof proxyPolicy>;

/**
 * Translates a policy of a Torii proxy (`agentId`, `owner`, `budget`, `tools`, `rateLimit`) into one of ours, which
 * applies to exactly that agent of that owner. Amounts are whole cents of USD. A key that is left out sets no limit of
 * its kind. Nothing is ever lost. Throws POLICY_INVALID for anything that the dialect does not have.
 */
export function importProxyPolicy(document: unknown): Imported {
  const source = readSource(proxyPolicy, document);
  const { agentId: agent, owner, tools } = source;
  const policy: PolicyDocument = {
    id: agent,
    match: { agents: [agent], owners: [owner] },
    tools: {
      ...(tools?.allowlist && { allow: tools.allowlist }),
      ...(tools?.blocklist && { deny: tools.blocklist }),
    },
    budgets: budgetsOf(source),
    rates: ratesOf(source),
  };
  return new Translation().result([policy]);
}

function budgetsOf({ budget = {} }: ProxyPolicy): NonNullable<PolicyDocument['budgets']> {
  return [
    ...limited('call', 'call', budget.maxPerCallCents),
    ...limited('session', 'lifetime', budget.sessionLimitCents),
    ...limited('agent', 'day', budget.dailyLimitCents),
  ];
}

function limited<const Scope, const Window>(scope: Scope, window: Window, units: number | undefined) {
  return units === undefined ? [] : [{ scope, window, limit: `${formatUnits(BigInt(units), 2)} USD` }];
}

function ratesOf({ rateLimit = {} }: ProxyPolicy): NonNullable<PolicyDocument['rates']> {
  const { callsPerMinute, callsPerHour } = rateLimit;
  return [
    ...(callsPerMinute === undefined
      ? []
      : [{ scope: 'agent', limit: callsPerMinute, per: 'minute' } as const]),
    ...(callsPerHour === undefined ? [] : [{ scope: 'agent', limit: callsPerHour, per: 'hour' } as const]),
  ];
}
